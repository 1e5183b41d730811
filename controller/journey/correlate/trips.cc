#include "controller/journey/correlate/trips.h"

#include <algorithm>

#include "controller/journey/correlate/forest.h"

namespace hoplab::journey {

Forest::Forest(const Lab& l) : lab(l), frames(load_frames(l)) {
  join_wires(lab, frames);
  join_nodes(lab, frames);
  cut_cycles();
  for (uint32_t i = 0; i < frames.size(); ++i) {
    if (frames[i].parent == kNone) trips.push_back(measure(i));
  }
  std::stable_sort(trips.begin(), trips.end(),
                   [](const TripTree& a, const TripTree& b) { return a.start < b.start; });
}

// Frames with equal times and equal bytes can follow from each other in a ring (a loop of
// switches): such a ring has no root, so it is cut at its first frame.
void Forest::cut_cycles() {
  std::vector<bool> reached(frames.size(), false);
  const auto mark = [&](uint32_t i) { reached[i] = true; };
  for (uint32_t i = 0; i < frames.size(); ++i) {
    if (frames[i].parent == kNone) walk(i, mark);
  }
  for (uint32_t i = 0; i < frames.size(); ++i) {
    if (reached[i]) continue;
    Seen& parent = frames[frames[i].parent];
    uint32_t previous = kNone;
    for (uint32_t c = parent.first_child; c != i; c = frames[c].next_sibling) previous = c;
    (previous == kNone ? parent.first_child : frames[previous].next_sibling) =
        frames[i].next_sibling;
    if (parent.last_child == i) parent.last_child = previous;
    frames[i].next_sibling = frames[i].parent = kNone;
    walk(i, mark);
  }
}

TripTree Forest::measure(uint32_t root_frame) const {
  TripTree trip;
  const Seen& first = frames[root_frame];
  trip.root = root_frame;
  trip.start = trip.end = first.time;
  trip.origin = first.out ? node_of(first) : kNone;
  trip.origin_seen = first.out;
  int best = -1;
  walk(root_frame, [&](uint32_t i) {
    const Seen& s = frames[i];
    trip.captured += s.source == Source::kCaptured ? 1U : 0U;
    trip.end = std::max(trip.end, s.time);
    if (s.first_child != kNone) return;
    const End end = judge_end(lab, s);
    const int rank = end == End::kDelivered ? 3 : is_lost(end) ? 2 : end == End::kIgnored ? 0 : 1;
    if (rank > best) {
      best = rank;
      trip.last = i;
      trip.outcome = end;
    }
  });
  for (uint32_t i = trip.last; i != kNone; i = frames[i].parent) {
    trip.crossings += frames[i].out ? 0U : 1U;
  }
  trip.destination = trip.outcome == End::kDelivered ? node_of(frames[trip.last]) : kNone;
  if (trip.destination == kNone && first.packet.net != Net::kNone) {
    trip.destination = lab.owner(frames[trip.last].packet.tuple.destination.address);
  }
  return trip;
}

}  // namespace hoplab::journey
