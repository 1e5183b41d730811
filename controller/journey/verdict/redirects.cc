// Who leads packets to somebody they are not meant for: whatever that one does with them is a
// consequence.
#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

// Where on its way a packet's destination became another: the frame that left with it. kNone:
// nowhere. What is sent to a node itself that node may pass on (a port that a gateway forwards).
uint32_t redirected_at(const Case& c, const TripTree& trip) {
  const Forest& forest = c.story.forest;
  const auto destination = [&](uint32_t frame) -> const IpAddress& {
    return forest.frames[frame].packet.tuple.destination.address;
  };
  if (destination(trip.root) == destination(trip.last)) return kNone;
  uint32_t first = kNone;
  for (uint32_t i = trip.last; i != trip.root; i = forest.frames[i].parent) {
    const uint32_t parent = forest.frames[i].parent;
    if (parent == kNone) break;
    const uint32_t node = forest.node_of(forest.frames[i]);
    if (node == kNone || destination(i) == destination(parent)) continue;
    if (!c.lab.owns(node, destination(parent))) first = i;
  }
  return first;
}

void look_at(Case& c, const Draft& d, uint32_t draft, uint32_t t) {
  const Forest& forest = c.story.forest;
  const TripTree& trip = forest.trips[t];
  if (trip.origin != d.client || !forest.packet(t).is_ip()) return;
  const uint32_t frame = redirected_at(c, trip);
  if (frame == kNone) return;
  const Seen& out = forest.frames[frame];
  const uint32_t node = forest.node_of(out);
  const IpAddress& before = forest.frames[out.parent].packet.tuple.destination.address;
  const IpAddress& after = out.packet.tuple.destination.address;
  Suspect* s = c.find_cause(node, "cause.redirected");
  if (s == nullptr) {
    s = &c.add(Rank::kMangled, node, "network",
               fact("cause.redirected", {{"node", c.lab.name(node)},
                                         {"before", address_text(before)},
                                         {"after", address_text(after)}}));
    s->met = true;
    s->misled.resize(c.story.drafts.size());
    c.prove(*s, fact("evidence.changed_header", {{"field", "destination address"}}), t, frame);
  }
  s->misled[draft] = true;
}

}  // namespace

void suspect_redirects(Case& c) {
  if (c.worked) return;
  const auto& drafts = c.story.drafts;
  const bool failed = std::ranges::any_of(drafts, [&](const Draft& d) {
    return c.decisive[&d - drafts.data()] &&
           (d.status == v1::Exchange::FAILED || d.http_status >= 400);
  });
  if (!failed) return;
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    if (!c.decisive[i]) continue;
    for (const uint32_t t : drafts[i].trips) look_at(c, drafts[i], i, t);
  }
  for (Suspect& s : c.suspects) {
    if (s.culprit.cause().key() == "cause.redirected") spread(s.misled, c.story);
  }
}

}  // namespace hoplab::journey
