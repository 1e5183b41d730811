// A home gateway: Unbound that forwards, and NAT by nftables; where it has IPv6, a filter and
// radvd. Forwarding itself is the kernel's. Threads: as the resolver. Failure: prepare fails when
// the kernel refuses the rules.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_gateway(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
