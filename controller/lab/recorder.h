// Records what happens in the whole lab between two barriers: every agent's capture is armed before
// begin() returns, and finish() returns when each has delivered its last frame. One use an object.
// Streams are read by gRPC reactors, no thread a node.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/lab/agents.h"
#include "proto/journey.pb.h"

namespace hoplab::lab {

class Recorder {
 public:
  Recorder(const Agents& agents, std::vector<std::string> nodes);
  ~Recorder();  // cancels what still runs
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Arms every node; nodes that do not arm by the deadline are left out and named in their capture.
  void begin(Duration timeout);
  // Returns when a node's capture has told of nothing new for so long, and at the deadline anyhow.
  void wait_quiet(const std::string& node, Duration quiet, Clock::time_point deadline);
  // Disarms every node and collects; one entry a node, in the order given.
  std::vector<v1::NodeCapture> finish(Duration timeout);

 private:
  class Stream;
  const Agents& agents_;
  const std::vector<std::string> nodes_;
  const std::string id_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace hoplab::lab
