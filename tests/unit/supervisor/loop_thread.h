// An event loop on its own thread, with the reaper of the processes started in a test.
#pragma once

#include <thread>

#include "agents/common/supervisor/children.h"
#include "agents/common/supervisor/event_loop.h"

namespace hoplab::agent {

class LoopThread {
 public:
  LoopThread() {
    thread_ = std::thread([this] { loop.run(); });
  }
  ~LoopThread() {
    loop.stop();
    thread_.join();
  }

 private:
  // SIGCHLD is blocked before the thread below exists, and so in it.
  struct Blocked {
    Blocked() { block_child_signals(); }
  } blocked_;

 public:
  EventLoop loop;
  Children children{loop};

 private:
  std::thread thread_;
};

}  // namespace hoplab::agent
