// A DHCP server: Kea's DHCPv4 daemon with leases in a file.
// Threads: as every role (agents/common/role/role.h). Failure: conditions say what Kea reports.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_dhcp_server(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
