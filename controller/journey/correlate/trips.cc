#include "controller/journey/correlate/trips.h"

#include <algorithm>

#include "controller/journey/correlate/correlator.h"
#include "controller/journey/correlate/flat_map.h"
#include "controller/journey/correlate/fold.h"
#include "controller/journey/correlate/pairing.h"

namespace hoplab::journey {

Forest::Forest(const Lab& l, FrameSource& source, size_t whole) : lab(l) {
  Fold fold(whole);
  const bool copy = !source.keeps_bytes();
  const auto take = [&](const Frames& from, const TripTree& finished) {
    TripTree trip = finished;
    const uint32_t like = fold.like(from, trip);
    if (like != kNone) {
      count(from, trip, trips[like]);
      return;
    }
    fold.kept(static_cast<uint32_t>(trips.size()));
    keep(from, trip, copy);
  };
  Correlator correlator(lab, take, [&] { place_merges(); });
  correlator.run(source);
  most_held = correlator.most_held();
  std::stable_sort(trips.begin(), trips.end(),
                   [](const TripTree& a, const TripTree& b) { return a.start < b.start; });
  follow_merges();
  find_copies();
  reassemble();
}

void Forest::place_merges() {
  for (; placed_ < merged_.size(); ++placed_) {
    uint32_t& into = frames[merged_[placed_]].merged_into;
    into = place_[into];
  }
}

uint32_t Forest::trip_of(uint32_t frame) const {
  while (frames[frame].parent != kNone) frame = frames[frame].parent;
  return by_root_.find(frame);
}

void Forest::follow_merges() {
  if (merged_.empty()) return;
  by_root_.clear(trips.size());
  for (uint32_t t = 0; t < trips.size(); ++t) by_root_.set(trips[t].root, t);
  for (TripTree& trip : trips) {
    if (trip.outcome == End::kMerged) trip.merged_into = trip_of(frames[trip.last].merged_into);
  }
  for (TripTree& trip : trips) {
    if (trip.merged_into == kNone) continue;
    // Merged again further on, perhaps; never in a ring, for times only grow, but be sure.
    const TripTree* end = &trips[trip.merged_into];
    for (size_t n = 0; end->merged_into != kNone && n < trips.size(); ++n) {
      end = &trips[end->merged_into];
    }
    trip.outcome = end->outcome;
    trip.destination = end->destination;
    trip.end = std::max(trip.end, end->end);
  }
}

// Of packets still alike in every byte within so short a time that nobody sends anything again.
void Forest::find_copies() {
  FlatMap latest(trips.size());
  for (uint32_t t = 0; t < trips.size(); ++t) {
    const Seen& first = root(trips[t]);
    if (!first.out || !first.packet.is_ip()) continue;
    uint32_t& before = latest.get_or_insert(mix(first.packet.frame_key, first.interface), t);
    if (before != t && trips[t].start - trips[before].start <= kCopyNs) {
      trips[t].copy = true;
      trips[t].retransmission = false;
      trips[t].copy_of = trips[before].copy_of == kNone ? before : trips[before].copy_of;
    }
    before = t;
  }
}

void Forest::count(const Frames& from, const TripTree& trip, TripTree& like) {
  if (like.likes == kNone) {
    like.likes = static_cast<uint32_t>(likes.size());
    likes.push_back({.first = trip.start, .fastest = trip.end - trip.start});
  }
  Likes& all = likes[like.likes];
  ++all.packets;
  all.bytes += from[trip.root].packet.payload_size();
  all.last = trip.start;
  all.fastest = std::min(all.fastest, trip.end - trip.start);
  all.slowest = std::max(all.slowest, trip.end - trip.start);
}

void Forest::keep(const Frames& from, TripTree trip, bool copy) {
  const auto moved = static_cast<uint32_t>(frames.size());
  std::vector<uint32_t> order;
  walk_tree(from, trip.root, [&](uint32_t i) { order.push_back(i); });
  if (place_.size() < from.size()) place_.resize(from.size());
  for (uint32_t n = 0; n < order.size(); ++n) place_[order[n]] = moved + n;
  const auto number = [&](uint32_t i) { return i == kNone ? kNone : place_[i]; };
  for (const uint32_t i : order) {
    Seen& s = frames.emplace_back(from[i]);
    for (uint32_t* link : {&s.parent, &s.first_child, &s.last_child, &s.next_sibling}) {
      *link = number(*link);
    }
    if (s.merged_into != kNone) merged_.push_back(place_[i]);
    if (!copy) continue;
    const auto& bytes = bytes_.emplace_back(s.packet.bytes.begin(), s.packet.bytes.end());
    s.packet.bytes = bytes;
  }
  trip.last = number(trip.last);
  trip.root = moved;
  trips.push_back(trip);
}

}  // namespace hoplab::journey
