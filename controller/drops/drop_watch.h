// Listens to the reasons for which kernels throw packets away (tracepoint skb:kfree_skb), by a
// small BPF program that exists only while this object does: an idle lab pays nothing. Needs root
// on the host that runs the nodes; one object serves all of them.
//
// Threads: one reader while armed. Failure: open() says what the machine lacks, in words for a
// report; nothing else depends on it. What there was no room for is counted, never silently gone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"

namespace hoplab::drops {

using Network = uint64_t;  // inode of a network namespace

// Of the namespace a process is in; kNotFound when there is no such process.
Result<Network> network_of(int pid);

struct Heard {
  std::map<Network, std::vector<v1::DaemonEvent>> events;  // each in time order
  uint64_t lost = 0;
};

class DropWatch {
 public:
  // Loads the program and attaches it; tells of drops in these namespaces from now on.
  static Result<std::unique_ptr<DropWatch>> open(const std::vector<Network>& networks);
  virtual ~DropWatch() = default;
  // Detaches it. Once.
  virtual Heard finish() = 0;
};

}  // namespace hoplab::drops
