// /etc/resolv.conf: Docker mounts it over the image's, so it is written in place, never replaced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::agent {

// Writes into the file that is there, or makes it.
Status write_in_place(const std::filesystem::path& path, std::string_view content);
Status write_all(int fd, std::string_view content, const std::string& path);

// nameserver lines; for an empty list a comment that says so.
std::string resolv_conf(const std::vector<std::string>& name_servers);

}  // namespace hoplab::agent
