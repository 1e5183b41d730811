// Keeps a role's programs running: starts them in order, again with back-off when they end, holds
// one down when a fault asks for it, and stops all in reverse order.
//
// Threads: every method is thread-safe; hold and stop block (not for the event loop's thread).
// `changed` is called, without locks held, whenever a status may differ.
// Failure: a program that cannot be started is treated as one that ended; the log says why.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/role/role.h"
#include "agents/common/supervisor/backoff.h"
#include "agents/common/supervisor/children.h"
#include "agents/common/supervisor/event_loop.h"
#include "agents/common/supervisor/output_log.h"

namespace hoplab::agent {

class Supervisor {
 public:
  Supervisor(EventLoop& loop, Children& children, OutputLog& log, std::function<void()> changed);
  ~Supervisor();  // the programs must have been stopped
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Once. Programs whose `after` run already start now, the others when those do.
  void start(const std::vector<Program>& programs);
  // Ends it with the signal (SIGKILL after 2 s) and keeps it down until each holder released it. An
  // empty name means the first program. Returns the program's name. After `limit` (0: never) the
  // holder is taken to have forgotten it, and releases it.
  enum class Holder : unsigned { kRole = 1, kFault = 2 };
  Result<std::string> hold(std::string_view name, int signal, Holder holder,
                           std::chrono::milliseconds limit = {});
  Status release(std::string_view name, Holder holder);
  Status send_signal(std::string_view name, int signal);
  [[nodiscard]] bool running(std::string_view name) const;
  [[nodiscard]] std::vector<hoplab::v1::DaemonStatus> statuses() const;
  // One per program: "program bgpd".
  [[nodiscard]] std::vector<hoplab::v1::Condition> conditions() const;
  // SIGTERM in reverse order, one after the other; after the grace time SIGKILL for what is left.
  void stop(std::chrono::milliseconds grace);

 private:
  enum class State { kWaiting, kStarting, kRunning, kPaused, kHeld, kEnded, kStopped };
  struct Entry {
    Program program;
    State state = State::kWaiting;
    pid_t pid = 0;
    uint32_t restarts = 0;
    std::string last_exit;
    unsigned holders = 0;
    bool succeeded = false;  // ended by itself with status 0, and is not to run again
    Backoff backoff;
    Timers::Clock::time_point started;
    Timers::Id timer = 0;
    Timers::Id limit = 0;  // of a hold
  };

  Entry* find(std::string_view name);
  [[nodiscard]] const Entry* find(std::string_view name) const;
  // With the lock held.
  void start_what_can();
  void launch(Entry& entry);
  void ended(Entry& entry, const std::string& how);
  // On the loop's thread.
  void on_exit(size_t index, int wait_status);
  void pause_over(size_t index);
  void look_for_ready_file(size_t index);
  void hold_forgotten(size_t index, Holder holder);

  EventLoop& loop_;
  Children& children_;
  OutputLog& log_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable exited_;
  std::vector<Entry> entries_;  // only grows in start(), once
};

}  // namespace hoplab::agent
