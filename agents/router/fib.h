// Which prefixes the kernel forwards by: read whole from the namespace's route table, without a
// socket or a process, because readiness asks several times a second.
#pragma once

#include <filesystem>
#include <map>
#include <string_view>

#include "agents/common/base/error.h"
#include "agents/common/net/ip_address.h"

namespace hoplab::router {

enum class FibKind {
  kForward,  // to a next hop or a connected network
  kReject,   // blackhole or unreachable
};
using Fib = std::map<net::IpPrefix, FibKind>;

inline constexpr const char* kRouteTable = "/proc/self/net/route";
inline constexpr const char* kRouteTable6 = "ipv6_route";  // beside it

// Of the text of /proc/net/route (proc_net(5)); lines that are not routes are passed over.
Fib parse_route_table(std::string_view text);
// The same of /proc/net/ipv6_route: addresses of our own are in it as well.
Fib parse_route_table6(std::string_view text);
// Both; without IPv6 in the kernel there is only the first.
Result<Fib> read_fib(const std::filesystem::path& table = kRouteTable);

}  // namespace hoplab::router
