// The lab's faults, wherever they are held. Agents hold their own under a lease; a stopped node has
// no agent, so its fault is held here, written to the lab's folder so that the next controller
// keeps its lease. Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controller/lab/lab.h"

namespace hoplab::lab {

class Faults {
 public:
  // Reads what an earlier controller held.
  explicit Faults(Lab& lab);
  ~Faults();  // faults stay; only the watching ends
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  // Applies it; the reply carries its id.
  Result<v1::AddFaultReply> add(v1::Fault fault);
  // Undoes one or, with an empty id, all. Those that could not be undone are an error, after the
  // rest was done.
  Result<v1::ClearFaultReply> clear(const std::string& id);
  // From now on leases are watched, on a thread of this object's.
  void watch();
  // Undoes now what ran out while no controller lived. True when there was something.
  bool undo_expired();
  // Asks every agent.
  std::vector<v1::Fault> list();
  // Whether none is on the lab and one ended so lately that what it disturbed may not be as before;
  // also when this controller is too young to know. settled() says that it has been looked after.
  bool ended_lately();
  void settled();
  // As list() last saw them, without asking; for a recording that must not wait.
  std::vector<v1::Fault> known() const;

 private:
  void watch_leases(const std::stop_token& stop);
  Status undo_stop(const std::string& id);
  void write(const v1::Fault& fault) const;
  std::string new_id();

  Lab& lab_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, v1::Fault> stopped_;  // held here, by id
  std::vector<v1::Fault> known_;
  unsigned next_id_ = 1;
  std::optional<Clock::time_point> ended_ = Clock::now();  // when the last one was seen to be gone
  std::jthread watcher_;
};

}  // namespace hoplab::lab
