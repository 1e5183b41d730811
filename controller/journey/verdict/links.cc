// What the wires did to frames, the lab's own life included: lost, held, slow.
#include <fmt/format.h>

#include <algorithm>

#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSlowNs = 1'000'000;
constexpr int64_t kTimesSlower = 10;
constexpr int64_t kStallNs = 20'000'000;  // longer than a busy machine keeps a packet waiting
constexpr size_t kSamples = 256;

// One direction of a wire.
struct Direction {
  uint64_t sent = 0;
  uint64_t lost = 0;
  uint64_t dropped_by_emulator = 0;
  uint64_t held = 0;
  uint64_t crossed = 0;
  uint64_t dwelt = 0;
  uint64_t stalled = 0;
  int64_t fastest = INT64_MAX;        // across the wire
  int64_t fastest_dwell = INT64_MAX;  // in the node before it, queue included
  std::vector<int64_t> samples;
  std::vector<int64_t> dwell_samples;
  std::vector<int64_t> held_samples;
  uint32_t example_trip = kNone;
  uint32_t example_frame = kNone;
  bool met = false;
};

int64_t median_of(std::vector<int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void keep(std::vector<int64_t>& samples, int64_t value) {
  if (samples.size() < kSamples) samples.push_back(value);
}

void measure(const Case& c, std::vector<Direction>& directions) {
  const Forest& forest = c.story.forest;
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    const bool ours = c.counts(t);
    const uint64_t packets = forest.packets(forest.trips[t]);
    forest.walk(forest.trips[t].root, [&](uint32_t i) {
      const Seen& s = forest.frames[i];
      if (!s.out || s.interface == kNone || s.source == Source::kInferred) return;
      Direction& d = directions[s.interface];
      d.sent += packets;
      d.met = d.met || ours;
      if (s.held > 0) {
        ++d.held;
        keep(d.held_samples, s.held);
      }
      if (s.parent != kNone && s.source == Source::kCaptured && s.packet.is_ip()) {
        const int64_t dwell = s.time - forest.frames[s.parent].time;
        ++d.dwelt;
        d.stalled += dwell >= kStallNs ? 1U : 0U;
        d.fastest_dwell = std::min(d.fastest_dwell, dwell);
        keep(d.dwell_samples, dwell);
      }
      if (s.first_child != kNone) {
        const int64_t crossing = forest.frames[s.first_child].time - s.time;
        d.crossed += packets;
        d.fastest = std::min(d.fastest, crossing);
        keep(d.samples, crossing);
        return;
      }
      const End end = judge_end(c.lab, s);
      d.dropped_by_emulator += end == End::kLostInEmulator ? 1 : 0;
      if (end != End::kLostInEmulator && end != End::kLostOnLink) return;
      ++d.lost;
      if (d.example_frame == kNone || (ours && !c.counts(d.example_trip))) {
        d.example_trip = t;
        d.example_frame = i;
      }
    });
  }
}

void suspect_loss(Case& c, uint32_t i, const Direction& d) {
  const uint64_t queue = c.lab.interfaces[i].qdisc_drops;
  if (d.lost == 0 && queue == 0) return;
  const uint64_t lost = d.lost + queue;
  const uint64_t sent = d.sent + queue;
  const double percent = 100.0 * static_cast<double>(lost) / static_cast<double>(sent);
  Suspect* s = c.find_link(i, Rank::kLinkLoss, Rank::kLinkLoss);
  if (s == nullptr) {
    s = &c.add_link(Rank::kLinkLoss, i, "link",
                    fact("cause.link_loss", {{"link", c.lab.link_name(i)},
                                             {"lost", std::to_string(lost)},
                                             {"sent", std::to_string(sent)},
                                             {"percent", fmt::format("{:.1f}", percent)}}));
  }
  const std::string& name = c.lab.interfaces[i].name;
  const std::string count = std::to_string(d.lost);
  const bool ours = d.example_trip != kNone && c.counts(d.example_trip);
  if (d.dropped_by_emulator > 0) {
    c.prove(*s,
            fact("evidence.emulator_dropped",
                 {{"count", std::to_string(d.dropped_by_emulator)}, {"interface", name}}),
            d.example_trip, d.example_frame);
  }
  if (d.lost > d.dropped_by_emulator) {
    const uint32_t peer = c.lab.interfaces[i].peer;
    c.prove(*s,
            fact("evidence.lost",
                 {{"count", count},
                  {"interface", name},
                  {"peer", peer == kNone ? "?" : c.lab.name(c.lab.interfaces[peer].node)}}),
            d.example_trip, d.example_frame);
  }
  if (queue > 0) {
    c.prove(*s,
            fact("evidence.qdisc_drops", {{"count", std::to_string(queue)}, {"interface", name}}));
  }
  s->met = s->met || ours || (queue > 0 && d.met);
}

void suspect_delay(Case& c, uint32_t i, const Direction& d, int64_t usual, int64_t usual_dwell) {
  const bool by_emulator = d.held > 0 && median_of(d.held_samples) >= kSlowNs;
  const bool on_wire = d.crossed >= 2 && d.fastest >= kSlowNs && d.fastest >= usual * kTimesSlower;
  // A queue that delays shows in the node before the wire; what its bucket holds passes at once.
  const bool in_queue = d.stalled >= 2 || (d.dwelt >= 3 && d.fastest_dwell >= kSlowNs &&
                                           d.fastest_dwell >= usual_dwell * kTimesSlower);
  if (!by_emulator && !on_wire && !in_queue) return;
  const int64_t delay = by_emulator      ? median_of(d.held_samples)
                        : on_wire        ? median_of(d.samples)
                        : d.stalled >= 2 ? std::ranges::max(d.dwell_samples)
                                         : median_of(d.dwell_samples);
  Suspect* s = c.find_link(i, Rank::kLinkDelay, Rank::kLinkDelay);
  if (s == nullptr) {
    s = &c.add_link(Rank::kLinkDelay, i, "link",
                    fact("cause.link_delay", {{"link", c.lab.link_name(i)},
                                              {"delay", duration_text(delay)},
                                              {"normal", duration_text(usual)}}));
  }
  const std::string& name = c.lab.interfaces[i].name;
  if (by_emulator) {
    c.prove(*s, fact("evidence.emulator_held", {{"count", std::to_string(d.held)},
                                                {"interface", name},
                                                {"delay", duration_text(delay)}}));
  } else {
    c.prove(*s, fact("evidence.crossing", {{"count", std::to_string(on_wire ? d.crossed : d.dwelt)},
                                           {"median", duration_text(delay)}}));
  }
  s->met = s->met || d.met;
}

}  // namespace

void suspect_links(Case& c) {
  std::vector<Direction> directions(c.lab.interfaces.size());
  measure(c, directions);
  std::vector<int64_t> crossings;
  std::vector<int64_t> dwells;
  for (const Direction& d : directions) {
    if (d.crossed > 0) crossings.push_back(median_of(d.samples));
    if (d.dwelt > 0) dwells.push_back(median_of(d.dwell_samples));
  }
  const int64_t usual = std::max<int64_t>(median_of(std::move(crossings)), 0);
  const int64_t usual_dwell = std::max<int64_t>(median_of(std::move(dwells)), 0);
  for (uint32_t i = 0; i < directions.size(); ++i) {
    suspect_loss(c, i, directions[i]);
    suspect_delay(c, i, directions[i], usual, usual_dwell);
  }
}

}  // namespace hoplab::journey
