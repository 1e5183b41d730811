#include "agents/common/link_emulation/delay_line.h"

#include <algorithm>
#include <cmath>

namespace hoplab::link_emulation {

void DelayLine::change(const Impairment& impairment) {
  if (impairment.loss && impairment.loss != impairment_.loss)
    generator_.seed(impairment.loss->seed);
  impairment_ = impairment;
}

// The standard's distributions differ between libraries; a seed is to give the same frames
// anywhere.
double DelayLine::random() { return static_cast<double>(generator_() >> 11U) * 0x1.0p-53; }

bool DelayLine::accept(std::vector<uint8_t>& bytes, int64_t arrived_ns) {
  if (impairment_.loss && random() * 100 < impairment_.loss->percent) return false;
  if (held_bytes_ + bytes.size() > kMostBytes) return false;
  int64_t due = arrived_ns;
  if (impairment_.delay) {
    due += impairment_.delay->delay.count() * 1000;
    if (const auto jitter = impairment_.delay->jitter.count() * 1000; jitter > 0) {
      due += std::llround((random() * 2 - 1) * static_cast<double>(jitter));
    }
  }
  if (!held_.empty()) due = std::max(due, held_.back().due_ns);
  held_bytes_ += bytes.size();
  held_.push_back({std::move(bytes), arrived_ns, due});
  return true;
}

void DelayLine::release(int64_t now_ns, const std::function<void(Frame&)>& send) {
  while (!held_.empty() && held_.front().due_ns <= now_ns) {
    held_bytes_ -= held_.front().bytes.size();
    send(held_.front());
    held_.pop_front();
  }
}

}  // namespace hoplab::link_emulation
