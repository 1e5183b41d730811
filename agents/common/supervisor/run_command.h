// Runs a program to its end and hands back what it printed.
#pragma once

#include <chrono>
#include <string_view>

#include "agents/common/role/role.h"
#include "agents/common/supervisor/children.h"

namespace hoplab::agent {

// Blocks the caller, which must not be the event loop. At the deadline the whole process group is
// killed and the error is kTimeout. Each stream is kept up to 8 MiB.
Result<CommandResult> run_command(Children& children, const Command& command,
                                  std::chrono::milliseconds timeout);

}  // namespace hoplab::agent
