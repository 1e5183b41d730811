// Every word the topology file knows. The parser reads these tables and the JSON schema is tested
// against them, so completion in editors and the program agree.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "proto/node.pb.h"

namespace hoplab::topology {

using Words = std::span<const std::string_view>;

Words topology_keys();
Words system_keys();
Words node_keys(v1::Role role);  // with those every node has; unspecified: all of them
Words interface_keys();
Words link_keys();
Words zone_keys();
Words server_keys();
Words record_keys();
Words peer_keys();

Words role_names();
Words igp_names();       // none first, then in the order of v1::Igp
Words relation_names();  // in the order of v1::Relation
Words redistributed_names();
Words dnssec_names();
Words timer_names();
Words algorithm_names();  // of load balancers, in HAProxy's words
Words record_types();

std::optional<v1::Role> role_of(std::string_view name);
std::string_view role_name(v1::Role role);

}  // namespace hoplab::topology
