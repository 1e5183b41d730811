// How hosts get out of their LAN, and whom they ask for names: of the model, pure. Internal to this
// folder.
#pragma once

#include <string>

#include "controller/topology/model.h"
#include "controller/topology/plan.h"

namespace hoplab::topology {

// Of an interface, without the prefix length; "" where it has none.
std::string address_text(const Interface& interface);
// The router, or the gateway whose LAN this is, that hosts on the segment send through; nullptr
// when there is none but `except`.
const Member* way_out(const Model& model, size_t segment, size_t except);
// The node that answers names for a system: its `resolver`, else its first resolver, else its first
// DNS server.
size_t resolver_of(const Model& model, size_t system);
// The address asked for names on a segment (kNone: on none in particular); "" when there is none.
std::string name_server(const Model& model, size_t system, size_t segment, size_t except);
// The same over IPv6.
std::string name_server6(const Model& model, size_t system, size_t segment, size_t except);
// Of a node with an address of its own: whom it asks, over either version.
void use_name_server(const Model& model, size_t node, v1::NodeSpec& spec);
// Default routes, of either version, of whatever is no router; and where a gateway's site ends.
void add_default_routes(const Model& model, size_t node, v1::NodeSpec& spec);

}  // namespace hoplab::topology
