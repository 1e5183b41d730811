#include "controller/topology/routing_ground.h"

#include <fmt/format.h>

namespace hoplab::topology {
namespace {

void meet(const Model& model, size_t segment, const Member& end_a, const Member& end_b,
          RoutingGround& ground, Problems& problems) {
  const size_t a = end_a.node;
  const size_t b = end_b.node;
  const size_t system_a = model.nodes[a].system;
  const size_t system_b = model.nodes[b].system;
  if (system_a == system_b) {
    ground.inside.join(a, b);
    return;
  }
  const System& of_a = model.systems[system_a];
  const System& of_b = model.systems[system_b];
  if (of_a.asn == 0 || of_b.asn == 0) {
    if (of_a.damaged || of_b.damaged) return;
    const System& site = of_a.asn == 0 ? of_a : of_b;
    problems.add(model.segments[segment].at,
                 fmt::format("{} and {} stand in two systems, and {} has no asn",
                             in_quotes(model.nodes[a].name), in_quotes(model.nodes[b].name),
                             in_quotes(site.source->name.value)),
                 "give it an asn, or put a node of role gateway between");
    return;
  }
  ground.outside.join(system_a, system_b);
  ground.beside[system_a].insert(system_b);
  ground.beside[system_b].insert(system_a);
  if (model.at(end_a).address6 && model.at(end_b).address6) {
    ground.beside6[system_a].insert(system_b);
    ground.beside6[system_b].insert(system_a);
  }
  ground.border[a] = ground.border[b] = true;
}

}  // namespace

RoutingGround survey(const Model& model, Problems& problems) {
  RoutingGround ground{.on_segment = std::vector<std::vector<Member>>(model.segments.size()),
                       .border = std::vector<bool>(model.nodes.size(), false),
                       .beside = std::vector<std::set<size_t>>(model.systems.size()),
                       .beside6 = std::vector<std::set<size_t>>(model.systems.size()),
                       .inside = Groups(model.nodes.size()),
                       .outside = Groups(model.systems.size())};
  for (size_t s = 0; s < model.segments.size(); ++s) {
    auto& routers = ground.on_segment[s];
    for (const Member& m : model.segments[s].members) {
      if (model.nodes[m.node].role != v1::ROUTER) continue;
      for (const Member& other : routers) meet(model, s, other, m, ground, problems);
      routers.push_back(m);
    }
  }
  return ground;
}

bool runs_igp(const System& system) {
  return system.source->igp != v1::IGP_NONE && system.routers.size() > 1;
}

bool runs_igp(const System& system, v1::Igp igp) {
  return runs_igp(system) && system.source->igp == igp;
}

}  // namespace hoplab::topology
