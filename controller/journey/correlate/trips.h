// The trees as trips: where each packet started, where its branches ended, and how sure that is.
#pragma once

#include <vector>

#include "controller/journey/correlate/frames.h"

namespace hoplab::journey {

// How one branch of a trip ended.
enum class End : uint8_t {
  kDelivered,
  kIgnored,  // heard by a node it was not meant for
  kLostOnLink,
  kLostInEmulator,
  kSwallowed,  // arrived at a node that should have passed it on
  kExpired,    // … and its TTL had run out
  kRingDrops,  // from here on: cannot be told
  kSilent,
  kCaptureEnded,
  kNoWire,
  kMalformed,
};
inline bool is_lost(End end) {
  return end == End::kLostOnLink || end == End::kLostInEmulator || end == End::kSwallowed ||
         end == End::kExpired;
}

// The end of a frame that nothing followed from.
End judge_end(const Lab& lab, const Seen& leaf);

struct TripTree {
  uint32_t root = kNone;         // frame
  uint32_t last = kNone;         // frame where it was delivered, else where it got furthest in time
  uint32_t origin = kNone;       // node
  uint32_t destination = kNone;  // node where it ended, or was meant to
  int64_t start = 0;
  int64_t end = 0;
  uint32_t captured = 0;   // frames of it that a tap saw
  uint32_t crossings = 0;  // wires crossed on the way to `last`
  End outcome = End::kDelivered;
  bool origin_seen = true;  // false: it begins with an arrival of unknown origin
  bool retransmission = false;
  uint32_t exchange = kNone;         // the exchange that claims it
  const char* background = nullptr;  // key of the kind of background it is
};

class Forest {
 public:
  explicit Forest(const Lab& lab);

  const Lab& lab;
  Frames frames;
  std::vector<TripTree> trips;  // in time order

  [[nodiscard]] const Seen& root(const TripTree& trip) const { return frames[trip.root]; }
  [[nodiscard]] const Seen& last(const TripTree& trip) const { return frames[trip.last]; }
  [[nodiscard]] const Packet& packet(uint32_t trip) const {
    return frames[trips[trip].root].packet;
  }
  [[nodiscard]] uint32_t node_of(const Seen& seen) const {
    return seen.interface == kNone ? kNone : lab.interfaces[seen.interface].node;
  }
  // Calls visit(frame number) for every frame of the tree, parents first, branches in time order.
  template <typename Visit>
  void walk(uint32_t root, Visit visit) const {
    std::vector<uint32_t> open = {root};
    std::vector<uint32_t> children;
    while (!open.empty()) {
      const uint32_t at = open.back();
      open.pop_back();
      visit(at);
      children.clear();
      for (uint32_t c = frames[at].first_child; c != kNone; c = frames[c].next_sibling) {
        children.push_back(c);
      }
      open.insert(open.end(), children.rbegin(), children.rend());
    }
  }

 private:
  void cut_cycles();
  TripTree measure(uint32_t root) const;
};

}  // namespace hoplab::journey
