// A node's interfaces as its NodeSpec wants them.
#pragma once

#include <string>
#include <vector>

#include "agents/common/netlink/netlink.h"
#include "proto/node.pb.h"

namespace hoplab::netlink {

inline constexpr std::string_view kBridge = "br0";  // of a switch

struct Configured {
  bool changed = false;
  std::vector<std::string> missing;  // interfaces that are not there yet
  std::vector<std::string> waiting;  // prefixes of static routes that wait for an interface
};

// Does all that can be done now and waits for nothing; call it again when an interface appears or
// comes back. Interfaces that are there get MAC, MTU, offloads, addresses, and are set up, except
// those named in `keep_down`; then lo, a router's loopback address, a switch's bridge, static
// routes. Addresses the spec does not name are left alone.
Result<Configured> configure_interfaces(const v1::NodeSpec& spec, const Netlink& netlink,
                                        const std::vector<std::string>& keep_down = {});

}  // namespace hoplab::netlink
