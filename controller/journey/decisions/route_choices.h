// A node's whole table and a router's BGP paths, each entry with why it is used or is not. Pure: a
// snapshot in, messages out.
#pragma once

#include <string>

#include "controller/journey/decisions/route_facts.h"
#include "proto/listing.pb.h"

namespace hoplab::journey {

// `asked`: a prefix (it and what lies inside), an address (its longest match, and what competed for
// it), or empty for all. A router's routes are those of its daemons, others' those of the kernel.
v1::RouteTable route_table(const std::string& node, const v1::NodeState& state,
                           const std::string& asked, const NameOf& name);

// Every BGP path of a prefix, of the longest match of an address, or all of them.
v1::LookingGlass looking_glass(const std::string& node, const v1::NodeState& state,
                               const std::string& asked);

}  // namespace hoplab::journey
