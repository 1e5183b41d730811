// Where hoplab's own files are: installed, or in the build tree.
#pragma once

#include <filesystem>

namespace hoplab::cli {

std::filesystem::path agent_binary();        // for the containers, read-only
std::filesystem::path image_directory();     // docker/: one folder an image
std::filesystem::path topology_directory();  // topologies that ship
// A topology as the user named it: a file, or the bare name of one that ships ("naver").
std::filesystem::path find_topology(const std::string& name);

}  // namespace hoplab::cli
