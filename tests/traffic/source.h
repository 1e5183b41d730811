// Synthetic traffic as a source of frames that holds nothing but what is under way.
#pragma once

#include <vector>

#include "controller/journey/correlate/source.h"
#include "tests/traffic/traffic.h"

namespace hoplab::traffic {

class TrafficSource final : public journey::FrameSource {
 public:
  TrafficSource(const TrafficShape& shape, const journey::Lab& lab);
  bool next(journey::Seen& seen) override;
  void release() override { release(handed_out_); }
  // The same for the first so many frames only.
  void release(uint64_t frames) { traffic_.forget(frames); }
  [[nodiscard]] bool keeps_bytes() const override { return false; }

 private:
  Traffic traffic_;
  uint64_t handed_out_ = 0;
  std::vector<std::vector<uint32_t>> interfaces_;  // the lab's numbers, by node and interface
};

}  // namespace hoplab::traffic
