// The kernel's part of a node's state, in the words of proto/agent.proto.
#pragma once

#include <string_view>

#include "agents/common/netlink/netlink.h"
#include "proto/agent.pb.h"

namespace hoplab::netlink {

// Interfaces of this prefix are the agent's own tools, no part of the lab.
inline constexpr std::string_view kOwnInterfacePrefix = "hop-";

// Adds links, neighbours, NAT mappings, the MAC table and, when asked, routes. What cannot be read
// is left out and told in the result; the rest is filled in all the same.
Status fill(const Netlink& netlink, v1::NodeState& state, bool routes);

void to_proto(const RouteInfo& route, const std::vector<LinkInfo>& links, v1::Route& out);

}  // namespace hoplab::netlink
