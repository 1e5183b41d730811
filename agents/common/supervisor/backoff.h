// How long to wait before a program that ended by itself is started again: 100 ms, doubling to 5 s;
// the first step again after it ran for ten seconds. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace hoplab::agent {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLast{5000};
  static constexpr std::chrono::seconds kStable{10};

  // The pause that follows a run of this length.
  std::chrono::milliseconds after_run(std::chrono::steady_clock::duration ran) {
    if (ran >= kStable) next_ = kFirst;
    const auto pause = next_;
    next_ = std::min(next_ * 2, kLast);
    return pause;
  }
  void reset() { next_ = kFirst; }

 private:
  std::chrono::milliseconds next_ = kFirst;
};

}  // namespace hoplab::agent
