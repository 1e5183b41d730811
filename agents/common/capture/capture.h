// One capture: rings on the node's interfaces read by one thread, and the events of its daemons,
// handed over as the replies the caller streams.
//
// Threads: start, stop and next from any; next from one at a time. When the caller is slow, up to
// 64 MiB wait here, then frames wait in the rings, and what the rings have no room for is counted.
// Failure: start fails as a whole; afterwards an interface may fall silent, the counters say so.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"
#include "agents/common/capture/event_hub.h"
#include "agents/common/capture/ring.h"
#include "agents/common/netlink/netlink.h"
#include "agents/common/netlink/protocol_counters.h"
#include "proto/agent.pb.h"

namespace hoplab::agent {

// The interfaces of a lab: not lo, not a switch's own bridge, not the agent's tools, not the tunnel
// devices that a kernel puts into every namespace.
std::vector<std::string> lab_interfaces(const std::vector<netlink::LinkInfo>& links);

class Capture {
 public:
  // Armed on return: whatever passes from now on will be delivered. The hub and the netlink socket
  // outlive the capture.
  static Result<std::unique_ptr<Capture>> start(const hoplab::v1::CaptureRequest& request,
                                                const netlink::Netlink& netlink, EventHub& hub);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // The first is `armed`, the last before `finished` the summary. Nothing: the deadline passed, or
  // it is finished.
  std::optional<hoplab::v1::CaptureReply> next(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool finished() const;
  // Begins the end; what the kernel took until now is still delivered. Returns at once.
  void stop();
  [[nodiscard]] bool takes_events() const { return subscription_ != nullptr; }
  // Something happened that nobody could tell: the reader of the kernel's notices fell behind.
  void count_lost_event();

 private:
  explicit Capture(const netlink::Netlink& netlink) : netlink_(netlink) {}
  void run();
  void read_rings();
  void drain();
  void summarise();
  void push(hoplab::v1::CaptureReply reply, bool wait_for_room);
  void take_event(const hoplab::v1::DaemonEvent& event);

  const netlink::Netlink& netlink_;
  std::vector<std::string> names_;
  std::vector<Ring> rings_;
  std::vector<netlink::CountersInfo> before_;
  netlink::ProtocolCounters protocols_before_;
  FileDescriptor epoll_;
  FileDescriptor stop_event_;

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable room_;
  std::deque<hoplab::v1::CaptureReply> queue_;
  size_t queued_bytes_ = 0;
  uint64_t events_taken_ = 0;
  uint64_t events_lost_ = 0;
  bool stopping_ = false;
  bool ended_ = false;

  std::unique_ptr<EventHub::Subscription> subscription_;
  std::thread thread_;
};

}  // namespace hoplab::agent
