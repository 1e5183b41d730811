// Kernel messages into values. Pure; nothing is returned for messages of another kind or family.
#pragma once

#include <optional>

#include "agents/common/netlink/types.h"

struct nlmsghdr;

namespace hoplab::netlink {

std::optional<LinkInfo> decode_link(const nlmsghdr* message);
std::optional<AddressInfo> decode_address(const nlmsghdr* message);
std::optional<RouteInfo> decode_route(const nlmsghdr* message);          // main table only
std::optional<NeighborInfo> decode_neighbor(const nlmsghdr* message);    // ARP and NDP
std::optional<FdbInfo> decode_fdb(const nlmsghdr* message);              // learnt entries only
std::optional<ConntrackInfo> decode_conntrack(const nlmsghdr* message);  // TCP, UDP, ICMP, ICMPv6

}  // namespace hoplab::netlink
