// A caching resolver: Unbound, from the root hints or forwarding.
// Threads: as every role, and those of the dnstap receiver. Failure: conditions say what Unbound
// answered when the node asked it.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_resolver(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
