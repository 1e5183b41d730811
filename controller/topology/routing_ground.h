// Who of the routers meets whom: what routing is derived from. Internal to this folder.
#pragma once

#include <set>
#include <vector>

#include "controller/topology/model.h"

namespace hoplab::topology {

struct RoutingGround {
  std::vector<std::vector<Member>> on_segment;  // by segment, routers only
  std::vector<bool> border;                     // by node: has a BGP neighbour in another system
  std::vector<std::set<size_t>> beside;         // by system: those it has a BGP session with
  std::vector<std::set<size_t>> beside6;        // the same of IPv6
  Groups inside;                                // routers joined within their system
  Groups outside;                               // systems joined by BGP
};

// Reports routers of two systems that meet where one has no AS number.
RoutingGround survey(const Model& model, Problems& problems);

// Whether the routers of a system run an IGP, and this one.
bool runs_igp(const System& system);
bool runs_igp(const System& system, v1::Igp igp);

// ── ospf_areas.cc
// By node, by interface: the OSPF area. Reports areas that OSPF could not join (RFC 2328, 3).
using AreasByInterface = std::vector<std::vector<uint32_t>>;
AreasByInterface ospf_areas(const Model& model, const RoutingGround& ground, Problems& problems);

// ── relations.cc: Gao and Rexford's rules
// By system: what each system beside it is to it. Reports what is declared on one side only, is
// contradicted by the other side, or makes a system a customer of itself.
using Relations = std::vector<std::map<size_t, v1::Relation>>;
Relations relations_of(const Model& model, const RoutingGround& ground, Problems& problems);
// By system: those that learn what it announces. Without relations, all that BGP joins.
// `beside` says which systems have a BGP session with each other.
std::vector<std::set<size_t>> audience(const std::vector<std::set<size_t>>& beside,
                                       const Relations& relations);

// ── plan_bgp.cc
// The sessions of one router and what is told over them.
void plan_bgp(const Model& model, const RoutingGround& ground, const Relations& relations,
              size_t node, v1::RouterSpec& out);
// Reports reflectors that are none, redistribution without two protocols, policies without a peer.
void check_bgp(const Model& model, const RoutingGround& ground, Problems& problems);
// Whether this router leaves BGP to those at the border, who tell the IGP.
bool leaves_bgp_to_border(const Model& model, const RoutingGround& ground, size_t node);
bool redistributes_into_igp(const Model& model, const System& system);

}  // namespace hoplab::topology
