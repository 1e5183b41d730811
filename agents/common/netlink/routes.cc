#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

// struct rtnexthop and its gateway, as they lie in RTA_MULTIPATH.
struct HopOnWire {
  rtnexthop hop;
  rtattr gateway_header;
  std::array<uint8_t, 16> gateway;  // IPv4: the first four
};

constexpr uint32_t kMetric6 = 1024;  // IP6_RT_PRIO_USER: what IPv6 makes of none

Message route_request(int type, int flags, const RouteInfo& route) {
  rtmsg header{};
  const bool v4 = route.prefix.network.is_v4();
  header.rtm_family = v4 ? AF_INET : AF_INET6;
  header.rtm_dst_len = route.prefix.length;
  header.rtm_table = RT_TABLE_MAIN;
  if (type == RTM_NEWROUTE) {
    const bool connected = route.next_hops.size() == 1 && !route.next_hops[0].via;
    header.rtm_protocol = route.protocol;
    header.rtm_type = route.kind;
    header.rtm_scope = v4 && connected ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  } else {
    header.rtm_scope = v4 ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;  // any
  }
  Message request(type, flags);
  request.header(header);
  if (route.prefix.length > 0) request.put_address(RTA_DST, route.prefix.network);
  if (route.metric != 0) request.put(RTA_PRIORITY, route.metric);
  if (type != RTM_NEWROUTE) return request;
  if (route.next_hops.size() == 1) {
    const NextHopInfo& hop = route.next_hops[0];
    if (hop.via) request.put_address(RTA_GATEWAY, *hop.via);
    if (hop.index != 0) request.put(RTA_OIF, hop.index);
  } else if (route.next_hops.size() > 1) {
    std::vector<uint8_t> hops;
    for (const NextHopInfo& hop : route.next_hops) {
      HopOnWire wire{};
      const bool gateway = hop.via.has_value();
      const size_t length = v4 ? 4 : 16;
      const size_t size = gateway ? sizeof(rtnexthop) + sizeof(rtattr) + length : sizeof(rtnexthop);
      wire.hop.rtnh_len = static_cast<uint16_t>(size);
      wire.hop.rtnh_ifindex = hop.index;
      wire.gateway_header = {static_cast<uint16_t>(RTA_LENGTH(length)), RTA_GATEWAY};
      if (gateway) {
        const auto octets = net::octets_of(*hop.via);
        std::ranges::copy(octets.end() - static_cast<ptrdiff_t>(length), octets.end(),
                          wire.gateway.begin());
      }
      const auto* start = reinterpret_cast<const uint8_t*>(&wire);
      hops.insert(hops.end(), start, start + size);
    }
    request.put_bytes(RTA_MULTIPATH, hops);
  }
  return request;
}

// The route there is what is asked for; a next hop asked for without interface matches any.
bool same(const RouteInfo& asked, const RouteInfo& there) {
  const bool v6 = !asked.prefix.network.is_v4();
  const uint32_t metric = v6 && asked.metric == 0 ? kMetric6 : asked.metric;
  return asked.prefix == there.prefix && metric == there.metric && asked.kind == there.kind &&
         asked.protocol == there.protocol &&
         std::ranges::equal(asked.next_hops, there.next_hops, [](const auto& a, const auto& b) {
           return a.via == b.via && (a.index == 0 || a.index == b.index);
         });
}

}  // namespace

Result<std::vector<RouteInfo>> Netlink::routes() const {
  const auto request = [](uint8_t family) {
    rtmsg header{};
    header.rtm_family = family;
    header.rtm_table = RT_TABLE_MAIN;
    Message message(RTM_GETROUTE, 0);
    message.header(header);
    return message;
  };
  return list_both<RouteInfo>(*route_, request, "list routes", decode_route,
                              [](const RouteInfo& r) { return r.prefix.network.is_v4(); });
}

Result<bool> Netlink::add_route(const RouteInfo& route) const {
  Message request = route_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
  const Answer answer = route_->execute(request);
  if (answer.error == EEXIST) return false;
  if (!answer.ok()) return answer.failed(fmt::format("add route to {}", to_string(route.prefix)));
  return true;
}

Result<bool> Netlink::replace_route(const RouteInfo& route) const {
  const auto there = routes();
  if (!there) return std::unexpected(there.error());
  if (std::ranges::any_of(*there, [&](const RouteInfo& r) { return same(route, r); })) return false;
  Message request = route_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
  const Answer answer = route_->execute(request);
  if (!answer.ok()) return answer.failed(fmt::format("set route to {}", to_string(route.prefix)));
  return true;
}

Result<bool> Netlink::remove_route(const RouteInfo& route) const {
  Message request = route_request(RTM_DELROUTE, 0, route);
  const Answer answer = route_->execute(request);
  if (answer.error == ESRCH) return false;
  if (!answer.ok())
    return answer.failed(fmt::format("remove route to {}", to_string(route.prefix)));
  return true;
}

}  // namespace hoplab::netlink
