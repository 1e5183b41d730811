// Time as the agent's parts see it: a steady clock and callbacks at points of it. The event loop is
// the real one; tests bring a clock they turn by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace hoplab::agent {

class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Id = uint64_t;  // never 0

  virtual ~Timers() = default;
  [[nodiscard]] virtual Clock::time_point now() const = 0;
  // Calls back once, on the timers' own thread, never before `when`.
  virtual Id at(Clock::time_point when, std::function<void()> callback) = 0;
  // A callback that already began still runs to its end; 0 and unknown ids are ignored.
  virtual void cancel(Id id) = 0;
};

}  // namespace hoplab::agent
