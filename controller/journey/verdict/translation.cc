// Gateways that should have put their own address into what leaves, and did not: no answer finds
// its way back.
#include "controller/journey/decode/info.h"
#include "controller/journey/verdict/checksum.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

// The interface a gateway translates at; kNone where it is none, or translates nothing.
uint32_t outside_of(const Lab& lab, uint32_t node) {
  const v1::NodeSpec* spec = lab.nodes[node].spec;
  if (spec == nullptr || !spec->has_gateway() || !spec->gateway().masquerade()) return kNone;
  return lab.interface(node, spec->gateway().wan_interface());
}

void look_at(Case& c, uint32_t node, uint32_t outside, uint32_t trip, uint32_t frame) {
  const Seen& s = c.story.forest.frames[frame];
  const IpAddress& source = s.packet.tuple.source.address;
  if (!s.out || s.interface != outside || s.parent == kNone || !source.is_v4()) return;
  if (c.lab.owns(node, source)) return;
  // What came in spoiled belongs to no connection it knows.
  const Seen& in = c.story.forest.frames[s.parent];
  if (transport_checksum(in.packet, in.wire_length) == Checksum::kBad) return;
  const std::string& name = c.lab.name(node);
  Suspect* known = c.find_cause(node, "cause.not_translated");
  if (known == nullptr) {
    known =
        &c.add(Rank::kMangled, node, "network",
               fact("cause.not_translated", {{"node", name}, {"source", address_text(source)}}));
  }
  known->met = true;
  known->misled.resize(c.story.drafts.size());
  known->misled[c.story.forest.trips[trip].exchange] = true;
  c.prove(*known,
          fact("evidence.not_translated",
               {{"interface", c.lab.interfaces[outside].name}, {"source", address_text(source)}}),
          trip, frame);
}

}  // namespace

void suspect_translation(Case& c) {
  const Forest& forest = c.story.forest;
  for (uint32_t node = 0; node < c.lab.nodes.size(); ++node) {
    const uint32_t outside = outside_of(c.lab, node);
    if (outside == kNone || c.lab.silent(node)) continue;
    for (uint32_t t = 0; t < forest.trips.size(); ++t) {
      if (!c.counts(t)) continue;
      forest.walk(forest.trips[t].root, [&](uint32_t i) { look_at(c, node, outside, t, i); });
    }
    if (Suspect* s = c.find_cause(node, "cause.not_translated")) spread(s->misled, c.story);
  }
}

}  // namespace hoplab::journey
