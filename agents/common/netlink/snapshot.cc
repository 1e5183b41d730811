#include "agents/common/netlink/snapshot.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <netinet/in.h>

#include <map>

namespace hoplab::netlink {
namespace {

using Names = std::map<int, std::string>;

std::string name_of(const Names& names, int index) {
  const auto found = names.find(index);
  return found == names.end() ? "" : found->second;
}

bool own(const std::string& name) { return name.starts_with(kOwnInterfacePrefix); }

void to_proto(const AddressInfo& address, v1::AddressState& out) {
  out.set_address(net::to_string(address.address));
  out.set_tentative(address.tentative);
  out.set_duplicated(address.duplicated);
  out.set_deprecated(address.deprecated);
  out.set_temporary(address.temporary);
  out.set_permanent(address.permanent);
  if (address.origin == IFAPROT_KERNEL_RA) out.set_origin("ra");
  if (address.origin == IFAPROT_KERNEL_LL) out.set_origin("ll");
}

void fill_links(const std::vector<LinkInfo>& links, const std::vector<AddressInfo>& addresses,
                const Names& names, v1::NodeState& state) {
  for (const LinkInfo& link : links) {
    if (own(link.name)) continue;
    auto& out = *state.add_links();
    out.set_name(link.name);
    if (link.mac != net::Mac{}) out.set_mac(net::to_string(link.mac));
    out.set_admin_up(link.admin_up);
    out.set_carrier(link.carrier);
    out.set_mtu(link.mtu);
    out.set_bridge(name_of(names, link.master));
    for (const AddressInfo& address : addresses) {
      if (address.index != link.index) continue;
      out.add_addresses(net::to_string(address.address));
      if (!address.address.address.is_v4()) to_proto(address, *out.add_address_states());
    }
  }
}

void fill_neighbors(const std::vector<NeighborInfo>& neighbors, const Names& names,
                    v1::NodeState& state) {
  for (const NeighborInfo& neighbor : neighbors) {
    const std::string interface = name_of(names, neighbor.index);
    if ((neighbor.state & NUD_NOARP) != 0 || own(interface)) continue;
    to_proto(neighbor, interface, *state.add_neighbors());
  }
}

}  // namespace

void to_proto(const RouteInfo& route, const std::function<std::string(int)>& name_of,
              v1::Route& out) {
  out.set_prefix(net::to_string(route.prefix));
  out.set_protocol(protocol_word(route.protocol));
  out.set_kind(kind_word(route.kind));
  out.set_metric(route.metric);
  for (const NextHopInfo& hop : route.next_hops) {
    auto& next = *out.add_next_hops();
    if (hop.via) next.set_via(net::to_string(*hop.via));
    next.set_interface(name_of(hop.index));
  }
}

void to_proto(const NeighborInfo& neighbor, const std::string& interface, v1::Neighbor& out) {
  out.set_address(net::to_string(neighbor.address));
  if (neighbor.mac) out.set_mac(net::to_string(*neighbor.mac));
  out.set_interface(interface);
  out.set_state(neighbor_word(neighbor.state));
}

void to_proto(const ConntrackInfo& entry, v1::NatMapping& out) {
  out.set_protocol(entry.protocol == IPPROTO_TCP      ? "tcp"
                   : entry.protocol == IPPROTO_UDP    ? "udp"
                   : entry.protocol == IPPROTO_ICMPV6 ? "icmpv6"
                                                      : "icmp");
  out.set_source(net::to_string(entry.original.source));
  out.set_source_port(entry.original.source_port);
  out.set_destination(net::to_string(entry.original.destination));
  out.set_destination_port(entry.original.destination_port);
  out.set_reply_source(net::to_string(entry.reply.source));
  out.set_reply_source_port(entry.reply.source_port);
  out.set_reply_destination(net::to_string(entry.reply.destination));
  out.set_reply_destination_port(entry.reply.destination_port);
}

Status fill(const Netlink& netlink, v1::NodeState& state, bool routes) {
  const auto links = netlink.links();
  if (!links) return std::unexpected(links.error());
  Names names;
  for (const LinkInfo& link : *links) names[link.index] = link.name;

  Status result;
  const auto note = [&](const auto& read) {
    if (!read && result) result = std::unexpected(read.error());
    return read.has_value();
  };
  const auto addresses = netlink.addresses();
  note(addresses);
  fill_links(*links, addresses.value_or(std::vector<AddressInfo>{}), names, state);
  if (const auto neighbors = netlink.neighbors(); note(neighbors)) {
    fill_neighbors(*neighbors, names, state);
  }
  if (const auto entries = netlink.conntrack(); note(entries)) {
    for (const ConntrackInfo& entry : *entries) to_proto(entry, *state.add_nat());
  }
  if (const auto entries = netlink.fdb(); note(entries)) {
    for (const FdbInfo& entry : *entries) {
      auto& out = *state.add_forwarding();
      out.set_mac(net::to_string(entry.mac));
      out.set_interface(name_of(names, entry.port));
    }
  }
  if (routes) {
    if (const auto all = netlink.routes(); note(all)) {
      for (const RouteInfo& route : *all) {
        to_proto(
            route, [&](int index) { return name_of(names, index); }, *state.add_routes());
      }
    }
  }
  return result;
}

}  // namespace hoplab::netlink
