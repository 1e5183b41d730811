#include "controller/journey/correlate/trips.h"

#include <algorithm>

#include "controller/journey/correlate/correlator.h"
#include "controller/journey/correlate/fold.h"

namespace hoplab::journey {

Forest::Forest(const Lab& l, FrameSource& source, size_t whole) : lab(l) {
  Fold fold(whole);
  const bool copy = !source.keeps_bytes();
  Correlator correlator(lab, [&](const Frames& from, const TripTree& finished) {
    TripTree trip = finished;
    const uint32_t like = fold.like(from, trip);
    if (like != kNone) {
      count(from, trip, trips[like]);
      return;
    }
    fold.kept(static_cast<uint32_t>(trips.size()));
    keep(from, trip, copy);
  });
  correlator.run(source);
  most_held = correlator.most_held();
  std::stable_sort(trips.begin(), trips.end(),
                   [](const TripTree& a, const TripTree& b) { return a.start < b.start; });
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
    if (!copy) continue;
    const auto& bytes = bytes_.emplace_back(s.packet.bytes.begin(), s.packet.bytes.end());
    s.packet.bytes = bytes;
  }
  trip.last = number(trip.last);
  trip.root = moved;
  trips.push_back(trip);
}

}  // namespace hoplab::journey
