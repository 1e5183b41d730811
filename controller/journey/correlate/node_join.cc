// Inside a node: a switch passes the same bytes on, a router the same datagram with a TTL one
// lower, NAT a datagram with other addresses and ports.
#include <algorithm>

#include "controller/journey/correlate/forest.h"
#include "controller/journey/correlate/pairing.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSlackNs = 50'000;

uint64_t at_node(uint64_t key, uint32_t node, unsigned ttl) { return mix(mix(key, node), ttl); }

// Only nodes that translate may join frames whose addresses differ.
bool translates(const Node& node) {
  if (node.role == v1::GATEWAY || node.role == v1::CONTAINER) return true;
  return node.capture != nullptr &&
         (node.capture->before().nat_size() > 0 || node.capture->after().nat_size() > 0);
}

enum class Pass { kSame, kTranslated };

class NodeJoin {
 public:
  NodeJoin(const Lab& lab, Frames& frames) : lab_(lab), frames_(frames), order_(frames.size()) {
    for (uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::stable_sort(order_.begin(), order_.end(),
                     [&](uint32_t a, uint32_t b) { return frames_[a].time < frames_[b].time; });
  }

  void run(Pass pass) {
    std::vector<Cause> causes;
    std::vector<Effect> effects;
    for (const uint32_t i : order_) {
      const Seen& s = frames_[i];
      if (s.interface == kNone) continue;
      const uint32_t node = lab_.interfaces[s.interface].node;
      const uint64_t key = cause_key(s, node, pass);
      if (key == 0) continue;
      if (s.out) {
        if (s.parent == kNone) effects.push_back({key, mix(key, s.interface), i, s.time});
      } else if (pass == Pass::kSame || s.first_child == kNone) {
        causes.push_back({key, i, s.time});
      }
    }
    for (const Pair& pair : pair_up(causes, effects, kSlackNs)) {
      if (pair.duplicate) continue;
      if (frames_[pair.cause].interface == frames_[pair.effect].interface &&
          lab_.is_switch(lab_.interfaces[frames_[pair.cause].interface].node)) {
        continue;
      }
      frames_[pair.effect].via_nat = pass == Pass::kTranslated;
      adopt(frames_, pair.cause, pair.effect);
    }
  }

 private:
  // What an ingress offers and an egress looks for; 0: cannot be forwarded.
  uint64_t cause_key(const Seen& s, uint32_t node, Pass pass) const {
    const Packet& p = s.packet;
    if (lab_.is_switch(node)) return pass == Pass::kSame ? at_node(p.frame_key, node, 256) : 0;
    if (p.net != Net::kIpv4) return 0;
    const unsigned ttl_in = s.out ? p.ttl + 1U : p.ttl;
    if (pass == Pass::kSame) return at_node(p.datagram_key, node, ttl_in);
    return translates(lab_.nodes[node]) ? at_node(p.nat_key, node, ttl_in) : 0;
  }

  const Lab& lab_;
  Frames& frames_;
  std::vector<uint32_t> order_;
};

}  // namespace

void join_nodes(const Lab& lab, Frames& frames) {
  NodeJoin join(lab, frames);
  join.run(Pass::kSame);
  join.run(Pass::kTranslated);
}

}  // namespace hoplab::journey
