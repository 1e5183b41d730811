// One command run for a caller, with its standard streams or a terminal, over a two-way stream.
// Not a blocking handler: a blocked read of the caller's input would outlive the command.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "agents/common/supervisor/children.h"
#include "agents/common/supervisor/event_loop.h"
#include "proto/agent.pb.h"

namespace hoplab::agent {

// Owns itself; ends with the command, or kills the command when the caller goes away.
grpc::ServerBidiReactor<hoplab::v1::ExecInput, hoplab::v1::ExecOutput>* start_exec_session(
    EventLoop& loop, Children& children);

}  // namespace hoplab::agent
