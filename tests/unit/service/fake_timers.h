// A clock that a test turns by hand.
#pragma once

#include <map>

#include "agents/common/supervisor/timers.h"

namespace hoplab::agent {

class FakeTimers final : public Timers {
 public:
  [[nodiscard]] Clock::time_point now() const override { return now_; }
  Id at(Clock::time_point when, std::function<void()> callback) override {
    const Id id = ++last_;
    callbacks_[{when, id}] = std::move(callback);
    return id;
  }
  void cancel(Id id) override {
    std::erase_if(callbacks_, [&](const auto& entry) { return entry.first.second == id; });
  }

  // Calls back all that falls due on the way.
  void advance(Clock::duration by) {
    const auto until = now_ + by;
    while (!callbacks_.empty() && callbacks_.begin()->first.first <= until) {
      auto first = callbacks_.extract(callbacks_.begin());
      now_ = std::max(now_, first.key().first);
      first.mapped()();
    }
    now_ = until;
  }
  [[nodiscard]] size_t pending() const { return callbacks_.size(); }

 private:
  Clock::time_point now_{std::chrono::hours(1)};
  Id last_ = 0;
  std::map<std::pair<Clock::time_point, Id>, std::function<void()>> callbacks_;
};

}  // namespace hoplab::agent
