// A DHCP server: Kea's DHCPv4 daemon, and its DHCPv6 daemon where IPv6 addresses are managed, with
// leases in files.
// Threads: as every role (agents/common/role/role.h). Failure: conditions say what Kea reports.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_dhcp_server(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
