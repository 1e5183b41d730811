#include "controller/journey/correlate/pieces.h"

#include <algorithm>

#include "controller/journey/correlate/flat_map.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSlackNs = 50'000;
// No frame holds more, segmentation offload included.
constexpr uint32_t kLongest = 1U << 16U;
// Of a datagram: NAT rewrites ports and checksum in there.
constexpr uint32_t kTransportHeader = 20;

bool is_datagram_range(const Packet& a, const Packet& b) {
  return a.is_fragment() || b.is_fragment();
}

// Sequence numbers wrap: count them from near the first seen of each flow.
void unwrap(std::vector<Piece>& pieces, FlatMap& bases) {
  for (Piece& p : pieces) {
    // Halved, so that no base is kNone: an even number is as good a base.
    const uint32_t base = bases.get_or_insert(p.key, p.from >> 1U) << 1U;
    const uint32_t length = p.to - p.from;
    p.from = p.from - base + 0x40000000U;
    p.to = p.from + length;
  }
}

// Whether both hold the same bytes where their ranges overlap, as far as they were captured.
bool same_bytes(const Frames& frames, const Piece& a, const Piece& b) {
  const Packet& pa = frames[a.frame].packet;
  const Packet& pb = frames[b.frame].packet;
  uint32_t from = std::max(a.from, b.from);
  const uint32_t to = std::min(a.to, b.to);
  if (from >= to) return false;
  const bool datagram = is_datagram_range(pa, pb);
  // Whole segments are for the plain joins: the same bytes in another packet were sent again.
  if (!datagram && a.from == b.from && a.to == b.to) return false;
  if (datagram) from = std::max(from, std::min(kTransportHeader, to));
  const size_t in_a = a.at + (from - a.from);
  const size_t in_b = b.at + (from - b.from);
  if (in_a > pa.bytes.size() || in_b > pb.bytes.size()) return true;
  const size_t length =
      std::min({size_t{to - from}, pa.bytes.size() - in_a, pb.bytes.size() - in_b});
  return std::ranges::equal(pa.bytes.subspan(in_a, length), pb.bytes.subspan(in_b, length));
}

bool before(const Piece& a, const Piece& b) {
  if (a.key != b.key) return a.key < b.key;
  return a.from != b.from ? a.from < b.from : a.time < b.time;
}

// Calls visit(piece) for all in the sorted list that hold any byte of [from, to).
template <typename Visit>
void overlapping(const std::vector<Piece>& sorted, uint64_t key, uint32_t from, uint32_t to,
                 Visit visit) {
  Piece first;
  first.key = key;
  first.from = from > kLongest ? from - kLongest : 0;
  first.time = INT64_MIN;
  for (auto it = std::ranges::lower_bound(sorted, first, before);
       it != sorted.end() && it->key == key && it->from < to; ++it) {
    if (it->to > from) visit(*it);
  }
}

void follow(Frames& frames, const Piece& cause, const Piece& effect) {
  Seen& c = frames[cause.frame];
  Seen& e = frames[effect.frame];
  c.cut = c.cut || cause.from != effect.from || cause.to > effect.to;
  e.via_nat = !(c.packet.tuple == e.packet.tuple) &&
              (c.packet.tuple.source.address != e.packet.tuple.source.address ||
               c.packet.tuple.destination.address != e.packet.tuple.destination.address);
  adopt(frames, cause.frame, effect.frame);
}

}  // namespace

Piece fragment_of(const Frames& frames, uint32_t frame, uint64_t key) {
  const Packet& p = frames[frame].packet;
  const uint32_t from = p.fragment_offset;
  return {key, frame, from, from + (p.end - p.l4), p.l4, frames[frame].time};
}

Piece segment_of(const Frames& frames, uint32_t frame, uint64_t key) {
  const Packet& p = frames[frame].packet;
  return {key,        frame,
          p.sequence, p.sequence + frames[frame].payload_size(),
          p.payload,  frames[frame].time};
}

void join_pieces(Frames& frames, std::vector<Piece>& had, std::vector<Piece>& got, Numbers numbers,
                 std::vector<uint32_t>& merges) {
  if (had.empty() || got.empty()) return;
  if (numbers == Numbers::kWrap) {
    FlatMap bases;
    unwrap(had, bases);
    unwrap(got, bases);
  }
  std::ranges::sort(had, before);
  // In time order, so that the pieces of one frame become its children in the order they left.
  std::ranges::stable_sort(got, {}, &Piece::time);
  for (const Piece& effect : got) {
    const Piece* best = nullptr;
    overlapping(had, effect.key, effect.from, effect.from + 1, [&](const Piece& cause) {
      if (cause.time > effect.time + kSlackNs || (best != nullptr && best->time > cause.time))
        return;
      if (same_bytes(frames, cause, effect)) best = &cause;
    });
    if (best != nullptr) follow(frames, *best, effect);
  }
  std::ranges::sort(got, before);
  for (const Piece& cause : had) {
    if (frames[cause.frame].first_child != kNone) continue;
    const Piece* best = nullptr;
    overlapping(got, cause.key, cause.from, cause.to, [&](const Piece& effect) {
      if (frames[effect.frame].parent == kNone || cause.time > effect.time + kSlackNs) return;
      if (best != nullptr && best->time <= effect.time) return;
      if (same_bytes(frames, cause, effect)) best = &effect;
    });
    if (best == nullptr) continue;
    frames[cause.frame].merged_into = best->frame;
    frames[best->frame].joined = true;
    merges.push_back(cause.frame);
  }
}

bool all_pieces(const Frames& frames, uint32_t frame) {
  const Seen& whole = frames[frame];
  uint32_t bytes = 0;
  uint32_t held = 0;
  for (uint32_t c = whole.first_child; c != kNone; c = frames[c].next_sibling) {
    const Packet& p = frames[c].packet;
    const bool datagram = is_datagram_range(whole.packet, p);
    held = datagram ? whole.packet.end - whole.packet.l4 : whole.payload_size();
    bytes += datagram ? p.end - p.l4 : frames[c].payload_size();
  }
  return bytes >= held;
}

}  // namespace hoplab::journey
