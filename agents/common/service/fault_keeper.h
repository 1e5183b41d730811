// Holds the node's faults and undoes each when it is cleared or when its lease runs out, whoever is
// alive then. Nothing is kept on disk: a node whose agent dies has died itself.
//
// Threads: add, clear and list from any; one fault is applied or undone at a time. A lease's end
// comes on the timers' thread and is handed to `background`, because undoing may take a while.
// Failure: what could not be undone stays listed; after a lease it is tried again every second.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/supervisor/timers.h"
#include "proto/agent.pb.h"

namespace hoplab::agent {

class FaultKeeper {
 public:
  struct Actions {
    // May complete the fault (a chosen seed, the daemon an empty name stands for); the mechanism.
    std::function<Result<std::string>(hoplab::v1::Fault&)> apply;
    std::function<Status(const hoplab::v1::Fault&)> undo;
    std::function<void(std::function<void()>)> background;
    std::function<void(std::string)> note;  // for the log
  };

  FaultKeeper(Timers& timers, Actions actions) : timers_(timers), actions_(std::move(actions)) {}
  ~FaultKeeper();
  FaultKeeper(const FaultKeeper&) = delete;
  FaultKeeper& operator=(const FaultKeeper&) = delete;

  // Refuses a second fault of the same kind on the same object: the first one's end would undo
  // both.
  Result<hoplab::v1::AddFaultReply> add(hoplab::v1::Fault fault);
  // An empty id means all; the ids that were cleared. An unknown id is kNotFound.
  Result<std::vector<std::string>> clear(const std::string& id);
  [[nodiscard]] std::vector<hoplab::v1::Fault> list() const;
  // Those of one kind, for whoever must respect them.
  [[nodiscard]] std::vector<hoplab::v1::Fault> list(hoplab::v1::Fault::KindCase kind) const;

 private:
  struct Held {
    hoplab::v1::Fault fault;
    std::string mechanism;
    Timers::Id lease = 0;
  };
  void arm(const std::string& id, Timers::Clock::duration left);
  void lease_ended(const std::string& id);
  Status undo_held(const std::string& id);

  Timers& timers_;
  const Actions actions_;
  std::mutex operation_;      // one apply or undo at a time
  mutable std::mutex mutex_;  // the table
  std::map<std::string, Held> held_;
  uint64_t next_ = 1;
};

// What a fault is put on, within its kind: an interface, a daemon, a zone, a neighbour.
std::string object_of(const hoplab::v1::Fault& fault);

}  // namespace hoplab::agent
