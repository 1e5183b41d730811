// What the kernel tells of changes in the node's namespace, handed to the captures that run, and
// what of it asks for the node to be looked at again.
//
// Threads: public methods from any thread; the actions are called on the event loop's. The loop has
// stopped, or runs on the thread that destroys this, when it goes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/capture/event_hub.h"
#include "agents/common/netlink/monitor.h"
#include "agents/common/netlink/netlink.h"
#include "agents/common/supervisor/event_loop.h"

namespace hoplab::agent {

class KernelWatch {
 public:
  struct Actions {
    std::function<void()> interface_came;   // one that was not there before
    std::function<void()> changed;          // something that health may depend on
    std::function<void()> lost;             // the kernel had to drop notices
    std::function<void(std::string)> note;  // for the log
  };

  // Of the namespace of the calling thread.
  static Result<std::unique_ptr<KernelWatch>> open(EventLoop& loop, EventHub& hub,
                                                   netlink::Netlink& netlink, Actions actions);
  ~KernelWatch();
  KernelWatch(const KernelWatch&) = delete;
  KernelWatch& operator=(const KernelWatch&) = delete;

  // Tracked connections are followed from the first call until as many calls to leave: the kernel
  // spends on them.
  void follow_connections();
  void leave_connections();
  // What the kernel has told until now is with the captures when this returns. At most 200 ms.
  void catch_up();

 private:
  struct LinkSeen {
    std::string name;
    bool admin_up = false;
    bool carrier = false;
    bool operator==(const LinkSeen&) const = default;
  };

  KernelWatch(EventLoop& loop, EventHub& hub, netlink::Monitor monitor, Actions actions);
  void take(const netlink::Change& change);
  void tell(const netlink::Change& change);
  [[nodiscard]] std::string interface_name(int index) const;

  EventLoop& loop_;
  EventHub& hub_;
  netlink::Monitor monitor_;
  const Actions actions_;
  std::map<int, LinkSeen> links_seen_;             // of the loop's thread only
  std::mutex mutex_;                               // guards what follows
  std::shared_ptr<netlink::Monitor> connections_;  // the loop's watch holds it too
  int connections_wanted_ = 0;                     // by captures
};

}  // namespace hoplab::agent
