// From frames to trees: egress meets ingress on each wire, ingress meets egress inside each node.
// Afterwards every frame has its parent, and each root is the first sight of one packet.
// May append frames that no tap saw (Source::kInferred). Its buffers are kept between calls.
#pragma once

#include "controller/journey/correlate/frames.h"
#include "controller/journey/correlate/pairing.h"

namespace hoplab::journey {

class Joiner {
 public:
  explicit Joiner(const Lab& lab) : lab_(lab) {}
  // Frames in time order, without links.
  void join(Frames& frames) {
    join_wires(frames);
    join_nodes(frames);
  }

 private:
  enum class Pass { kSame, kTranslated };
  void join_wires(Frames& frames);
  void infer_unseen(Frames& frames) const;
  void join_nodes(Frames& frames);
  void join_inside(Frames& frames, Pass pass);
  [[nodiscard]] uint64_t key_inside(const Seen& s, uint32_t node, Pass pass) const;

  const Lab& lab_;
  Pairing pairing_;
  std::vector<Cause> causes_;
  std::vector<Effect> effects_;
  std::vector<uint32_t> order_;  // frames by time
};

// Whether a node may pass packets on under other addresses (NAT).
bool translates(const Lab& lab, uint32_t node);

}  // namespace hoplab::journey
