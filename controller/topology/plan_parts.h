// Model -> protobuf, the parts of it. Internal to this folder.
#pragma once

#include "controller/topology/model.h"
#include "controller/topology/plan.h"

namespace hoplab::topology {

// Each fills in what it knows of the specs in `plan.nodes`, which are in the order of the model's.
void plan_routing(const Model& model, Plan& plan, Problems& problems);   // RouterSpec
void plan_names(const Model& model, Plan& plan, Problems& problems);     // who answers names
void plan_services(const Model& model, Plan& plan, Problems& problems);  // all other roles, routes
void plan_dhcp_server(const Model& model, size_t node, v1::NodeSpec& spec);
void plan_dhcp_relay(const Model& model, size_t node, v1::NodeSpec& spec);  // of a router
void plan_autoconf(const Model& model, Plan& plan);  // router advertisements, DHCPv6

// Nodes and addresses that answer names, as addresses.
std::vector<std::string> answering(const Model& model, const std::vector<Name>& names,
                                   std::string_view what, Problems& problems);

// The whole of it; connect, carve_subnets, assign_addresses and build_zones came before.
Plan make_plan(const Model& model, Problems& problems);

}  // namespace hoplab::topology
