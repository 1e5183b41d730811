#include "controller/journey/correlate/correlator.h"

#include <algorithm>
#include <numeric>

#include "controller/journey/correlate/forest.h"

namespace hoplab::journey {
namespace {

// Joining looks at many frames at once; below this many nothing is gained by letting go early.
constexpr size_t kBatch = 1U << 15U;
// A trip that has come to its end is done with when no tap can have seen more of it.
constexpr int64_t kSettledNs = 5'000'000;
// One that has not is lost when nothing followed for longer than any queue or link holds a frame.
constexpr int64_t kGivenUpNs = 30'000'000'000;

// A flooded or broadcast frame has as many ends as there are ports, and they need not come
// together.
bool fans_out(const Seen& s) {
  return (s.first_child != s.last_child && !s.cut) || (s.packet.destination_mac >> 40U & 1U) != 0;
}

}  // namespace

void Correlator::run(FrameSource& source) {
  size_t next_join = kBatch;
  Seen seen;
  while (source.next(seen)) {
    frames_.push_back(seen);
    if (frames_.size() < next_join) continue;
    settle(source, false);
    // What is held is joined again each time, so it must not be the larger part.
    next_join = std::max(kBatch, 2 * frames_.size());
  }
  settle(source, true);
}

void Correlator::join() {
  joiner_.join(frames_);
  // Frames with equal times and equal bytes can follow from each other in a ring (a loop of
  // switches): such a ring has no root, so it is cut at its first frame.
  reached_.assign(frames_.size(), false);
  const auto mark = [&](uint32_t i) { reached_[i] = true; };
  for (uint32_t i = 0; i < frames_.size(); ++i) {
    if (frames_[i].parent == kNone) walk_tree(frames_, i, mark);
  }
  for (uint32_t i = 0; i < frames_.size(); ++i) {
    if (reached_[i]) continue;
    disown(frames_, i);
    walk_tree(frames_, i, mark);
  }
}

void Correlator::settle(FrameSource& source, bool last) {
  if (frames_.empty()) return;
  const size_t given = frames_.size();
  const int64_t newest = frames_.back().time;
  join();
  most_held_ = std::max(most_held_, frames_.size());
  keep_.assign(given, false);
  trees_.clear();
  ended_.clear();
  for (uint32_t i = 0; i < frames_.size(); ++i) {
    if (frames_[i].parent != kNone) continue;
    const TripTree& trip = trees_.emplace_back(measure(i));
    const int64_t patience = trip.complete ? kSettledNs : kGivenUpNs;
    ended_.push_back(last || trip.busy_until + patience < newest);
  }
  if (!last && !joiner_.merges().empty()) wait_for_each_other();
  for (size_t t = 0; t < trees_.size(); ++t) {
    if (ended_[t]) {
      take_(frames_, trees_[t]);
      continue;
    }
    // Inferred frames stand behind the given ones; they will be inferred anew.
    walk_tree(frames_, trees_[t].root, [&](uint32_t f) {
      if (f < given) keep_[f] = true;
    });
  }
  taken_();
  held_.clear();
  for (uint32_t i = 0; i < given; ++i) {
    if (keep_[i]) unlink(held_.emplace_back(frames_[i]));
  }
  frames_.swap(held_);
  if (source.keeps_bytes()) return;
  own_bytes();
  source.release();
}

uint32_t Correlator::root_of(uint32_t frame) const {
  while (frames_[frame].parent != kNone) frame = frames_[frame].parent;
  return frame;
}

void Correlator::wait_for_each_other() {
  FlatMap tree_of(trees_.size());  // by root
  for (uint32_t t = 0; t < trees_.size(); ++t) tree_of.set(trees_[t].root, t);
  std::vector<uint32_t> group(trees_.size());
  std::iota(group.begin(), group.end(), 0U);
  const auto find = [&](uint32_t t) {
    while (group[t] != t) t = group[t] = group[group[t]];
    return t;
  };
  for (const uint32_t frame : joiner_.merges()) {
    const uint32_t a = find(tree_of.find(root_of(frame)));
    const uint32_t b = find(tree_of.find(root_of(frames_[frame].merged_into)));
    group[a] = b;
  }
  std::vector<bool> all(trees_.size(), true);
  for (uint32_t t = 0; t < trees_.size(); ++t) {
    if (!ended_[t]) all[find(t)] = false;
  }
  for (uint32_t t = 0; t < trees_.size(); ++t) ended_[t] = all[find(t)];
}

void Correlator::own_bytes() {
  size_t total = 0;
  for (const Seen& s : frames_) total += s.packet.bytes.size();
  old_bytes_.swap(bytes_);  // some of what is held lies there
  bytes_.clear();
  bytes_.reserve(total);
  for (Seen& s : frames_) {
    const size_t at = bytes_.size();
    bytes_.insert(bytes_.end(), s.packet.bytes.begin(), s.packet.bytes.end());
    s.packet.bytes = Bytes(bytes_).subspan(at);
  }
}

bool Correlator::may_go_on(uint32_t leaf) const {
  const Seen& s = frames_[leaf];
  if (s.merged_into != kNone) return false;
  // What is addressed to a node that translates may yet leave it under another address.
  return !s.out && s.interface != kNone && translates(lab_, lab_.interfaces[s.interface].node);
}

TripTree Correlator::measure(uint32_t root_frame) const {
  TripTree trip;
  const Seen& first = frames_[root_frame];
  const auto node_of = [&](const Seen& s) {
    return s.interface == kNone ? kNone : lab_.interfaces[s.interface].node;
  };
  trip.root = root_frame;
  trip.start = trip.end = first.time;
  trip.origin = first.out ? node_of(first) : kNone;
  trip.origin_seen = first.out;
  if (first.out && first.interface != kNone && lab_.misses_frames() && lab_.came_unseen(first)) {
    trip.origin = kNone;
    trip.origin_seen = false;
  }
  int best = -1;
  bool cut = false;
  walk_tree(frames_, root_frame, [&](uint32_t i) {
    const Seen& s = frames_[i];
    trip.captured += s.source == Source::kCaptured ? 1U : 0U;
    trip.end = std::max(trip.end, s.time);
    trip.busy_until = std::max(trip.busy_until, s.time + s.held);
    trip.complete = trip.complete && !fans_out(s) && (!s.cut || all_pieces(frames_, i));
    cut = cut || s.cut;
    if (s.first_child != kNone) return;
    const End end = judge_end(lab_, s);
    trip.complete = trip.complete && !is_lost(end) && end != End::kRingDrops && !may_go_on(i);
    // A thing cut up has arrived when all of it has.
    const int rank = end == End::kDelivered || end == End::kMerged ? 3
                     : is_lost(end)                                ? (cut ? 4 : 2)
                     : end == End::kIgnored                        ? 0
                                                                   : 1;
    if (rank > best) {
      best = rank;
      trip.last = i;
      trip.outcome = end;
    }
  });
  for (uint32_t i = trip.last; i != kNone; i = frames_[i].parent) {
    trip.crossings += frames_[i].out ? 0U : 1U;
  }
  trip.destination = trip.outcome == End::kDelivered ? node_of(frames_[trip.last]) : kNone;
  if (trip.destination == kNone && first.packet.net != Net::kNone) {
    trip.destination = lab_.owner(frames_[trip.last].packet.tuple.destination.address);
  }
  return trip;
}

}  // namespace hoplab::journey
