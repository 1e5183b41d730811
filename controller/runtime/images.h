// The images of a lab's roles: those that are missing are built, the others cost one request.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "controller/runtime/base_image.h"
#include "controller/runtime/engine.h"

namespace hoplab::runtime {

// Builds what is missing of the roles' images from `directory` (docker/), parents first and up to
// four at a time, and points each :latest at the right one. Returns the exact reference of each
// role: "router" -> "hoplab/router:1f2e3d4c5b6a". `progress` hears every line of every build, from
// several threads but one at a time. The Error of a build that failed ends with the last lines it
// said.
Result<std::map<std::string, std::string>> ensure_images(Engine& engine,
                                                         const std::filesystem::path& directory,
                                                         const std::set<std::string>& roles,
                                                         const ImageProgress& progress,
                                                         std::stop_token stop = {});

}  // namespace hoplab::runtime
