// A command on a node, with this process's standard streams.
#pragma once

#include <string>
#include <vector>

#include "proto/agent.grpc.pb.h"

namespace hoplab::cli {

// Its exit code. `terminal`: with a terminal of its own, ours in raw mode.
int run_on_node(v1::Agent::Stub& agent, const std::vector<std::string>& command, bool terminal);

}  // namespace hoplab::cli
