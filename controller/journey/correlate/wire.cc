// The wire: identical bytes leave at one end and arrive at the other, in order.
#include <algorithm>

#include "controller/journey/correlate/forest.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSlackNs = 50'000;

}  // namespace

// Frames are appended behind the sorted ones, so pairs are made first and time order is kept by
// giving the new ones the time of what they are known from.
void Joiner::infer_unseen(Frames& frames) const {
  const auto count = static_cast<uint32_t>(frames.size());
  for (uint32_t i = 0; i < count; ++i) {
    if (frames[i].interface == kNone) continue;
    const uint32_t peer = lab_.interfaces[frames[i].interface].peer;
    if (peer == kNone) continue;
    const bool peer_silent = lab_.silent_at(lab_.interfaces[peer].node, frames[i].time);
    if (!frames[i].out && frames[i].parent == kNone) {
      frames.push_back(inferred(frames[i], peer, true));
      adopt(frames, static_cast<uint32_t>(frames.size() - 1), i);
    } else if (frames[i].out && peer_silent && !frames[i].dropped &&
               frames[i].first_child == kNone) {
      frames.push_back(inferred(frames[i], peer, false));
      adopt(frames, i, static_cast<uint32_t>(frames.size() - 1));
    }
  }
}

void Joiner::join_wires(Frames& frames) {
  causes_.clear();
  effects_.clear();
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Seen& s = frames[i];
    if (s.interface == kNone || s.dropped) continue;
    const uint32_t peer = lab_.interfaces[s.interface].peer;
    if (peer == kNone) continue;
    if (s.out) {
      causes_.push_back({mix(s.packet.frame_key, s.interface), i, s.time, s.held});
    } else {
      const uint64_t key = mix(s.packet.frame_key, peer);
      effects_.push_back({key, key, i, s.time});
    }
  }
  adopt_pairs(frames, pairing_.pair_up(causes_, effects_, kSlackNs), Pass::kSame);
  join_segments_on_wires(frames);
  infer_unseen(frames);
}

}  // namespace hoplab::journey
