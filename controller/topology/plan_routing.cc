// An IGP inside each system, BGP between them, and what every router must have learnt in the end.
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <set>

#include "controller/topology/keys.h"
#include "controller/topology/plan_parts.h"
#include "controller/topology/routing_ground.h"

namespace hoplab::topology {
namespace {

class Routing {
 public:
  Routing(const Model& model, Plan& plan, Problems& problems)
      : model_(model),
        plan_(plan),
        problems_(problems),
        ground_(survey(model, problems)),
        areas_(ospf_areas(model, ground_, problems)),
        relations_(relations_of(model, ground_, problems)),
        audience_(audience(ground_.beside, relations_)),
        audience6_(audience(ground_.beside6, relations_)) {}

  void run() {
    for (size_t i = 0; i < model_.systems.size(); ++i) check_system(i);
    check_bgp(model_, ground_, problems_);
    gather_known();
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (model_.nodes[i].role == v1::ROUTER) router(i);
    }
  }

 private:
  v1::RouterSpec& spec(size_t node) { return *plan_.nodes[node].spec.mutable_router(); }
  [[nodiscard]] const System& system_of(size_t node) const {
    return model_.systems[model_.nodes[node].system];
  }

  void check_system(size_t index) {
    const System& system = model_.systems[index];
    if (system.routers.size() < 2) return;
    if (system.source->igp == v1::IGP_NONE) {
      problems_.add(system.source->igp_at,
                    fmt::format("system {} has {} routers and no igp",
                                in_quotes(system.source->name.value), system.routers.size()),
                    "write 'igp: ospf'");
      return;
    }
    const bool unclear = std::any_of(model_.nodes.begin(), model_.nodes.end(), [&](const Node& n) {
      return n.system == index && n.role == v1::ROLE_UNSPECIFIED;
    });
    if (unclear) return;
    bool whole = true;
    for (const size_t router : system.routers) {
      const Node& node = model_.nodes[router];
      const bool joined =
          ground_.inside.find(router) == ground_.inside.find(system.routers.front());
      whole = whole && joined;
      if (joined || node.incomplete || model_.nodes[system.routers.front()].incomplete ||
          node.interfaces.empty()) {
        continue;
      }
      problems_.add(
          node.source->name.at,
          fmt::format("router {} has no way to {} inside of system {}", in_quotes(node.name),
                      in_quotes(model_.nodes[system.routers.front()].name),
                      in_quotes(system.source->name.value)),
          "link the routers of a system with each other");
    }
    if (whole && system.source->igp == v1::IGP_RIP) check_hops(index);
  }

  // The farthest router of a system by number of hops.
  [[nodiscard]] size_t farthest(size_t from) const {
    std::map<size_t, size_t> hops{{from, 0}};
    std::queue<size_t> open({from});
    size_t most = 0;
    while (!open.empty()) {
      const size_t at = open.front();
      open.pop();
      most = hops[at];
      for (const Interface& i : model_.nodes[at].interfaces) {
        for (const Member& m : ground_.on_segment[i.segment]) {
          if (model_.nodes[m.node].system != model_.nodes[from].system) continue;
          if (hops.emplace(m.node, hops[at] + 1).second) open.push(m.node);
        }
      }
    }
    return most;
  }

  // RIP counts to 15 and holds 16 to be infinity (RFC 2453, section 3.5); a router tells its own
  // networks with 1.
  void check_hops(size_t index) {
    constexpr size_t kFarthest = 14;
    const System& system = model_.systems[index];
    for (const size_t r : system.routers) {
      const size_t hops = farthest(r);
      if (hops <= kFarthest) continue;
      problems_.add(
          system.source->igp_at,
          fmt::format("system {} is too wide for RIP: {} is {} hops from another router",
                      in_quotes(system.source->name.value), in_quotes(model_.nodes[r].name), hops),
          "RIP reaches 15 networks far (RFC 2453); write 'igp: ospf'");
      return;
    }
  }

  // Per system: the subnets its routers stand on, and what it announces.
  void gather_known() {
    subnets_.resize(model_.systems.size());
    announced_.resize(model_.systems.size());
    for (size_t s = 0; s < model_.segments.size(); ++s) {
      if (!model_.segments[s].subnet) continue;
      for (const Member& m : ground_.on_segment[s]) {
        subnets_[model_.nodes[m.node].system].insert(*model_.segments[s].subnet);
        if (model_.at(m).address6) {
          subnets_[model_.nodes[m.node].system].insert(*model_.segments[s].subnet6);
        }
      }
    }
    for (const Delegation& part : model_.delegations) subnets_[part.provider].insert(part.prefix);
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      const System& system = model_.systems[i];
      if (system.asn == 0) continue;
      for (const size_t r : system.routers) {
        const SourceNode& source = *model_.nodes[r].source;
        for (const auto& p : source.announce) announced_[i].insert(p.value);
        if (!ground_.border[r]) continue;
        if (!source.redistribute_igp) {
          if (system.prefix) announced_[i].insert(*system.prefix);
          if (system.prefix6) announced_[i].insert(*system.prefix6);
          continue;
        }
        for (const net::IpPrefix& subnet : subnets_[i]) {
          if (in_prefix(system, subnet)) announced_[i].insert(subnet);
        }
        for (const size_t other : system.routers) {
          for (const auto& loopback : loopbacks(other)) announced_[i].insert(loopback);
        }
      }
    }
  }

  static bool in_prefix(const System& system, const net::IpPrefix& subnet) {
    return (system.prefix && net::IpPrefix(*system.prefix).contains(subnet)) ||
           (system.prefix6 && system.prefix6->contains(subnet));
  }

  [[nodiscard]] std::vector<net::IpPrefix> loopbacks(size_t index) const {
    std::vector<net::IpPrefix> result;
    const Node& node = model_.nodes[index];
    if (node.loopback) result.emplace_back(*node.loopback, 32);
    if (node.loopback6) result.emplace_back(*node.loopback6, 128);
    return result;
  }

  void router(size_t index) {
    const Node& node = model_.nodes[index];
    const System& system = system_of(index);
    v1::RouterSpec& out = spec(index);
    if (node.router_id) out.set_router_id(net::to_string(*node.router_id));
    if (node.loopback) out.set_loopback(net::to_string(net::InterfaceAddress{*node.loopback, 32}));
    if (node.loopback6) {
      out.set_loopback6(net::to_string(net::IpInterfaceAddress{*node.loopback6, 128}));
    }
    if (system.prefix6) out.set_system_prefix6(net::to_string(*system.prefix6));
    const bool speaks_bgp = system.asn != 0 && !leaves_bgp_to_border(model_, ground_, index);
    if (speaks_bgp) out.set_asn(system.asn);
    out.set_standard_timers(model_.source->standard_timers);
    out.set_multipath(system.source->multipath);
    if (system.prefix) out.set_system_prefix(net::to_string(*system.prefix));
    if (runs_igp(system)) igp(index, out);
    delegated(index, out);
    if (speaks_bgp) plan_bgp(model_, ground_, relations_, index, out);
    expected(index, out);
  }

  void igp(size_t index, v1::RouterSpec& out) {
    const Node& node = model_.nodes[index];
    const v1::Igp protocol = system_of(index).source->igp;
    out.set_igp(protocol);
    for (size_t at = 0; at < node.interfaces.size(); ++at) {
      const Interface& i = node.interfaces[at];
      std::vector<std::string> others;
      for (const Member& m : ground_.on_segment[i.segment]) {
        const Node& other = model_.nodes[m.node];
        if (m.node != index && other.system == node.system) others.push_back(other.name);
      }
      const auto& cost = model_.links[i.link].source->cost;
      const bool lan = model_.segments[i.segment].lan();
      if (protocol == v1::IGP_OSPF) {
        v1::OspfInterface& o = *out.add_ospf();
        o.set_interface(i.name);
        o.set_area(areas_[index][at]);
        if (cost) o.set_cost(cost->value);
        o.set_ipv6(i.address6.has_value());
        o.set_passive(others.empty());
        if (others.empty()) continue;
        o.set_neighbor_node(others.front());
        o.set_point_to_point(!lan);
        continue;
      }
      v1::IgpInterface& o = *out.add_igp_interfaces();
      o.set_interface(i.name);
      if (cost) o.set_cost(cost->value);
      o.set_ipv6(i.address6.has_value());
      o.set_passive(others.empty());
      o.set_point_to_point(!others.empty() && !lan);
      for (std::string& other : others) o.add_neighbor_nodes(std::move(other));
    }
  }

  // The way to sites behind gateways that this router is linked with.
  void delegated(size_t index, v1::RouterSpec& out) const {
    for (const Delegation& part : model_.delegations) {
      const Node& gateway = model_.nodes[part.gateway];
      const Interface& outside = gateway.interfaces[gateway.wan];
      const auto& routers = ground_.on_segment[outside.segment];
      const bool here = std::ranges::any_of(
          routers, [&](const Member& m) { return m.node == index && model_.at(m).address6; });
      if (!here || model_.nodes[index].system != part.provider || !outside.address6) continue;
      v1::StaticRoute& route = *out.add_static_routes();
      route.set_prefix(net::to_string(part.prefix));
      route.set_via(net::to_string(outside.address6->address));
    }
  }

  void expected(size_t index, v1::RouterSpec& out) {
    const Node& node = model_.nodes[index];
    const System& system = system_of(index);
    std::set<net::IpPrefix> own;
    for (const Interface& i : node.interfaces) {
      if (const auto& subnet = model_.segments[i.segment].subnet) own.insert(*subnet);
      if (i.address6) own.insert(i.address6->prefix());
    }
    std::set<net::IpPrefix> wanted;
    for (const v1::StaticRoute& route : out.static_routes()) {
      if (const auto prefix = net::parse_ip_prefix(route.prefix())) wanted.insert(*prefix);
    }
    if (runs_igp(system)) {
      for (const net::IpPrefix& subnet : subnets_[node.system]) {
        if (!own.contains(subnet)) wanted.insert(subnet);
      }
      for (const size_t r : system.routers) {
        if (r == index) continue;
        for (const auto& loopback : loopbacks(r)) wanted.insert(loopback);
      }
    }
    for (const size_t r : system.routers) {
      if (r == index || system.asn == 0 || leaves_bgp_to_border(model_, ground_, index)) continue;
      for (const auto& p : model_.nodes[r].source->announce) wanted.insert(p.value);
    }
    for (size_t s = 0; s < model_.systems.size() && system.asn != 0; ++s) {
      for (const net::IpPrefix& prefix : announced_[s]) {
        const auto& audience = prefix.network.is_v4() ? audience_ : audience6_;
        if (audience[s].contains(node.system) && !own.contains(prefix)) wanted.insert(prefix);
      }
    }
    for (const net::IpPrefix& prefix : wanted) out.add_expected_prefixes(net::to_string(prefix));
  }

  const Model& model_;
  Plan& plan_;
  Problems& problems_;
  RoutingGround ground_;
  AreasByInterface areas_;
  Relations relations_;
  std::vector<std::set<size_t>> audience_;  // by system
  std::vector<std::set<size_t>> audience6_;
  std::vector<std::set<net::IpPrefix>> subnets_;
  std::vector<std::set<net::IpPrefix>> announced_;
};

}  // namespace

void plan_routing(const Model& model, Plan& plan, Problems& problems) {
  Routing(model, plan, problems).run();
}

}  // namespace hoplab::topology
