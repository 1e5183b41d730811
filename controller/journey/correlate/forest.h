// From frames to trees: egress meets ingress on each wire, ingress meets egress inside each node.
// Afterwards every frame has its parent, and each root is the first sight of one packet.
// May append frames that no tap saw (Source::kInferred). Its buffers are kept between calls.
#pragma once

#include <span>

#include "controller/journey/correlate/frames.h"
#include "controller/journey/correlate/lab.h"
#include "controller/journey/correlate/pairing.h"
#include "controller/journey/correlate/pieces.h"

namespace hoplab::journey {

// Which end of a flow's tuple a node leaves alone.
enum class FixedEnd : uint8_t { kBoth, kSource, kDestination };

class Joiner {
 public:
  explicit Joiner(const Lab& lab) : lab_(lab) {}
  // Frames in time order, without links.
  void join(Frames& frames) {
    merges_.clear();
    join_wires(frames);
    join_nodes(frames);
  }
  // Frames that went on as a part of another than their child (Seen::merged_into).
  [[nodiscard]] std::span<const uint32_t> merges() const { return merges_; }

 private:
  enum class Pass { kSame, kTranslated };
  void join_wires(Frames& frames);
  void adopt_pairs(Frames& frames, std::span<const Pair> pairs, Pass pass) const;
  // Of what is left: where one frame became several, or several one.
  void join_segments_on_wires(Frames& frames);
  void join_ranges_inside(Frames& frames);
  void join_segments_inside(Frames& frames, FixedEnd fixed);
  void join_fragments_inside(Frames& frames);
  // A frame not yet joined that its node may pass on to others, or may have from others.
  [[nodiscard]] bool may_pass_on(const Seen& s) const;
  void infer_unseen(Frames& frames) const;
  void bridge_unseen(Frames& frames, Pass pass);
  void skip_unseen(Frames& frames, Pass pass);
  void join_nodes(Frames& frames);
  void join_inside(Frames& frames, Pass pass);
  [[nodiscard]] uint64_t key_inside(const Seen& s, uint32_t node, Pass pass) const;

  const Lab& lab_;
  Pairing pairing_;
  std::vector<Cause> causes_;
  std::vector<Effect> effects_;
  std::vector<uint32_t> order_;  // frames by time
  std::vector<uint32_t> left_;   // those that the plain joins left over
  std::vector<Piece> had_;       // pieces of what came in, and of what went out
  std::vector<Piece> got_;
  std::vector<uint32_t> merges_;
};

// Whether a node may pass packets on under other addresses (NAT).
bool translates(const Lab& lab, uint32_t node);

}  // namespace hoplab::journey
