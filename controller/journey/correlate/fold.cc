#include "controller/journey/correlate/fold.h"

#include <algorithm>

#include "controller/journey/decode/http.h"

namespace hoplab::journey {
namespace {

uint64_t flow_key(const Tuple& t) {
  return mix(mix(digest(t.source), digest(t.destination)), t.protocol);
}

// Whether packets of its kind come by the thousand and say the same: what is read further (names,
// leases, heads of web pages, the beginning and end of connections) is not.
bool is_bulk(const Packet& p) {
  if (p.malformed != nullptr || !p.is_ip() || p.is_fragment()) return false;
  if (p.is(kTcp)) {
    return (p.flags & (kSyn | kFin | kRst)) == 0 && !decode_http(p.payload_bytes());
  }
  if (p.is(kUdp))
    return !p.uses_port(53) && !p.uses_port(67) && !p.uses_port(68) && !p.uses_port(546) &&
           !p.uses_port(547);
  return p.is_echo_request() || p.is_echo_reply();
}

// Flow and way as one number; 0 where there is anything of its own to tell.
uint64_t way_of(const Frames& frames, const TripTree& trip) {
  const Packet& first = frames[trip.root].packet;
  if (trip.outcome != End::kDelivered || !trip.complete || !is_bulk(first)) return 0;
  uint64_t key = first.payload_size() > 0 ? 1 : 2;
  for (uint32_t i = trip.root; i != kNone; i = frames[i].first_child) {
    const Seen& s = frames[i];
    if (s.source != Source::kCaptured || s.held != 0 || s.duplicate || s.cut || s.joined) {
      return 0;
    }
    key = mix(mix(key, flow_key(s.packet.tuple)),
              static_cast<uint64_t>(s.interface) << 9U | s.packet.ttl << 1U | (s.out ? 1U : 0U));
  }
  return key;
}

}  // namespace

bool Fold::in_sequence(const Packet& p, TripTree& trip) {
  const uint64_t flow = flow_key(p.tuple);
  const uint32_t size = p.payload_size() + ((p.flags & (kSyn | kFin)) != 0 ? 1U : 0U);
  if ((p.flags & kSyn) != 0) {
    next_[flow] = {.byte = p.sequence + size, .since = trip.start};
    return false;
  }
  const auto [it, first] =
      next_.try_emplace(flow, Expected{.byte = p.sequence, .since = trip.start});
  const auto ahead = static_cast<int32_t>(p.sequence - it->second.byte);
  if (size == 0) return true;
  Expected& expected = it->second;
  if (std::ranges::find(expected.recent, p.frame_key) != expected.recent.end()) {
    trip.copy = true;
    return false;
  }
  expected.recent[expected.next++ % expected.recent.size()] = p.frame_key;
  // Sent before those behind it, and only longer on its way, it is none.
  if (ahead < 0 && trip.outcome == End::kDelivered && trip.start > expected.since) {
    trip.retransmission = true;
  }
  const uint32_t end = p.sequence + size;
  if (static_cast<int32_t>(end - expected.byte) > 0) {
    expected.byte = end;
    expected.since = trip.start;
  }
  return ahead == 0 && !first;
}

uint32_t Fold::like(const Frames& frames, TripTree& trip) {
  const Packet& p = frames[trip.root].packet;
  const bool in_turn = !p.is(kTcp) || p.malformed != nullptr || in_sequence(p, trip);
  way_ = way_of(frames, trip);
  if (way_ == 0 || !in_turn) return kNone;
  const auto it = ways_.find(way_);
  return it == ways_.end() || it->second.trips < whole_ ? kNone : it->second.last;
}

void Fold::kept(uint32_t number) {
  if (way_ == 0) return;
  Kept& kept = ways_[way_];
  kept.last = number;
  ++kept.trips;
}

}  // namespace hoplab::journey
