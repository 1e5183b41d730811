// What routers and gateways advertise, what a DHCPv6 server gives, and which clients listen.
#include <algorithm>

#include "controller/topology/plan_parts.h"
#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

// A preference that makes a client wait for no other server (RFC 8415, section 18.2.1).
constexpr uint32_t kNobodyElse = 255;

class Autoconfiguration {
 public:
  Autoconfiguration(const Model& model, Plan& plan) : model_(model), plan_(plan) {}

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      v1::NodeSpec& spec = plan_.nodes[i].spec;
      if (model_.nodes[i].role == v1::CLIENT) client(i, *spec.mutable_client());
      if (model_.nodes[i].role == v1::GATEWAY) gateway(i, *spec.mutable_gateway());
      if (model_.nodes[i].role != v1::ROUTER) continue;
      router(i, *spec.mutable_router());
      relay(i, *spec.mutable_router());
    }
    for (const Segment& segment : model_.segments) {
      for (const Leasing6& leasing : segment.leasing6) managed(segment, leasing);
    }
  }

 private:
  [[nodiscard]] std::string name_server(const Segment& segment) const {
    return name_server6(model_, segment.system, number_of(segment), kNone);
  }
  [[nodiscard]] size_t number_of(const Segment& segment) const {
    return static_cast<size_t>(&segment - model_.segments.data());
  }

  void client(size_t index, v1::ClientSpec& out) const {
    for (const Interface& i : model_.nodes[index].interfaces) {
      if (i.autoconf == Autoconf::kNone) continue;
      out.set_autoconf_interface(i.name);
      out.set_dhcpv6(i.autoconf == Autoconf::kDhcpv6);
    }
  }

  // Only where somebody listens.
  void router(size_t index, v1::RouterSpec& out) const {
    for (const Interface& i : model_.nodes[index].interfaces) {
      const Segment& segment = model_.segments[i.segment];
      const bool heard = std::ranges::any_of(segment.members, [&](const Member& m) {
        return model_.at(m).autoconf != Autoconf::kNone;
      });
      if (!heard || !i.address6) continue;
      advertise(i, *out.add_advertisements());
    }
  }

  // A home gateway advertises whether or not somebody listens (RFC 7084, section 4.3).
  void gateway(size_t index, v1::GatewaySpec& out) const {
    const Node& node = model_.nodes[index];
    if (node.lan == kNone || !node.interfaces[node.lan].address6) return;
    advertise(node.interfaces[node.lan], *out.add_advertisements());
  }

  void advertise(const Interface& i, v1::RouterAdvertisement& out) const {
    const Segment& segment = model_.segments[i.segment];
    out.set_interface(i.name);
    out.set_prefix(net::to_string(*segment.subnet6));
    out.set_managed(segment.managed6());
    out.set_autonomous(!segment.managed6());
    const std::string server = name_server(segment);
    if (!server.empty()) out.add_name_servers(server);
  }

  void managed(const Segment& segment, const Leasing6& leasing) {
    const Node& node = model_.nodes[leasing.server];
    const size_t number = number_of(segment);
    v1::Dhcp6Subnet& subnet =
        *plan_.nodes[leasing.server].spec.mutable_dhcp_server()->add_subnets6();
    if (leasing.relay == kNone) {
      subnet.set_interface(std::ranges::find(node.interfaces, number, &Interface::segment)->name);
    } else {
      relayed(leasing, number, subnet);
    }
    subnet.set_subnet(net::to_string(*segment.subnet6));
    subnet.set_first(net::to_string(leasing.pool.first));
    subnet.set_last(net::to_string(leasing.pool.last));
    const std::string server = name_server(segment);
    if (!server.empty()) subnet.add_name_servers(server);
    subnet.set_domain(node.source->domain);
    subnet.set_lease_seconds(node.source->lease_seconds);
    if (node.source->renew_seconds) subnet.set_renew_seconds(node.source->renew_seconds->value);
    if (node.source->rebind_seconds) subnet.set_rebind_seconds(node.source->rebind_seconds->value);
    subnet.set_preference(node.source->preference6 ? node.source->preference6->value : kNobodyElse);
    for (const auto& part : node.source->exclude6) {
      if (!segment.subnet6->contains(part.value.first)) continue;
      v1::DhcpRange& range = *subnet.add_excluded();
      range.set_first(net::to_string(part.value.first));
      range.set_last(net::to_string(part.value.last));
    }
    for (const Reservation6& r : node.source->reservations6) reserve(r, number, subnet);
  }

  // A subnet elsewhere: its questions come to the server's own address.
  void relayed(const Leasing6& leasing, size_t segment, v1::Dhcp6Subnet& subnet) const {
    const Interface* heard = heard_at(model_.nodes[leasing.server]);
    const auto& relay = model_.nodes[leasing.relay].interfaces;
    const auto there = std::ranges::find(relay, segment, &Interface::segment);
    if (heard == nullptr || !there->address6) return;
    subnet.set_interface(heard->name);
    subnet.set_listen(net::to_string(heard->address6->address));
    subnet.set_relay(net::to_string(there->address6->address));
  }
  // Where relays send to.
  static const Interface* heard_at(const Node& server) {
    const auto found = std::ranges::find_if(
        server.interfaces, [](const Interface& i) { return i.address6.has_value(); });
    return found == server.interfaces.end() ? nullptr : &*found;
  }

  void reserve(const Reservation6& r, size_t segment, v1::Dhcp6Subnet& subnet) const {
    const size_t who = model_.find(r.node.value);
    if (who == kNone) return;
    for (const Interface& held : model_.nodes[who].interfaces) {
      if (held.autoconf != Autoconf::kDhcpv6 || held.segment != segment) continue;
      v1::DhcpReservation& reservation = *subnet.add_reservations();
      reservation.set_mac(net::to_string(held.mac));
      reservation.set_address(net::to_string(r.address.value));
      reservation.set_node(r.node.value);
    }
  }

  // Between clients of LANs elsewhere and the servers.
  void relay(size_t index, v1::RouterSpec& out) const {
    const Node& node = model_.nodes[index];
    v1::DhcpRelaySpec spec;
    for (const Interface& i : node.interfaces) {
      if (!i.address6) continue;
      const auto& leasing = model_.segments[i.segment].leasing6;
      const bool relayed =
          std::ranges::any_of(leasing, [&](const Leasing6& l) { return l.relay == index; });
      (relayed ? spec.add_client_interfaces6() : spec.add_server_interfaces6())->assign(i.name);
    }
    if (spec.client_interfaces6().empty()) return;
    // Where every LAN is relayed, the server is behind one of them.
    if (spec.server_interfaces6().empty()) {
      *spec.mutable_server_interfaces6() = spec.client_interfaces6();
    }
    for (const Name& name : node.source->relay) {
      const size_t server = model_.find(name.value);
      if (server == kNone || !model_.nodes[server].source->pool6) continue;
      if (const Interface* heard = heard_at(model_.nodes[server])) {
        spec.add_servers6(net::to_string(heard->address6->address));
      }
    }
    out.mutable_dhcp_relay()->MergeFrom(spec);
  }

  const Model& model_;
  Plan& plan_;
};

}  // namespace

void plan_autoconf(const Model& model, Plan& plan) { Autoconfiguration(model, plan).run(); }

}  // namespace hoplab::topology
