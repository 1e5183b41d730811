// The kernel's part of a node's state, in the words of proto/agent.proto.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agents/common/netlink/netlink.h"
#include "proto/agent.pb.h"

namespace hoplab::netlink {

// Interfaces of this prefix are the agent's own tools, no part of the lab.
inline constexpr std::string_view kOwnInterfacePrefix = "hop-";

// Adds links, neighbours, NAT mappings, the MAC table and, when asked, routes. What cannot be read
// is left out and told in the result; the rest is filled in all the same.
Status fill(const Netlink& netlink, v1::NodeState& state, bool routes);

void to_proto(const RouteInfo& route, const std::function<std::string(int index)>& name_of,
              v1::Route& out);
void to_proto(const NeighborInfo& neighbor, const std::string& interface, v1::Neighbor& out);
void to_proto(const ConntrackInfo& entry, v1::NatMapping& out);

}  // namespace hoplab::netlink
