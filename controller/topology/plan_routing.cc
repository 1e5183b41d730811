// OSPF inside each system, BGP between them, and what every router must have learnt in the end.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controller/topology/plan_parts.h"

namespace hoplab::topology {
namespace {

class Routing {
 public:
  Routing(const Model& model, Plan& plan, Problems& problems)
      : model_(model),
        plan_(plan),
        problems_(problems),
        inside_(model.nodes.size()),
        outside_(model.systems.size()),
        on_segment_(model.segments.size()),
        border_(model.nodes.size(), false) {}

  void run() {
    for (size_t s = 0; s < model_.segments.size(); ++s) {
      for (const Member& m : model_.segments[s].members) {
        if (model_.nodes[m.node].role == v1::ROUTER) on_segment_[s].push_back(m);
      }
      join(s);
    }
    for (size_t i = 0; i < model_.systems.size(); ++i) check_system(i);
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
  [[nodiscard]] bool runs_ospf(size_t system) const {
    return model_.systems[system].source->ospf && model_.systems[system].routers.size() > 1;
  }

  void join(size_t segment) {
    const auto& routers = on_segment_[segment];
    for (size_t i = 0; i < routers.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const size_t a = routers[j].node;
        const size_t b = routers[i].node;
        const size_t system_a = model_.nodes[a].system;
        const size_t system_b = model_.nodes[b].system;
        if (system_a == system_b) {
          inside_.join(a, b);
        } else if (system_of(a).asn == 0 || system_of(b).asn == 0) {
          if (system_of(a).damaged || system_of(b).damaged) continue;
          const size_t site = system_of(a).asn == 0 ? system_a : system_b;
          problems_.add(
              model_.segments[segment].at,
              fmt::format("{} and {} stand in two systems, and {} has no asn",
                          in_quotes(model_.nodes[a].name), in_quotes(model_.nodes[b].name),
                          in_quotes(model_.systems[site].source->name.value)),
              "give it an asn, or put a node of role gateway between");
        } else {
          outside_.join(system_a, system_b);
          border_[a] = border_[b] = true;
        }
      }
    }
  }

  void check_system(size_t index) {
    const System& system = model_.systems[index];
    if (system.routers.size() < 2) return;
    if (!system.source->ospf) {
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
    for (const size_t router : system.routers) {
      const Node& node = model_.nodes[router];
      if (inside_.find(router) == inside_.find(system.routers.front()) || node.incomplete ||
          model_.nodes[system.routers.front()].incomplete || node.interfaces.empty()) {
        continue;
      }
      problems_.add(
          node.source->name.at,
          fmt::format("router {} has no way to {} inside of system {}", in_quotes(node.name),
                      in_quotes(model_.nodes[system.routers.front()].name),
                      in_quotes(system.source->name.value)),
          "link the routers of a system with each other");
    }
  }

  // Per system: the subnets its routers stand on, and what it announces.
  void gather_known() {
    subnets_.resize(model_.systems.size());
    announced_.resize(model_.systems.size());
    for (size_t s = 0; s < model_.segments.size(); ++s) {
      if (!model_.segments[s].subnet) continue;
      for (const Member& m : on_segment_[s]) {
        subnets_[model_.nodes[m.node].system].insert(*model_.segments[s].subnet);
      }
    }
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      const System& system = model_.systems[i];
      const bool has_border = std::any_of(system.routers.begin(), system.routers.end(),
                                          [&](size_t r) { return border_[r]; });
      if (system.asn == 0) continue;
      if (system.prefix && has_border) announced_[i].insert(*system.prefix);
      for (const size_t r : system.routers) {
        for (const auto& p : model_.nodes[r].source->announce) announced_[i].insert(p.value);
      }
    }
  }

  void router(size_t index) {
    const Node& node = model_.nodes[index];
    const System& system = system_of(index);
    v1::RouterSpec& out = spec(index);
    if (node.router_id) out.set_router_id(net::to_string(*node.router_id));
    if (node.loopback) out.set_loopback(net::to_string(net::InterfaceAddress{*node.loopback, 32}));
    out.set_asn(system.asn);
    out.set_standard_timers(model_.source->standard_timers);
    if (runs_ospf(node.system)) ospf(index, out);
    if (system.asn != 0) bgp(index, out);
    expected(index, out);
  }

  void ospf(size_t index, v1::RouterSpec& out) {
    const Node& node = model_.nodes[index];
    for (const Interface& i : node.interfaces) {
      v1::OspfInterface& o = *out.add_ospf();
      o.set_interface(i.name);
      o.set_area(0);
      const auto& cost = model_.links[i.link].source->cost;
      if (cost) o.set_cost(cost->value);
      std::vector<size_t> others;
      for (const Member& m : on_segment_[i.segment]) {
        if (m.node != index && model_.nodes[m.node].system == node.system) others.push_back(m.node);
      }
      o.set_passive(others.empty());
      if (others.empty()) continue;
      o.set_neighbor_node(model_.nodes[others.front()].name);
      o.set_point_to_point(!model_.segments[i.segment].lan());
    }
  }

  void bgp(size_t index, v1::RouterSpec& out) {
    const Node& node = model_.nodes[index];
    for (const Interface& i : node.interfaces) {
      for (const Member& m : on_segment_[i.segment]) {
        const Interface& peer = model_.at(m);
        if (model_.nodes[m.node].system == node.system || !peer.address) continue;
        v1::BgpNeighbor& n = *out.add_bgp();
        n.set_address(net::to_string(peer.address->address));
        n.set_asn(system_of(m.node).asn);
        n.set_node(model_.nodes[m.node].name);
        n.set_interface(i.name);
      }
    }
    const System& system = system_of(index);
    for (const size_t r : system.routers) {
      if (r == index || !model_.nodes[r].loopback || !node.loopback) continue;
      v1::BgpNeighbor& n = *out.add_bgp();
      n.set_address(net::to_string(*model_.nodes[r].loopback));
      n.set_asn(system.asn);
      n.set_node(model_.nodes[r].name);
      n.set_next_hop_self(border_[index]);
      n.set_update_source(net::to_string(*node.loopback));
    }
    if (border_[index] && system.prefix) out.add_announce(net::to_string(*system.prefix));
    for (const auto& p : node.source->announce) out.add_announce(net::to_string(p.value));
  }

  void expected(size_t index, v1::RouterSpec& out) {
    const Node& node = model_.nodes[index];
    const System& system = system_of(index);
    std::set<net::Prefix> own;
    for (const Interface& i : node.interfaces) {
      if (const auto& subnet = model_.segments[i.segment].subnet) own.insert(*subnet);
    }
    std::set<net::Prefix> wanted;
    if (runs_ospf(node.system)) {
      for (const net::Prefix& subnet : subnets_[node.system]) {
        if (!own.contains(subnet)) wanted.insert(subnet);
      }
      for (const size_t r : system.routers) {
        if (r != index && model_.nodes[r].loopback) wanted.insert({*model_.nodes[r].loopback, 32});
      }
    }
    for (const size_t r : system.routers) {
      if (r == index || system.asn == 0) continue;
      for (const auto& p : model_.nodes[r].source->announce) wanted.insert(p.value);
    }
    for (size_t s = 0; s < model_.systems.size() && system.asn != 0; ++s) {
      if (s == node.system || outside_.find(s) != outside_.find(node.system)) continue;
      for (const net::Prefix& prefix : announced_[s]) {
        if (!own.contains(prefix)) wanted.insert(prefix);
      }
    }
    for (const net::Prefix& prefix : wanted) out.add_expected_prefixes(net::to_string(prefix));
  }

  const Model& model_;
  Plan& plan_;
  Problems& problems_;
  Groups inside_;                                // routers joined within their system
  Groups outside_;                               // systems joined by BGP
  std::vector<std::vector<Member>> on_segment_;  // routers only
  std::vector<bool> border_;
  std::vector<std::set<net::Prefix>> subnets_;
  std::vector<std::set<net::Prefix>> announced_;
};

}  // namespace

void plan_routing(const Model& model, Plan& plan, Problems& problems) {
  Routing(model, plan, problems).run();
}

}  // namespace hoplab::topology
