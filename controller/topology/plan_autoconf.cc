// What routers and gateways advertise, what a DHCPv6 server gives, and which clients listen.
#include <algorithm>

#include "controller/topology/plan_parts.h"
#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

class Autoconfiguration {
 public:
  Autoconfiguration(const Model& model, Plan& plan) : model_(model), plan_(plan) {}

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      v1::NodeSpec& spec = plan_.nodes[i].spec;
      if (model_.nodes[i].role == v1::CLIENT) client(i, *spec.mutable_client());
      if (model_.nodes[i].role == v1::ROUTER) router(i, *spec.mutable_router());
      if (model_.nodes[i].role == v1::GATEWAY) gateway(i, *spec.mutable_gateway());
    }
    for (const Segment& segment : model_.segments) {
      if (segment.leasing6) managed(segment);
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
    out.set_managed(segment.leasing6.has_value());
    out.set_autonomous(!segment.leasing6);
    const std::string server = name_server(segment);
    if (!server.empty()) out.add_name_servers(server);
  }

  void managed(const Segment& segment) {
    const Leasing6& leasing = *segment.leasing6;
    const Node& node = model_.nodes[leasing.server];
    const size_t number = number_of(segment);
    v1::Dhcp6Subnet& subnet =
        *plan_.nodes[leasing.server].spec.mutable_dhcp_server()->add_subnets6();
    subnet.set_interface(std::ranges::find(node.interfaces, number, &Interface::segment)->name);
    subnet.set_subnet(net::to_string(*segment.subnet6));
    subnet.set_first(net::to_string(leasing.pool.first));
    subnet.set_last(net::to_string(leasing.pool.last));
    const std::string server = name_server(segment);
    if (!server.empty()) subnet.add_name_servers(server);
    subnet.set_domain(node.source->domain);
    subnet.set_lease_seconds(node.source->lease_seconds);
    if (node.source->renew_seconds) subnet.set_renew_seconds(node.source->renew_seconds->value);
    if (node.source->rebind_seconds) subnet.set_rebind_seconds(node.source->rebind_seconds->value);
  }

  const Model& model_;
  Plan& plan_;
};

}  // namespace

void plan_autoconf(const Model& model, Plan& plan) { Autoconfiguration(model, plan).run(); }

}  // namespace hoplab::topology
