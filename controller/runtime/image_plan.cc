#include "controller/runtime/image_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "agents/common/base/read_file.h"

namespace hoplab::runtime {
namespace {

constexpr std::string_view kOurs = "hoplab/";

// FNV-1a, 64 bits: tells contents apart, and is not meant to withstand anyone.
std::string content_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return fmt::format("{:016x}", hash).substr(0, 12);
}

class Planner {
 public:
  explicit Planner(std::filesystem::path directory) : directory_(std::move(directory)) {}

  Result<PlannedImage> plan(const std::string& role) {
    const auto known = std::ranges::find(images_, std::string(kOurs) + role, &PlannedImage::name);
    if (known != images_.end()) return *known;
    if (!under_way_.insert(role).second) {
      return fail(ErrorKind::kInvalid, fmt::format("image {}{} is built upon itself", kOurs, role),
                  "correct the FROM lines in " + directory_.string());
    }
    const auto file = directory_ / role / "Dockerfile";
    auto dockerfile = read_file(file);
    if (!dockerfile) {
      return fail(ErrorKind::kInvalid, dockerfile.error().what,
                  "every role has a folder with a Dockerfile there");
    }
    PlannedImage image{.name = std::string(kOurs) + role,
                       .tag = {},
                       .parent = {},
                       .dockerfile = std::move(*dockerfile)};
    if (Status found = find_parent(image, file); !found) return std::unexpected(found.error());
    image.tag = content_hash(image.dockerfile);
    images_.push_back(image);
    return image;
  }

  std::vector<PlannedImage> take() { return std::move(images_); }

 private:
  // Replaces "FROM hoplab/base" by "FROM hoplab/base:TAG", which also carries the parent's hash on.
  Status find_parent(PlannedImage& image, const std::filesystem::path& file) {
    std::size_t begin = 0;
    while (begin < image.dockerfile.size() &&
           !image.dockerfile.substr(begin).starts_with("FROM ")) {
      const auto end = image.dockerfile.find('\n', begin);
      begin = end == std::string::npos ? image.dockerfile.size() : end + 1;
    }
    const auto from = begin + std::string_view("FROM ").size();
    if (from >= image.dockerfile.size()) {
      return fail(ErrorKind::kInvalid, fmt::format("read {}: no FROM line", file.string()));
    }
    const auto size =
        std::min(image.dockerfile.find_first_of(" \n", from), image.dockerfile.size()) - from;
    image.parent = image.dockerfile.substr(from, size);
    if (!image.parent.starts_with(kOurs)) return {};
    const auto parent = plan(image.parent.substr(kOurs.size()));
    if (!parent) return std::unexpected(parent.error());
    image.parent = parent->reference();
    image.parent_is_ours = true;
    image.dockerfile.replace(from, size, image.parent);
    return {};
  }

  const std::filesystem::path directory_;
  std::vector<PlannedImage> images_;
  std::set<std::string> under_way_;
};

}  // namespace

Result<std::vector<PlannedImage>> plan_images(const std::filesystem::path& directory,
                                              const std::set<std::string>& roles) {
  Planner planner(directory);
  for (const auto& role : roles) {
    if (const auto image = planner.plan(role); !image) return std::unexpected(image.error());
  }
  return planner.take();
}

}  // namespace hoplab::runtime
