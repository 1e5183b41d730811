// What a route is and why it is this one, as sentences: protocol, metric, and for BGP and OSPF what
// their daemons know besides. Pure; for the hops' explanations and for `hoplab routes`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proto/agent.pb.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

// The node that owns an address, or the address itself where none is known to.
using NameOf = std::function<std::string(const std::string& address)>;

// "longest match 203.0.113.0/24, BGP from transit1, AS path 64520 64540"
v1::Fact route_fact(const v1::Route& route, const std::string& out_interface, const NameOf& name);

// What stands behind it: BGP attributes, the step of BGP's choice that decided, the ASBR that
// brought it into OSPF. Empty where the daemons told nothing.
std::vector<v1::Fact> route_reasons(const v1::Route& route, const NameOf& name);

// Of the words bgpd has for the step that decided ("Local Pref"); the steps are those of RFC 4271,
// section 9.1.2, and RFC 4456, section 9. `paths`: how many there were.
v1::Fact best_step(const std::string& reason, uint32_t paths);

// "64520 64540", or "empty".
std::string as_path_text(const google::protobuf::RepeatedField<uint32_t>& as_path);

}  // namespace hoplab::journey
