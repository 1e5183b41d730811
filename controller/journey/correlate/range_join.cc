// Joins by byte range, of what the plain joins left over: on wires, where receive offload makes one
// frame of several, and inside nodes, where fragments and offloaded segments are made and undone.
#include <algorithm>

#include "controller/journey/correlate/forest.h"

namespace hoplab::journey {
namespace {

bool holds_segment(const Seen& s) {
  return s.interface != kNone && s.packet.is(kTcp) && s.packet.malformed == nullptr &&
         s.packet.payload_size() > 0 && !s.packet.is_fragment();
}

// Which end of the flow is the same on both sides of a node: NAT rewrites the other.
uint64_t flow_key(const Tuple& t, FixedEnd fixed) {
  switch (fixed) {
    case FixedEnd::kSource:
      return mix(digest(t.source), 1);
    case FixedEnd::kDestination:
      return mix(digest(t.destination), 2);
    case FixedEnd::kBoth:
      break;
  }
  return mix(digest(t.source), digest(t.destination));
}

}  // namespace

void Joiner::join_segments_on_wires(Frames& frames) {
  had_.clear();
  got_.clear();
  const auto key = [](const Seen& s, uint32_t sender) {
    return mix(mix(flow_key(s.packet.tuple, FixedEnd::kBoth), s.packet.ttl), sender);
  };
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Seen& s = frames[i];
    if (s.out || s.parent != kNone || !holds_segment(s)) continue;
    const uint32_t peer = lab_.interfaces[s.interface].peer;
    if (peer != kNone) got_.push_back(segment_of(frames, i, key(s, peer)));
  }
  if (got_.empty()) return;
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Seen& s = frames[i];
    if (!s.out || s.dropped || s.first_child != kNone || !holds_segment(s)) continue;
    had_.push_back(segment_of(frames, i, key(s, s.interface)));
  }
  join_pieces(frames, had_, got_, Numbers::kWrap, merges_);
}

bool Joiner::may_pass_on(const Seen& s) const {
  if (s.out ? s.parent != kNone : s.first_child != kNone || s.merged_into != kNone) return false;
  if (s.interface == kNone || !s.packet.is_ip()) return false;
  if (s.packet.malformed != nullptr) return false;
  const uint32_t node = lab_.interfaces[s.interface].node;
  const Tuple& t = s.packet.tuple;
  return !lab_.owns(node, s.out ? t.source.address : t.destination.address) ||
         translates(lab_, node);
}

void Joiner::join_segments_inside(Frames& frames, FixedEnd fixed) {
  had_.clear();
  got_.clear();
  for (const uint32_t i : left_) {
    const Seen& s = frames[i];
    if (!holds_segment(s) || !may_pass_on(s)) continue;
    const uint32_t node = lab_.interfaces[s.interface].node;
    if (fixed != FixedEnd::kBoth && !translates(lab_, node)) continue;
    const unsigned ttl = s.packet.ttl + (s.out && !lab_.is_switch(node) ? 1U : 0U);
    const uint64_t key = mix(mix(flow_key(s.packet.tuple, fixed), node), ttl);
    (s.out ? got_ : had_).push_back(segment_of(frames, i, key));
  }
  join_pieces(frames, had_, got_, Numbers::kWrap, merges_);
}

void Joiner::join_fragments_inside(Frames& frames) {
  const auto key = [&](const Seen& s) {
    const uint64_t id = static_cast<uint64_t>(s.packet.tuple.protocol) << 16U | s.packet.ip_id;
    return mix(mix(id, lab_.interfaces[s.interface].node), s.packet.ttl + (s.out ? 1U : 0U));
  };
  FlatMap cut;  // datagrams of which there is a fragment left over
  for (const uint32_t i : left_) {
    const Seen& s = frames[i];
    if (s.packet.is_fragment()) cut.set(key(s), 0);
  }
  if (cut.size() == 0) return;
  had_.clear();
  got_.clear();
  for (const uint32_t i : left_) {
    const Seen& s = frames[i];
    if (lab_.is_switch(lab_.interfaces[s.interface].node) || !may_pass_on(s)) continue;
    const uint64_t datagram = key(s);
    if (cut.find(datagram) == kNone) continue;
    (s.out ? got_ : had_).push_back(fragment_of(frames, i, datagram));
  }
  join_pieces(frames, had_, got_, Numbers::kOffsets, merges_);
}

void Joiner::join_ranges_inside(Frames& frames) {
  left_.clear();
  for (const uint32_t i : order_) {
    const Seen& s = frames[i];
    if (may_pass_on(s)) left_.push_back(i);
  }
  if (left_.empty()) return;
  join_fragments_inside(frames);
  for (const FixedEnd fixed : {FixedEnd::kBoth, FixedEnd::kDestination, FixedEnd::kSource}) {
    join_segments_inside(frames, fixed);
  }
}

}  // namespace hoplab::journey
