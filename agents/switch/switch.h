// A switch: the kernel's bridge over all interfaces, made by the agent. No daemon; this role only
// tells when the ports forward. State is read from the container's /sys.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_switch(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
