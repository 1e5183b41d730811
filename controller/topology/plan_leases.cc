// DHCP servers: what they lend in which LAN; relays between them and LANs elsewhere.
#include <algorithm>

#include "controller/topology/plan_parts.h"
#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

void lease_in(const Model& model, const Segment& segment, const Leasing& leasing,
              v1::DhcpServerSpec& out) {
  const Node& node = model.nodes[leasing.server];
  const auto number = static_cast<size_t>(&segment - model.segments.data());
  v1::DhcpSubnet& subnet = *out.add_subnets();
  const auto here = [&](const Interface& i) { return i.segment == number; };
  const auto own = std::ranges::find_if(node.interfaces, here);
  subnet.set_interface(own == node.interfaces.end() ? node.interfaces.front().name : own->name);
  if (leasing.relay != kNone) {
    const Node& relay = model.nodes[leasing.relay];
    subnet.set_relay(address_text(*std::ranges::find_if(relay.interfaces, here)));
  }
  subnet.set_subnet(net::to_string(*segment.subnet));
  subnet.set_first(net::to_string(leasing.pool->first));
  subnet.set_last(net::to_string(leasing.pool->last));
  for (const auto& part : node.source->exclude) {
    if (!segment.subnet->contains({part.value.first, 32})) continue;
    v1::DhcpRange& range = *subnet.add_excluded();
    range.set_first(net::to_string(part.value.first));
    range.set_last(net::to_string(part.value.last));
  }
  if (const Member* router = way_out(model, number, leasing.server)) {
    subnet.set_router(address_text(model.at(*router)));
  }
  const std::string server = name_server(model, node.system, number, leasing.server);
  if (!server.empty()) subnet.add_name_servers(server);
  subnet.set_domain(node.source->domain);
  subnet.set_lease_seconds(node.source->lease_seconds);
  if (node.source->renew_seconds) subnet.set_renew_seconds(node.source->renew_seconds->value);
  if (node.source->rebind_seconds) subnet.set_rebind_seconds(node.source->rebind_seconds->value);
  subnet.set_shared(segment.leasing.size() > 1);
  for (const Member& m : segment.members) {
    if (model.at(m).bootp) out.set_bootp(true);
  }
  for (const Reservation& r : node.source->reservations) {
    const size_t who = model.find(r.node.value);
    if (who == kNone) continue;
    for (const Interface& held : model.nodes[who].interfaces) {
      if (!held.dhcp || held.segment != number) continue;
      v1::DhcpReservation& reservation = *subnet.add_reservations();
      reservation.set_mac(net::to_string(held.mac));
      reservation.set_address(net::to_string(r.address.value));
      reservation.set_node(r.node.value);
    }
  }
}

}  // namespace

void plan_dhcp_server(const Model& model, size_t index, v1::NodeSpec& spec) {
  use_name_server(model, index, spec);
  v1::DhcpServerSpec& out = *spec.mutable_dhcp_server();
  for (const Segment& segment : model.segments) {
    for (const Leasing& leasing : segment.leasing) {
      if (leasing.server == index && segment.subnet && leasing.pool) {
        lease_in(model, segment, leasing, out);
      }
    }
  }
}

// The routing of a router is planned elsewhere.
void plan_dhcp_relay(const Model& model, size_t index, v1::NodeSpec& spec) {
  const Node& node = model.nodes[index];
  if (node.source->relay.empty()) return;
  v1::DhcpRelaySpec& out = *spec.mutable_router()->mutable_dhcp_relay();
  for (const Interface& i : node.interfaces) {
    const auto& leasing = model.segments[i.segment].leasing;
    const bool relayed =
        std::ranges::any_of(leasing, [&](const Leasing& l) { return l.relay == index; });
    (relayed ? out.add_client_interfaces() : out.add_server_interfaces())->assign(i.name);
  }
  for (const Name& name : node.source->relay) {
    const size_t server = model.find(name.value);
    const auto address = server == kNone ? std::nullopt : primary_address(model, server);
    if (address) out.add_servers(net::to_string(*address));
  }
}

}  // namespace hoplab::topology
