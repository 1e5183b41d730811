// What the kernel tells about a bridge's ports and its MAC table (linux/if_bridge.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"

namespace hoplab::agent::bridge {

// Port state in words for a condition; empty when the port forwards. `sys` is /sys/class/net.
std::string why_not_forwarding(const std::filesystem::path& sys, const std::string& port);

// Learnt entries of a `brforward` file: 16-byte records; the bridge's own addresses are left out.
std::vector<hoplab::v1::ForwardingEntry> parse_forwarding(
    std::string_view records, const std::map<unsigned, std::string>& port_names);
// All of the bridge `port` belongs to; empty when it belongs to none.
std::vector<hoplab::v1::ForwardingEntry> read_forwarding(const std::filesystem::path& sys,
                                                         const std::vector<std::string>& ports);

}  // namespace hoplab::agent::bridge
