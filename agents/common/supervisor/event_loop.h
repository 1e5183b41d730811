// One thread that waits for descriptors and points in time, and calls back. Everything in the agent
// that would otherwise need a thread to wait in shares this one, so no callback may block.
//
// Threads: run() owns the calling thread; all other methods are thread-safe, from callbacks too.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"
#include "agents/common/supervisor/timers.h"

namespace hoplab::agent {

class EventLoop final : public Timers {
 public:
  EventLoop();  // aborts where the kernel has no epoll or descriptors are used up

  // Returns after stop().
  void run();
  void stop();

  // Calls back while the descriptor is readable or hung up, until unwatch. The caller keeps the
  // descriptor open until it has called unwatch.
  void watch(int fd, std::function<void()> readable);
  void unwatch(int fd);

  [[nodiscard]] Clock::time_point now() const override { return Clock::now(); }
  Id at(Clock::time_point when, std::function<void()> callback) override;
  void cancel(Id id) override;
  // Runs the callback on the loop's thread, soon.
  void post(std::function<void()> callback) { at(Clock::time_point{}, std::move(callback)); }

 private:
  struct Watch {
    uint64_t registration;
    std::shared_ptr<std::function<void()>> readable;
  };
  void wake() const;
  int run_due_timers();  // milliseconds until the next one; -1: none

  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::mutex mutex_;
  bool stopped_ = false;
  uint64_t next_ = 1;
  std::map<int, Watch> watches_;
  std::map<std::pair<Clock::time_point, Id>, std::function<void()>> timers_;
  std::map<Id, Clock::time_point> due_;
};

}  // namespace hoplab::agent
