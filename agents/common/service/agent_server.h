// The node behind gRPC on a Unix socket: the only place, with exec_session.cc, that knows gRPC.
#pragma once

#include <memory>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/service/node.h"

namespace hoplab::agent {

class AgentServer {
 public:
  virtual ~AgentServer() = default;
  // Streams that run are told to end; waits for them, at most a second.
  virtual void stop() = 0;
};

// Listens on return. The socket's folder must exist; a socket left from before is replaced.
Result<std::unique_ptr<AgentServer>> serve(Node& node, const std::string& socket_path);

}  // namespace hoplab::agent
