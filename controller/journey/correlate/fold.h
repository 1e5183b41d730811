// Which packet may be folded into one like it that is kept whole, so that a long transfer takes no
// more room than what is special in it. Memory goes with the number of flows and ways.
#pragma once

#include <array>
#include <unordered_map>

#include "controller/journey/correlate/trips.h"

namespace hoplab::journey {

class Fold {
 public:
  // Of each flow and way so many packets are kept whole before further ones fold.
  explicit Fold(size_t whole) : whole_(whole) {}

  // The number of a kept trip that this one is like; kNone when it has to be kept.
  // Call it for every trip as it ends: it follows TCP's sequence numbers, and marks a trip whose
  // bytes had been sent and delivered before as a retransmission; one that is the same packet again
  // in every byte, its IP ID included, as a copy.
  uint32_t like(const Frames& frames, TripTree& trip);
  // A trip for which like() was called last is kept under this number.
  void kept(uint32_t number);

 private:
  [[nodiscard]] bool in_sequence(const Packet& packet, TripTree& trip);

  struct Kept {
    uint32_t last = kNone;  // trip
    size_t trips = 0;
  };
  size_t whole_;
  std::unordered_map<uint64_t, Kept> ways_;  // by flow and way
  struct Expected {
    uint32_t byte = 0;                    // sequence number
    int64_t since = 0;                    // when the packet before it was sent
    std::array<uint64_t, 8> recent = {};  // the packets before it
    uint32_t next = 0;                    // of recent
  };
  std::unordered_map<uint64_t, Expected> next_;  // by TCP flow and direction
  uint64_t way_ = 0;                             // of the trip asked for last; 0: folds into none
};

}  // namespace hoplab::journey
