// A client: gets its address by DHCP, DHCPv6, from routers, or has a static one, and makes requests
// with curl.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_client(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
