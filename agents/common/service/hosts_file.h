// What a node's own file of names says (hosts(5)).
#pragma once

#include <string_view>
#include <vector>

#include "proto/agent.pb.h"

namespace hoplab::agent {

// Each name with its address, in the file's order; those that every machine has are left out. Lines
// that cannot be read are none.
std::vector<hoplab::v1::LocalName> read_hosts(std::string_view text);

}  // namespace hoplab::agent
