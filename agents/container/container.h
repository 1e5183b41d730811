// A container of the user's: runs what its image would have started.
#pragma once

#include <memory>

#include "agents/common/role/role.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_container(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
