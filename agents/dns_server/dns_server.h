// An authoritative name server: Knot DNS with the zones of the intent, reporting by dnstap.
// Threads: as every role, and those of the dnstap receiver. Failure: conditions say, zone by zone,
// what the server answered when the node asked it.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_dns_server(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
