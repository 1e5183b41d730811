// The role `router`: FRR's zebra, ospfd, bgpd and staticd, as far as the spec needs each.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

// The spec must hold a RouterSpec; an empty one is a router with connected routes only.
std::unique_ptr<Role> make_router(const v1::NodeSpec& spec);

}  // namespace hoplab::agent
