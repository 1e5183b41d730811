#include "agents/client/lease.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <sstream>

#include "agents/client/name_servers.h"
#include "agents/common/net/address.h"

namespace hoplab::client {
namespace {

netlink::RouteInfo default_route(net::Ipv4 router, int interface) {
  netlink::RouteInfo route;
  route.prefix = net::Prefix{};
  route.next_hops = {{router, interface}};
  route.protocol = RTPROT_DHCP;
  return route;
}

bool is_default(const netlink::RouteInfo& route) {
  return route.prefix == net::IpPrefix(net::Prefix{});
}

}  // namespace

hoplab::v1::LeaseEvent read_event(const Environment& environment) {
  hoplab::v1::LeaseEvent event;
  event.set_reason(environment("reason"));
  event.set_interface(environment("interface"));
  // A lease that ended is named by the old_ variables.
  const bool ends = environment("new_ip_address").empty();
  const auto value = [&](const std::string& name) {
    return environment(((ends ? "old_" : "new_") + name).c_str());
  };
  const auto address = net::parse_ipv4(value("ip_address"));
  const auto mask = net::parse_ipv4(value("subnet_mask"));
  if (address) {
    const auto length = mask ? std::popcount(mask->value) : 32;
    event.set_address(
        net::to_string(net::InterfaceAddress{*address, static_cast<uint8_t>(length)}));
  }
  const std::string routers = value("routers");
  event.set_router(routers.substr(0, routers.find(' ')));
  std::istringstream servers(value("domain_name_servers"));
  for (std::string server; servers >> server;) event.add_name_servers(server);
  event.set_server(value("dhcp_server_identifier"));
  const std::string seconds = value("dhcp_lease_time");
  uint32_t lease_seconds = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), lease_seconds);
  event.set_lease_seconds(lease_seconds);
  return event;
}

Effect effect_of(const std::string& reason) {
  for (const auto* word : {"BOUND", "RENEW", "REBIND", "REBOOT"}) {
    if (reason == word) return Effect::kApply;
  }
  for (const auto* word : {"EXPIRE", "FAIL", "RELEASE", "STOP"}) {
    if (reason == word) return Effect::kDrop;
  }
  return Effect::kNone;
}

Status apply(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto address = net::parse_interface_address(event.address());
  if (!address) {
    return fail(ErrorKind::kInternal, "lease: \"" + event.address() + "\" is no address");
  }
  const auto link = netlink.link(event.interface());
  if (!link) return std::unexpected(link.error());
  if (const auto added = netlink.add_address(event.interface(), *address); !added) {
    return std::unexpected(added.error());
  }
  const auto addresses = netlink.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  for (const auto& other : *addresses) {
    if (other.index != link->index || !other.address.address.is_v4()) continue;
    if (other.address == net::IpInterfaceAddress(*address)) continue;
    if (const auto gone = netlink.remove_address(event.interface(), other.address); !gone) {
      return std::unexpected(gone.error());
    }
  }
  if (const auto router = net::parse_ipv4(event.router())) {
    const auto routed = netlink.replace_route(default_route(*router, link->index));
    if (!routed) return std::unexpected(routed.error());
  }
  return name_servers(NameSource::kDhcp,
                      {event.name_servers().begin(), event.name_servers().end()});
}

Status drop(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto link = netlink.link(event.interface());
  if (!link) return std::unexpected(link.error());
  const auto routes = netlink.routes();
  if (!routes) return std::unexpected(routes.error());
  for (const auto& route : *routes) {
    if (!is_default(route) || route.protocol != RTPROT_DHCP) continue;
    if (const auto gone = netlink.remove_route(route); !gone) return std::unexpected(gone.error());
  }
  const auto addresses = netlink.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  for (const auto& address : *addresses) {
    if (address.index != link->index || !address.address.address.is_v4()) continue;
    if (const auto gone = netlink.remove_address(event.interface(), address.address); !gone) {
      return std::unexpected(gone.error());
    }
  }
  return name_servers(NameSource::kDhcp, {});
}

std::string missing(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto link = netlink.link(event.interface());
  if (!link) return link.error().what;
  const auto wanted = net::parse_interface_address(event.address());
  const auto addresses = netlink.addresses();
  if (!addresses || !wanted) return "the addresses cannot be read";
  const bool addressed = std::ranges::any_of(*addresses, [&](const netlink::AddressInfo& address) {
    return address.index == link->index && address.address == net::IpInterfaceAddress(*wanted);
  });
  if (!addressed) return "the address is gone";
  if (!net::parse_ipv4(event.router())) return {};
  const auto routes = netlink.routes();
  if (!routes || !std::ranges::any_of(*routes, is_default)) return "the default route is gone";
  return {};
}

}  // namespace hoplab::client
