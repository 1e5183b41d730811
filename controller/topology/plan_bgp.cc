// BGP of one router: its sessions, and what it tells and believes over each.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/routing_ground.h"

namespace hoplab::topology {
namespace {

bool contains(const std::vector<Name>& names, const std::string& name) {
  return std::ranges::any_of(names, [&](const Name& n) { return n.value == name; });
}

const SourcePeer* policy_for(const Node& node, const std::string& peer) {
  const auto found = std::ranges::find_if(
      node.source->peers, [&](const SourcePeer& p) { return p.node.value == peer; });
  return found == node.source->peers.end() ? nullptr : &*found;
}

bool reflects(const System& system, const Node& node) {
  return contains(system.source->route_reflectors, node.name);
}

void set_policy(const SourcePeer& policy, v1::BgpNeighbor& out) {
  if (policy.local_preference) out.set_local_preference(policy.local_preference->value);
  if (policy.med) out.set_med(policy.med->value);
  out.set_prepend(policy.prepend);
  for (const std::string& c : policy.communities) out.add_communities(c);
}

// The address of either version.
std::optional<net::IpAddress> address_of(const Interface& interface, bool v4) {
  if (v4)
    return interface.address ? std::optional<net::IpAddress>(interface.address->address)
                             : std::nullopt;
  return interface.address6 ? std::optional(interface.address6->address) : std::nullopt;
}

std::optional<net::IpAddress> loopback_of(const Node& node, bool v4) {
  return v4 ? std::optional<net::IpAddress>(node.loopback) : node.loopback6;
}

// Sessions of one IP version, where both ends have it.
void external_sessions(const Model& model, const RoutingGround& ground, const Relations& relations,
                       size_t index, bool v4, v1::RouterSpec& out) {
  const Node& node = model.nodes[index];
  for (const Interface& i : node.interfaces) {
    for (const Member& m : ground.on_segment[i.segment]) {
      const Interface& peer = model.at(m);
      const Node& other = model.nodes[m.node];
      const auto address = address_of(peer, v4);
      if (other.system == node.system || !address || !address_of(i, v4)) continue;
      v1::BgpNeighbor& n = *out.add_bgp();
      n.set_address(net::to_string(*address));
      n.set_asn(model.systems[other.system].asn);
      n.set_node(other.name);
      n.set_interface(i.name);
      const auto relation = relations[node.system].find(other.system);
      if (relation != relations[node.system].end()) n.set_relation(relation->second);
      if (const SourcePeer* policy = policy_for(node, other.name)) set_policy(*policy, n);
    }
  }
}

// Everyone with everyone; with reflectors, everyone with them (RFC 4456).
void internal_sessions(const Model& model, const RoutingGround& ground, size_t index, bool v4,
                       v1::RouterSpec& out) {
  const Node& node = model.nodes[index];
  const System& system = model.systems[node.system];
  const bool reflector = reflects(system, node);
  for (const size_t r : system.routers) {
    const Node& other = model.nodes[r];
    const auto theirs = loopback_of(other, v4);
    const auto ours = loopback_of(node, v4);
    if (r == index || !theirs || !ours) continue;
    if (leaves_bgp_to_border(model, ground, r)) continue;
    const bool other_reflects = reflects(system, other);
    if (!system.source->route_reflectors.empty() && !reflector && !other_reflects) continue;
    v1::BgpNeighbor& n = *out.add_bgp();
    n.set_address(net::to_string(*theirs));
    n.set_asn(system.asn);
    n.set_node(other.name);
    n.set_next_hop_self(ground.border[index]);
    n.set_update_source(net::to_string(*ours));
    n.set_route_reflector_client(reflector && !other_reflects);
  }
}

void check_reflectors(const Model& model, size_t index, Problems& problems) {
  const System& system = model.systems[index];
  for (const Name& name : system.source->route_reflectors) {
    const size_t node = require_node(model, name, "route reflector", problems);
    if (node == kNone) continue;
    if (system.asn == 0 && !system.damaged) {
      problems.add(name.at,
                   fmt::format("system {} has no asn: its routers speak no BGP to reflect",
                               in_quotes(system.source->name.value)),
                   "add 'asn:', or leave route_reflectors out");
    } else if (model.nodes[node].system != index || model.nodes[node].role != v1::ROUTER) {
      problems.add(name.at,
                   fmt::format("{} is no router of system {}", in_quotes(name.value),
                               in_quotes(system.source->name.value)),
                   "name routers of this system");
    }
  }
}

void check_redistribution(const Model& model, const RoutingGround& ground, size_t index,
                          Problems& problems) {
  const Node& node = model.nodes[index];
  const System& system = model.systems[node.system];
  for (const auto& at : {node.source->redistribute_bgp, node.source->redistribute_igp}) {
    if (!at || system.damaged || node.incomplete) continue;
    if (!runs_igp(system)) {
      problems.add(
          *at, fmt::format("{} redistributes, and no IGP runs in its system", in_quotes(node.name)),
          "a system of several routers with 'igp:' has one");
    } else if (system.source->igp == v1::IGP_EIGRP) {
      problems.add(*at, "FRR's eigrpd does not redistribute", "use 'igp: ospf', rip or isis");
    } else if (!ground.border[index]) {
      problems.add(*at,
                   fmt::format("{} redistributes, and has no BGP neighbour in another system",
                               in_quotes(node.name)),
                   "write it at a router that is linked with another system");
    } else {
      continue;
    }
    return;
  }
}

void check_peers(const Model& model, const RoutingGround& ground, size_t index,
                 Problems& problems) {
  const Node& node = model.nodes[index];
  for (const SourcePeer& peer : node.source->peers) {
    const size_t other = require_node(model, peer.node, "peer", problems);
    if (other == kNone) continue;
    const bool external = std::ranges::any_of(node.interfaces, [&](const Interface& i) {
      return std::ranges::any_of(ground.on_segment[i.segment], [&](const Member& m) {
        return m.node == other && model.nodes[other].system != node.system;
      });
    });
    if (external) continue;
    problems.add(peer.node.at,
                 fmt::format("{} is no BGP neighbour of {} in another system",
                             in_quotes(peer.node.value), in_quotes(node.name)),
                 "peers: names routers that this one is linked with, in systems with another asn");
  }
}

}  // namespace

bool redistributes_into_igp(const Model& model, const System& system) {
  return std::ranges::any_of(system.routers, [&](size_t r) {
    return model.nodes[r].source->redistribute_bgp.has_value();
  });
}

bool leaves_bgp_to_border(const Model& model, const RoutingGround& ground, size_t node) {
  const System& system = model.systems[model.nodes[node].system];
  return redistributes_into_igp(model, system) && !ground.border[node] &&
         !reflects(system, model.nodes[node]) && model.nodes[node].source->announce.empty();
}

void plan_bgp(const Model& model, const RoutingGround& ground, const Relations& relations,
              size_t index, v1::RouterSpec& out) {
  const Node& node = model.nodes[index];
  const System& system = model.systems[node.system];
  for (const bool v4 : {true, false}) {
    external_sessions(model, ground, relations, index, v4, out);
    internal_sessions(model, ground, index, v4, out);
  }
  out.set_redistribute_bgp(node.source->redistribute_bgp.has_value());
  out.set_redistribute_igp(node.source->redistribute_igp.has_value());
  // What the IGP knows is told instead of the whole.
  if (ground.border[index] && !node.source->redistribute_igp) {
    if (system.prefix) out.add_announce(net::to_string(*system.prefix));
    if (system.prefix6) out.add_announce(net::to_string(*system.prefix6));
  }
  for (const auto& p : node.source->announce) out.add_announce(net::to_string(p.value));
}

void check_bgp(const Model& model, const RoutingGround& ground, Problems& problems) {
  for (size_t i = 0; i < model.systems.size(); ++i) check_reflectors(model, i, problems);
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (model.nodes[i].role != v1::ROUTER) continue;
    check_redistribution(model, ground, i, problems);
    check_peers(model, ground, i, problems);
  }
}

}  // namespace hoplab::topology
