#include "controller/journey/pieces_told.h"

namespace hoplab::journey {
namespace {

constexpr uint32_t kUsualMtu = 1500;

void add(v1::Hop& hop, v1::Fact told) { *hop.add_decisions() = explain({}, std::move(told)); }

uint32_t mtu_of(const Lab& lab, uint32_t interface) {
  const Interface& i = lab.interfaces[interface];
  const v1::NodeSpec* spec = lab.nodes[i.node].spec;
  if (spec == nullptr) return kUsualMtu;
  for (const auto& each : spec->interfaces()) {
    if (each.name() == i.name && each.mtu() != 0) return each.mtu();
  }
  return kUsualMtu;
}

}  // namespace

PieceTeller::PieceTeller(const Story& story, const std::vector<uint32_t>& ids)
    : story_(story), ids_(ids) {
  for (const Seen& s : story.forest.frames) {
    if (s.merged_into != kNone) ++gathered_[s.merged_into];
  }
}

// By the sizes a segment may have on the first wire and in this connection.
uint32_t PieceTeller::segments_in(uint32_t number) const {
  const Seen& root = story_.forest.root(story_.forest.trips[number]);
  const Packet& p = root.packet;
  if (!p.is(kTcp) || p.malformed != nullptr || root.interface == kNone) return 0;
  uint32_t most = mtu_of(story_.lab, root.interface) - (p.payload - 14);
  const uint32_t flow = number < story_.flow_of_trip.size() ? story_.flow_of_trip[number] : kNone;
  if (flow != kNone && story_.flows[flow].mss != 0) {
    const uint32_t options = p.payload - p.l4 - 20;
    if (story_.flows[flow].mss > options) most = std::min(most, story_.flows[flow].mss - options);
  }
  if (most == 0 || root.payload_size() <= most) return 0;
  return (root.payload_size() + most - 1) / most;
}

void PieceTeller::describe(uint32_t number, v1::Trip& out) const {
  const TripTree& trip = story_.forest.trips[number];
  const auto id = [&](uint32_t t) { return t == kNone ? 0 : ids_[t]; };
  out.set_merged_into(id(trip.merged_into));
  out.set_copy_of(id(trip.copy_of));
  out.set_fragment_of(id(trip.fragment_of));
  out.set_segments(segments_in(number));
}

void PieceTeller::explain_root(uint32_t number, const v1::Trip& trip, v1::Hop& hop) const {
  // Where another trip goes on in this one, it is known where that came from.
  const TripTree& tree = story_.forest.trips[number];
  if (!tree.origin_seen && !gathered_.contains(tree.root)) add(hop, fact("hop.no_origin"));
  if (trip.copy_of() != 0) {
    add(hop, fact("hop.copy", {{"packet", std::to_string(trip.copy_of())}}));
  }
  if (trip.fragment_of() != 0) {
    add(hop, fact("hop.fragment", {{"packet", std::to_string(trip.fragment_of())}}));
  }
  if (trip.segments() != 0) {
    add(hop, fact("hop.super_frame", {{"count", std::to_string(trip.segments())}}));
  }
}

void PieceTeller::explain(uint32_t number, uint32_t in, uint32_t out, bool first,
                          v1::Hop& hop) const {
  const Forest& forest = story_.forest;
  const uint32_t leaf = out == kNone ? in : out;
  const bool fragment = forest.frames[leaf].packet.is_fragment();
  if (const uint32_t into = forest.frames[leaf].merged_into; into != kNone) {
    const uint32_t trip = forest.trip_of(into);
    const bool unseen = forest.frames[into].parent == kNone;
    add(hop, fact(unseen     ? "hop.goes_on"
                  : fragment ? "hop.merged_fragment"
                             : "hop.merged_segment",
                  {{"packet", std::to_string(trip == kNone ? 0 : ids_[trip])}}));
  }
  if (forest.frames[leaf].waited && story_.forest.trips[number].misses != kNone) {
    add(hop, fact("hop.unassembled",
                  {{"packet", std::to_string(ids_[story_.forest.trips[number].misses])}}));
  }
  // On a wire it is the arrival that was put together.
  for (const uint32_t frame : {in, out}) {
    if (frame == kNone || !first) continue;
    const auto it = gathered_.find(frame);
    if (it == gathered_.end() || forest.frames[frame].parent == kNone) continue;
    const bool segments = forest.frames[frame].packet.is(kTcp) &&
                          !forest.frames[forest.frames[frame].parent].packet.is_fragment();
    add(hop, fact(segments ? "hop.gathered" : "hop.reassembled",
                  {{"count", std::to_string(it->second + 1)}}));
  }
  if (in == kNone || !first || !forest.frames[in].cut) return;
  uint32_t count = 0;
  for (uint32_t c = forest.frames[in].first_child; c != kNone; c = forest.frames[c].next_sibling) {
    ++count;
  }
  if (count > 1) {
    add(hop,
        fact(fragment ? "hop.fragmented" : "hop.segmented", {{"count", std::to_string(count)}}));
  }
}

}  // namespace hoplab::journey
