// The engine's own accounts: every captured frame is in exactly one hop, or background of a named
// kind, or left over for a reason.
#include <algorithm>
#include <map>

#include "controller/journey/write.h"

namespace hoplab::journey {
namespace {

constexpr int kExamples = 3;

enum class Fate { kExplained, kBackground, kLeftOver };

struct Account {
  Fate fate = Fate::kLeftOver;
  std::string_view reason;
};

Account account_of(const Forest& forest, const TripTree& trip) {
  if (trip.exchange != kNone) return {Fate::kExplained, {}};
  if (trip.background != nullptr) return {Fate::kBackground, trip.background};
  const Seen& root = forest.root(trip);
  if (root.packet.malformed != nullptr) return {Fate::kLeftOver, "leftover.malformed"};
  if (root.interface == kNone || forest.lab.interfaces[root.interface].peer == kNone) {
    return {Fate::kLeftOver, "leftover.unknown_interface"};
  }
  if (!trip.origin_seen) return {Fate::kLeftOver, "leftover.no_origin"};
  return {Fate::kLeftOver, "leftover.unclaimed"};
}

}  // namespace

void write_completeness(const Story& story, v1::Journey& journey) {
  const Forest& forest = story.forest;
  const Lab& lab = story.lab;
  v1::Completeness& c = *journey.mutable_completeness();
  struct Counts {
    uint64_t seen = 0, explained = 0, background = 0;
  };
  std::vector<Counts> counts(lab.interfaces.size() + 1);  // the last: unknown interfaces
  std::map<std::string_view, v1::LeftOver> background;
  std::map<std::string_view, v1::LeftOver> left_over;
  Counts total;
  for (const TripTree& trip : forest.trips) {
    const Account account = account_of(forest, trip);
    v1::LeftOver* list = account.fate == Fate::kBackground ? &background[account.reason]
                         : account.fate == Fate::kLeftOver ? &left_over[account.reason]
                                                           : nullptr;
    const uint64_t packets = forest.packets(trip);
    forest.walk(trip.root, [&](uint32_t i) {
      const Seen& s = forest.frames[i];
      if (s.source != Source::kCaptured) return;
      Counts& here = counts[std::min<size_t>(s.interface, lab.interfaces.size())];
      for (Counts* x : {&here, &total}) {
        x->seen += packets;
        x->explained += account.fate == Fate::kExplained ? packets : 0;
        x->background += account.fate == Fate::kBackground ? packets : 0;
      }
      if (list == nullptr) return;
      list->set_frames(list->frames() + packets);
      if (list->examples_size() < kExamples) *list->add_examples() = frame_ref(lab, s);
    });
  }
  c.set_seen(total.seen);
  c.set_explained(total.explained);
  c.set_background(total.background);
  c.set_left_over(total.seen - total.explained - total.background);
  const auto add_all = [](auto& from, auto* to) {
    for (auto& [key, entry] : from) {
      *entry.mutable_reason() = fact(key);
      *to->Add() = std::move(entry);
    }
  };
  add_all(left_over, c.mutable_left_overs());
  add_all(background, c.mutable_background_kinds());
  uint64_t ring_drops = 0;
  for (uint32_t i = 0; i < lab.interfaces.size(); ++i) {
    ring_drops += lab.interfaces[i].ring_drops;
    if (counts[i].seen == 0 && lab.interfaces[i].ring_drops == 0) continue;
    v1::InterfaceCompleteness& x = *c.add_interfaces();
    x.set_node(lab.nodes[lab.interfaces[i].node].name);
    x.set_interface(lab.interfaces[i].name);
    x.set_seen(counts[i].seen);
    x.set_explained(counts[i].explained);
    x.set_background(counts[i].background);
    x.set_ring_drops(lab.interfaces[i].ring_drops);
  }
  c.set_ring_drops(ring_drops);
  for (const Node& n : lab.nodes) {
    if (!n.silent.empty()) c.add_silent_nodes(n.name);
    if (n.capture == nullptr || n.capture->summary().events_lost() == 0) continue;
    v1::EventLoss& loss = *c.add_event_losses();
    loss.set_node(n.name);
    loss.set_events(n.capture->summary().events_lost());
  }
}

void write_map(const Story& story, v1::Journey& journey) {
  const Forest& forest = story.forest;
  const Lab& lab = story.lab;
  std::vector<bool> on_path(lab.nodes.size(), false);
  for (const TripTree& trip : forest.trips) {
    if (trip.exchange == kNone) continue;
    forest.walk(trip.root, [&](uint32_t i) {
      const Seen& s = forest.frames[i];
      const uint32_t node = forest.node_of(s);
      // A node that merely heard a flooded frame is not on the path.
      if (node == kNone || (s.first_child == kNone && judge_end(lab, s) == End::kIgnored)) return;
      on_path[node] = true;
    });
  }
  for (uint32_t n = 0; n < lab.nodes.size(); ++n) {
    v1::JourneyNode& node = *journey.add_nodes();
    node.set_name(lab.nodes[n].name);
    node.set_role(lab.nodes[n].role);
    node.set_system(lab.nodes[n].system);
    node.set_asn(lab.nodes[n].asn);
    node.set_on_path(on_path[n]);
  }
  for (uint32_t i = 0; i < lab.interfaces.size(); ++i) {
    const Interface& a = lab.interfaces[i];
    if (a.peer == kNone || a.peer < i) continue;
    const Interface& b = lab.interfaces[a.peer];
    v1::JourneyLink& link = *journey.add_links();
    link.set_node_a(lab.nodes[a.node].name);
    link.set_interface_a(a.name);
    link.set_node_b(lab.nodes[b.node].name);
    link.set_interface_b(b.name);
  }
}

}  // namespace hoplab::journey
