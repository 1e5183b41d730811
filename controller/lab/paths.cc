#include "controller/lab/paths.h"

#include <algorithm>
#include <cstdlib>

namespace hoplab::lab {

namespace fs = std::filesystem;

Paths::Paths(std::string lab) : lab_(std::move(lab)), directory_(root() / lab_) {}

fs::path Paths::root() {
  const char* chosen = std::getenv("HOPLAB_STATE");
  return chosen != nullptr && *chosen != '\0' ? fs::absolute(chosen) : fs::path("/run/hoplab/labs");
}

fs::path Paths::certificate(std::string_view name) const {
  return directory_ / "pki" / (std::string(name) + ".pem");
}

fs::path Paths::node(std::string_view node) const { return directory_ / "nodes" / node; }

std::string Paths::container(std::string_view node) const {
  return "hoplab-" + lab_ + "-" + std::string(node);
}

std::vector<std::string> Paths::labs() {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(root(), error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) found.push_back(it->path().filename());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace hoplab::lab
