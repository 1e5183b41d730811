// The only place that reaps. It starts processes and tells who started one how it ended; processes
// nobody here started (orphans that fell to PID 1) are reaped and counted.
//
// Threads: start() from any; the callback runs on the event loop's thread and may not block.
// SIGCHLD must be blocked in every thread: block_child_signals() first thing in main.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/supervisor/event_loop.h"
#include "agents/common/supervisor/spawn.h"

namespace hoplab::agent {

void block_child_signals();

class Children {
 public:
  using OnExit = std::function<void(int wait_status)>;

  explicit Children(EventLoop& loop);
  ~Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  Result<pid_t> start(const Command& command, OnExit on_exit);
  [[nodiscard]] uint64_t orphans() const { return orphans_; }

 private:
  void reap();

  EventLoop& loop_;
  FileDescriptor signals_;
  std::mutex mutex_;
  std::map<pid_t, OnExit> exits_;
  std::atomic<uint64_t> orphans_ = 0;
};

}  // namespace hoplab::agent
