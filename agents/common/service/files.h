// Files of a node: what roles render, and those Docker mounts over the image's.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/role/role.h"

namespace hoplab::agent {

// Replaces the file as a whole, so that no daemon reads half of it; a file that is a mount of its
// own
// (/etc/resolv.conf, /etc/hosts) cannot be replaced and is written in place.
Status write_file(const ConfigFile& file);
inline constexpr std::string_view kCaFile = "/etc/ssl/certs/hoplab-ca.pem";
inline constexpr std::string_view kCaBundle = "/etc/ssl/certs/ca-certificates.crt";
// Makes the lab's CA trusted: its own file, and the image's bundle where there is one.
Status install_ca(const std::string& pem);
// How programs that do not read the bundle are told, where a CA is installed.
std::vector<std::string> ca_environment();

}  // namespace hoplab::agent
