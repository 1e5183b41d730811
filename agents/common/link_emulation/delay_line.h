// Decides for each frame whether it is lost and when it is due, and holds it until then. Pure: time
// is an argument (nanoseconds of any clock that never goes back).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "agents/common/link_emulation/impairment.h"

namespace hoplab::link_emulation {

class DelayLine {
 public:
  struct Frame {
    std::vector<uint8_t> bytes;
    int64_t arrived_ns = 0;
    int64_t due_ns = 0;
  };
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr size_t kMostBytes = 64U << 20U;  // held at once; more are lost

  explicit DelayLine(const Impairment& impairment) { change(impairment); }

  // Frames already held keep their due time. A loss with the same seed and percentage goes on as it
  // was.
  void change(const Impairment& impairment);
  // False: the frame is lost, and was left with the caller.
  bool accept(std::vector<uint8_t>& bytes, int64_t arrived_ns);
  // Hands over every frame that is due, in order.
  void release(int64_t now_ns, const std::function<void(Frame&)>& send);
  [[nodiscard]] int64_t next_due_ns() const {
    return held_.empty() ? kNever : held_.front().due_ns;
  }
  [[nodiscard]] size_t held() const { return held_.size(); }

 private:
  double random();  // [0, 1)

  Impairment impairment_;
  std::mt19937_64 generator_;
  std::deque<Frame> held_;
  size_t held_bytes_ = 0;
};

}  // namespace hoplab::link_emulation
