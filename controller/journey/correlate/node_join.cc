// Inside a node: a switch passes the same bytes on, a router the same datagram with a TTL one
// lower, NAT a datagram with other addresses and ports.
#include <algorithm>
#include <numeric>

#include "controller/journey/correlate/forest.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSlackNs = 50'000;

uint64_t at_node(uint64_t key, uint32_t node, unsigned ttl) { return mix(mix(key, node), ttl); }

}  // namespace

// What an ingress offers and an egress looks for; 0: cannot be forwarded.
uint64_t Joiner::key_inside(const Seen& s, uint32_t node, Pass pass) const {
  const Packet& p = s.packet;
  if (lab_.is_switch(node)) return pass == Pass::kSame ? at_node(p.frame_key, node, 256) : 0;
  if (!p.is_ip()) return 0;
  const unsigned ttl_in = s.out ? p.ttl + 1U : p.ttl;
  if (pass == Pass::kSame) return at_node(p.datagram_key, node, ttl_in);
  return translates(lab_, node) ? at_node(p.nat_key, node, ttl_in) : 0;
}

void Joiner::join_inside(Frames& frames, Pass pass) {
  causes_.clear();
  effects_.clear();
  for (const uint32_t i : order_) {
    const Seen& s = frames[i];
    if (s.interface == kNone) continue;
    if (s.out ? s.parent != kNone : pass == Pass::kTranslated && s.first_child != kNone) continue;
    const uint64_t key = key_inside(s, lab_.interfaces[s.interface].node, pass);
    if (key == 0) continue;
    if (s.out) {
      effects_.push_back({key, mix(key, s.interface), i, s.time});
    } else {
      causes_.push_back({key, i, s.time});
    }
  }
  if (causes_.empty() || effects_.empty()) return;
  adopt_pairs(frames, pairing_.pair_up(causes_, effects_, kSlackNs), pass);
}

void Joiner::adopt_pairs(Frames& frames, std::span<const Pair> pairs, Pass pass) const {
  const auto join = [&](const Pair& pair) {
    Seen& effect = frames[pair.effect];
    // No switch sends a frame back to where it came from: that is another copy of its own.
    if (frames[pair.cause].interface == effect.interface &&
        lab_.is_switch(lab_.interfaces[effect.interface].node)) {
      return;
    }
    effect.duplicate = pair.duplicate;
    effect.via_nat = pass == Pass::kTranslated;
    adopt(frames, pair.cause, pair.effect);
  };
  bool copies = false;
  for (const Pair& pair : pairs) {
    copies = copies || pair.duplicate;
    if (!pair.duplicate) join(pair);
  }
  if (!copies) return;
  // Latest first in `pairs`: branches come in time order.
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (pair->duplicate) join(*pair);
  }
}

void Joiner::join_nodes(Frames& frames) {
  order_.resize(frames.size());
  std::iota(order_.begin(), order_.end(), 0U);
  const auto earlier = [&](uint32_t a, uint32_t b) { return frames[a].time < frames[b].time; };
  if (!std::ranges::is_sorted(order_, earlier)) std::ranges::stable_sort(order_, earlier);
  join_inside(frames, Pass::kSame);
  join_inside(frames, Pass::kTranslated);
  join_ranges_inside(frames);
  if (!lab_.misses_frames()) return;
  bridge_unseen(frames, Pass::kSame);
  bridge_unseen(frames, Pass::kTranslated);
  skip_unseen(frames, Pass::kSame);
  skip_unseen(frames, Pass::kTranslated);
}

// Where more is missing than one arrival, the way between is not known; but the same packet further
// on, with a TTL no higher, is what the first part went on as.
void Joiner::skip_unseen(Frames& frames, Pass pass) {
  causes_.clear();
  effects_.clear();
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Seen& s = frames[i];
    if (s.interface == kNone || s.dropped) continue;
    const uint64_t key = pass == Pass::kSame ? s.packet.datagram_key : s.packet.nat_key;
    if (s.out && s.parent == kNone && lab_.came_unseen(s)) {
      effects_.push_back({key, key, i, s.time});
    } else if (s.first_child == kNone && s.merged_into == kNone && lab_.left_unseen(s)) {
      causes_.push_back({key, i, s.time, s.held});
    }
  }
  if (causes_.empty() || effects_.empty()) return;
  const auto earlier = [](const auto& a, const auto& b) { return a.time < b.time; };
  std::ranges::stable_sort(causes_, earlier);
  std::ranges::stable_sort(effects_, earlier);
  for (const Pair& pair : pairing_.pair_up(causes_, effects_, kSlackNs)) {
    Seen& before = frames[pair.cause];
    if (pair.duplicate || before.merged_into != kNone) continue;
    if (frames[pair.effect].packet.ttl > before.packet.ttl) continue;
    before.merged_into = pair.effect;
    merges_.push_back(pair.cause);
  }
}

// A frame that was sent to a node, not seen arriving where the capture lost frames, and seen
// leaving it again, was there.
void Joiner::bridge_unseen(Frames& frames, Pass pass) {
  causes_.clear();
  effects_.clear();
  for (const uint32_t i : order_) {
    const Seen& s = frames[i];
    if (s.interface == kNone || !s.out || s.dropped) continue;
    if (s.parent == kNone) {
      const uint64_t key = key_inside(s, lab_.interfaces[s.interface].node, pass);
      if (key != 0) effects_.push_back({key, mix(key, s.interface), i, s.time});
    }
    const uint32_t peer = lab_.interfaces[s.interface].peer;
    if (s.first_child != kNone || peer == kNone || !lab_.may_miss(peer, s.time)) continue;
    Seen arrived = s;
    arrived.out = false;
    const uint64_t key = key_inside(arrived, lab_.interfaces[peer].node, pass);
    if (key != 0) causes_.push_back({key, i, s.time, s.held});
  }
  if (causes_.empty() || effects_.empty()) return;
  for (const Pair& pair : pairing_.pair_up(causes_, effects_, kSlackNs)) {
    if (pair.duplicate || frames[pair.cause].first_child != kNone) continue;
    const uint32_t peer = lab_.interfaces[frames[pair.cause].interface].peer;
    frames.push_back(inferred(frames[pair.cause], peer, false));
    const auto arrival = static_cast<uint32_t>(frames.size() - 1);
    frames[pair.effect].via_nat = pass == Pass::kTranslated;
    adopt(frames, pair.cause, arrival);
    adopt(frames, arrival, pair.effect);
  }
}

bool translates(const Lab& lab, uint32_t node) {
  const Node& n = lab.nodes[node];
  if (n.role == v1::GATEWAY || n.role == v1::CONTAINER) return true;
  return n.capture != nullptr &&
         (n.capture->before().nat_size() > 0 || n.capture->after().nat_size() > 0);
}

}  // namespace hoplab::journey
