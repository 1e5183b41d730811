// Which images the roles of a lab need, and what they are called. An image's tag is a hash of its
// Dockerfile and of those it builds upon, so an image that is there by that name is the right one.
// Reads files, asks nobody.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::runtime {

struct PlannedImage {
  std::string name;    // "hoplab/router"
  std::string tag;     // "1f2e3d4c5b6a"
  std::string parent;  // what it is built from: "hoplab/base:0a1b2c3d4e5f", "debian:bookworm-slim"
  bool parent_is_ours = false;
  std::string dockerfile;  // with the parent's exact reference in its FROM line

  [[nodiscard]] std::string reference() const { return name + ":" + tag; }
};

// Parents come before what is built upon them. `roles` are folders of `directory`. Errors: a role
// without a Dockerfile, a Dockerfile without FROM, images built upon each other in a circle.
Result<std::vector<PlannedImage>> plan_images(const std::filesystem::path& directory,
                                              const std::set<std::string>& roles);

}  // namespace hoplab::runtime
