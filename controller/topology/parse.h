// YAML tree -> Source: words, types and ranges of single values are checked here; whatever needs
// two values of the file is checked by resolve. Reports every problem and keeps what is good.
#pragma once

#include "controller/topology/scalars.h"
#include "controller/topology/source.h"
#include "controller/topology/yaml_tree.h"

namespace hoplab::topology {

constexpr size_t kLongestLab = 20;
constexpr size_t kLongestNode = 32;
constexpr size_t kLongestInterface = 15;

Source parse(const YamlNode& root, Problems& problems);

// The parts of it.
SourceNode parse_node(const YamlEntry& entry, size_t system, Problems& problems);
// Of a system: igp, multipath, route_reflectors, relations. Of a router: redistribute, peers.
void parse_system_routing(const Fields& fields, SourceSystem& system, Problems& problems);
void parse_router_policy(const Fields& fields, SourceNode& node, Problems& problems);
void parse_zones(const YamlNode& zones, Source& source, Problems& problems);
// Reported when it cannot be the name of an interface.
bool check_interface_name(const Name& name, Problems& problems);
// A host name that programs will ask for; reported when it is not one. Without the final dot.
Maybe<std::string> host_name_of(const Name& name, Problems& problems);

}  // namespace hoplab::topology
