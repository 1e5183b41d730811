#include "controller/runtime/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "controller/runtime/errors.h"
#include "controller/runtime/image_plan.h"
#include "controller/runtime/json_text.h"
#include "controller/runtime/tar.h"

namespace hoplab::runtime {
namespace {

constexpr std::chrono::minutes kSilence{10};
constexpr std::chrono::seconds kDeadline{60};

// References that are there, each with the id of its image.
Result<std::map<std::string, std::string>> images_there(Engine& engine) {
  const std::string query = filters({{"reference", {"hoplab/*"}}});
  const auto answer = engine.http().call(
      "GET", engine.path("/images/json?filters=" + percent_encode(query)), {}, kDeadline);
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200) {
    return std::unexpected(engine_error("list images", answer->status, answer->body));
  }
  return parse_image_references(answer->body);
}

// A proxy that the builder of an image should use, as the build arguments Docker knows by name.
std::string proxy_arguments() {
  std::map<std::string, std::string> arguments;
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      arguments[name] = value;
    }
  }
  return arguments.empty() ? "" : "&buildargs=" + percent_encode(json_object(arguments));
}

Status build(Engine& engine, const PlannedImage& image, const ImageProgress& progress,
             const std::stop_token& stop) {
  auto context = tar_of("Dockerfile", image.dockerfile);
  if (!context) return std::unexpected(context.error());
  HttpStream exchange{.method = "POST",
                      .target = engine.path(fmt::format(
                          "/build?t={}&t={}&rm=1&forcerm=1{}", percent_encode(image.reference()),
                          percent_encode(image.name + ":latest"), proxy_arguments())),
                      .content_type = "application/x-tar",
                      .body = std::move(*context),
                      .patience = kSilence,
                      .stop = stop};
  Status built = follow_image(engine, std::move(exchange), "build image " + image.reference(),
                              [&](const std::string& line) { progress(image.name, line); });
  if (!built && built.error().remedy.empty() && built.error().kind == ErrorKind::kInternal) {
    built.error().kind = ErrorKind::kEnvironment;
    built.error().remedy =
        "the build downloads Debian's packages: can containers on Docker's bridge reach "
        "deb.debian.org? A proxy is taken from http_proxy";
  }
  return built;
}

Status point_latest_at(Engine& engine, const PlannedImage& image) {
  const auto answer = engine.http().call(
      "POST",
      engine.path(fmt::format("/images/{}/tag?repo={}&tag=latest",
                              percent_encode(image.reference()), percent_encode(image.name))),
      {}, kDeadline);
  if (!answer) return std::unexpected(answer.error());
  if (answer->status >= 400) {
    return std::unexpected(
        engine_error("tag image " + image.reference(), answer->status, answer->body));
  }
  return {};
}

// Builds images whose parents are there, several at a time. After a failure no other is begun and
// those under way are broken off.
Status build_all(Engine& engine, const std::vector<PlannedImage>& images,
                 const ImageProgress& progress, const std::stop_token& outer) {
  std::stop_source stop;
  const std::stop_callback pass_on(outer, [&] { stop.request_stop(); });
  std::mutex mutex;
  std::optional<Error> failure;
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    const auto count = std::min<std::size_t>(
        std::clamp(std::thread::hardware_concurrency(), 2U, 4U), images.size());
    for (std::size_t i = 0; i < count; ++i) {
      workers.emplace_back([&] {
        for (auto index = next++; index < images.size(); index = next++) {
          if (stop.stop_requested()) return;
          const Status built = build(engine, images[index], progress, stop.get_token());
          if (built) continue;
          const std::lock_guard lock(mutex);
          if (!failure) failure = built.error();
          stop.request_stop();
        }
      });
    }
  }
  if (failure) return std::unexpected(*failure);
  if (outer.stop_requested()) return fail(ErrorKind::kInterrupted, "build images: interrupted");
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> ensure_images(Engine& engine,
                                                         const std::filesystem::path& directory,
                                                         const std::set<std::string>& roles,
                                                         const ImageProgress& progress,
                                                         std::stop_token stop) {
  const auto planned = plan_images(directory, roles);
  if (!planned) return std::unexpected(planned.error());
  const auto there = images_there(engine);
  if (!there) return std::unexpected(there.error());

  std::mutex mutex;
  const ImageProgress one_at_a_time = [&](const std::string& image, const std::string& line) {
    const std::lock_guard lock(mutex);
    if (progress) progress(image, line);
  };

  std::vector<PlannedImage> missing;
  for (const auto& image : *planned) {
    const auto found = there->find(image.reference());
    if (found == there->end()) {
      missing.push_back(image);
    } else if (const auto latest = there->find(image.name + ":latest");
               latest == there->end() || latest->second != found->second) {
      if (Status tagged = point_latest_at(engine, image); !tagged) {
        return std::unexpected(tagged.error());
      }
    }
  }
  for (const auto& image : missing) {
    if (image.parent_is_ours) continue;
    if (Status base = ensure_base_image(engine, image.parent, one_at_a_time, stop); !base) {
      return std::unexpected(base.error());
    }
  }
  // Generation after generation: each consists of those whose parent is not itself missing.
  while (!missing.empty()) {
    const auto needs_another = [&](const PlannedImage& image) {
      return std::ranges::any_of(
          missing, [&](const auto& other) { return other.reference() == image.parent; });
    };
    std::vector<PlannedImage> ready;
    std::vector<PlannedImage> later;
    for (const auto& image : missing) (needs_another(image) ? later : ready).push_back(image);
    if (Status built = build_all(engine, ready, one_at_a_time, stop); !built) {
      return std::unexpected(built.error());
    }
    missing = std::move(later);
  }

  std::map<std::string, std::string> references;
  for (const auto& image : *planned) {
    references[image.name.substr(image.name.find('/') + 1)] = image.reference();
  }
  return references;
}

}  // namespace hoplab::runtime
