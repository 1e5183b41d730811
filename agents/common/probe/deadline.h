// A point in time by which an exchange must be over. Value; the monotonic clock.
#pragma once

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace hoplab::probe {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Deadline(std::chrono::milliseconds timeout) : end_(Clock::now() + timeout) {}

  [[nodiscard]] bool passed() const { return Clock::now() >= end_; }
  // Milliseconds left, rounded up, never negative.
  [[nodiscard]] int left_ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return static_cast<int>(std::max<decltype(left)>(left, 0));
  }
  // Waits for the events on the descriptor; false when the deadline came first.
  [[nodiscard]] bool wait(int fd, short events) const {
    for (;;) {
      pollfd entry{fd, events, 0};
      const int ready = ::poll(&entry, 1, left_ms());
      if (ready > 0) return true;
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0 && !passed()) continue;
      return false;
    }
  }

 private:
  Clock::time_point end_;
};

}  // namespace hoplab::probe
