// The health of a node: judged from its parts, published to whoever watches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "agents/common/netlink/types.h"
#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent {

// "interface eth0": there, up, and with a peer that is up. Pure.
std::vector<hoplab::v1::Condition> interface_conditions(
    const hoplab::v1::NodeSpec& spec, const std::vector<netlink::LinkInfo>& links);

// WAITING until `started` (interfaces were there and the programs could start), then STARTING until
// every condition holds for the first time, then READY or DEGRADED. Pure.
hoplab::v1::Health judge(bool started, bool was_ready,
                         std::vector<hoplab::v1::Condition> conditions,
                         std::vector<hoplab::v1::DaemonStatus> daemons);

// The last health, and who waits for the next. Thread-safe.
class HealthBoard {
 public:
  // True when it differs from the one before.
  bool publish(hoplab::v1::Health health);
  [[nodiscard]] hoplab::v1::Health latest() const;
  struct Seen {
    uint64_t version = 0;
    hoplab::v1::Health health;
  };
  // The latest once its version is above `version`, or at the deadline.
  [[nodiscard]] Seen after(uint64_t version, std::chrono::steady_clock::time_point deadline) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  uint64_t version_ = 0;
  hoplab::v1::Health health_;
};

}  // namespace hoplab::agent
