// A web server: nginx with one page that says which node answered.
// Threads: as every role, and the one that receives nginx's access log. Failure: the condition says
// what the node got when it asked itself.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_web_server(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
