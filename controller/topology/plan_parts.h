// Model -> protobuf, the parts of it. Internal to this folder.
#pragma once

#include "controller/topology/model.h"
#include "controller/topology/plan.h"

namespace hoplab::topology {

// Each fills in what it knows of the specs in `plan.nodes`, which are in the order of the model's.
void plan_routing(const Model& model, Plan& plan, Problems& problems);   // RouterSpec
void plan_services(const Model& model, Plan& plan, Problems& problems);  // all other roles, routes
void plan_autoconf(const Model& model, Plan& plan);  // router advertisements, DHCPv6

// The node that answers names for a system: its `resolver`, else its first resolver, else its first
// DNS server.
size_t resolver_of(const Model& model, size_t system);

// The whole of it; connect, carve_subnets, assign_addresses and build_zones came before.
Plan make_plan(const Model& model, Problems& problems);

}  // namespace hoplab::topology
