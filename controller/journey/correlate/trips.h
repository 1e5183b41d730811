// The trees as trips: where each packet started, where its branches ended, and how sure that is.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "controller/journey/correlate/source.h"

namespace hoplab::journey {

// How one branch of a trip ended.
enum class End : uint8_t {
  kDelivered,
  kMerged,       // went on as a part of another frame (Seen::merged_into)
  kUnassembled,  // a fragment that arrived where others never did
  kIgnored,      // heard by a node it was not meant for
  kLostOnLink,
  kLostInEmulator,
  kSwallowed,  // arrived at a node that should have passed it on
  kExpired,    // … and its TTL had run out
  kDropped,    // arrived where it was bound, and the kernel there threw it away, as it tells
  kRingDrops,  // from here on: cannot be told
  kSilent,
  kCaptureEnded,
  kNoWire,
  kMalformed,
};
inline bool is_lost(End end) {
  return end == End::kLostOnLink || end == End::kLostInEmulator || end == End::kSwallowed ||
         end == End::kExpired || end == End::kDropped;
}

// The end of a frame that nothing followed from.
End judge_end(const Lab& lab, const Seen& leaf);

// Further packets of a flow like one that is kept whole: same headers but for counters, same way,
// delivered, in sequence. Counted, not kept.
struct Likes {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // of payload
  int64_t first = 0;   // when the first and the last of them were sent
  int64_t last = 0;
  int64_t fastest = 0;  // from sent to delivered
  int64_t slowest = 0;
};

struct TripTree {
  uint32_t root = kNone;         // frame
  uint32_t last = kNone;         // frame where it was delivered, else where it got furthest in time
  uint32_t origin = kNone;       // node
  uint32_t destination = kNone;  // node where it ended, or was meant to
  int64_t start = 0;
  int64_t end = 0;
  int64_t busy_until = 0;  // nothing of it can be seen later, holding by the emulator included
  uint32_t captured = 0;   // frames of it that a tap saw
  uint32_t crossings = 0;  // wires crossed on the way to `last`
  End outcome = End::kDelivered;
  bool complete = true;     // no frame of it waits for another
  bool origin_seen = true;  // false: it begins with an arrival of unknown origin
  bool retransmission = false;
  bool copy = false;                 // of a packet before it, in every byte: not sent again
  uint32_t copy_of = kNone;          // trip
  uint32_t merged_into = kNone;      // trip it went on as a part of; then `outcome` is that trip's
  uint32_t fragment_of = kNone;      // trip: the first fragment of the same datagram
  uint32_t misses = kNone;           // trip: the fragment that this one waited for in vain
  uint32_t datagram = kNone;         // of a first fragment: Forest::datagrams
  uint32_t likes = kNone;            // Forest::likes: packets this one stands for as well
  uint32_t exchange = kNone;         // the exchange that claims it
  const char* background = nullptr;  // key of the kind of background it is
};

// The trips of a capture, and the frames they are made of. Long flows are folded: of packets that
// are alike `whole` are kept, the others counted.
class Forest {
 public:
  static constexpr size_t kWhole = 64;
  static constexpr size_t kEvery = SIZE_MAX;

  Forest(const Lab& lab, FrameSource& source, size_t whole = kWhole);

  const Lab& lab;
  Frames frames;
  std::vector<TripTree> trips;  // in time order
  std::vector<Likes> likes;
  std::vector<Packet> datagrams;  // put together again
  size_t most_held = 0;           // frames, while they were joined

  [[nodiscard]] const Seen& root(const TripTree& trip) const { return frames[trip.root]; }
  [[nodiscard]] const Seen& last(const TripTree& trip) const { return frames[trip.last]; }
  // As it was sent; of a datagram that was sent in fragments and is whole, the datagram.
  [[nodiscard]] const Packet& packet(uint32_t trip) const {
    const TripTree& t = trips[trip];
    return t.datagram == kNone ? frames[t.root].packet : datagrams[t.datagram];
  }
  [[nodiscard]] uint32_t node_of(const Seen& seen) const {
    return seen.interface == kNone ? kNone : lab.interfaces[seen.interface].node;
  }
  // The trip that a frame is of, where any were merged; else kNone.
  [[nodiscard]] uint32_t trip_of(uint32_t frame) const;
  // How many packets a trip stands for, itself included.
  [[nodiscard]] uint64_t packets(const TripTree& trip) const {
    return 1 + (trip.likes == kNone ? 0 : likes[trip.likes].packets);
  }
  // Calls visit(frame number) for every frame of the tree, parents first, branches in time order.
  template <typename Visit>
  void walk(uint32_t from, Visit visit) const {
    walk_tree(frames, from, visit);
  }

 private:
  void keep(const Frames& from, TripTree trip, bool copy);
  void count(const Frames& from, const TripTree& trip, TripTree& like);
  void place_merges();   // of the frames kept since it was called last
  void follow_merges();  // what becomes of trips that were merged
  void find_copies();
  void reassemble();
  void wait_in_vain(const std::vector<uint32_t>& fragments);

  FlatMap by_root_;                         // trips, where any were merged
  std::vector<uint32_t> place_;             // where a frame being kept goes; scratch
  std::vector<uint32_t> merged_;            // kept frames that are merged into others
  size_t placed_ = 0;                       // of merged_
  std::deque<std::vector<uint8_t>> bytes_;  // of kept frames, where their source lets go of them
};

}  // namespace hoplab::journey
