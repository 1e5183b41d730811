// A load balancer: HAProxy that ends TLS and spreads requests over web servers.
// Threads: as every role, and the one that receives HAProxy's log. Failure: a back end that is down
// is a condition that does not hold, with the word of the health check.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_load_balancer(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
