// ICMP: errors belong to the exchange whose packet they quote; echoes are exchanges of their own.
#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

Draft draft_of(const Story& story, uint32_t t) {
  const TripTree& trip = story.forest.trips[t];
  const Packet& p = story.forest.packet(t);
  Draft d;
  d.kind = "icmp";
  d.client = trip.origin;
  d.server = trip.destination;
  d.trips = {t};
  d.name = icmp_text(p.icmp_type, p.icmp_code);
  d.title = fact("exchange.icmp", {{"client", story.lab.name(trip.origin)},
                                   {"server", story.lab.name(trip.destination)},
                                   {"message", d.name}});
  d.facts.push_back(fact("fact.icmp", {{"by", story.lab.name(trip.origin)}, {"message", d.name}}));
  return d;
}

}  // namespace

void find_icmp(Story& story, const std::vector<uint32_t>& icmp_trips) {
  if (icmp_trips.empty()) return;
  const Forest& forest = story.forest;
  FlatMap by_tuple;  // → draft
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    if (forest.trips[t].exchange == kNone || forest.packet(t).net != Net::kIpv4) continue;
    for (const Tuple& tuple : tuples_of(forest, forest.trips[t])) {
      by_tuple.get_or_insert(tuple_key(tuple), forest.trips[t].exchange);
    }
  }
  FlatMap echoes;  // tuple → draft
  for (const uint32_t t : icmp_trips) {
    const TripTree& trip = forest.trips[t];
    const Packet& p = forest.packet(t);
    if (p.has_quote) {
      uint32_t parent = by_tuple.find(tuple_key(p.quote));
      if (parent == kNone) parent = by_tuple.find(tuple_key(forest.last(trip).packet.quote));
      const bool ours =
          parent != kNone || (story.lab.client != kNone && trip.destination == story.lab.client);
      if (!ours) continue;
      Draft d = draft_of(story, t);
      d.parent = parent;
      if (parent != kNone) d.phase = story.drafts[parent].phase;
      d.status = p.icmp_type == 5 ? v1::Exchange::OK : v1::Exchange::FAILED;
      story.add(std::move(d));
      continue;
    }
    const std::vector<Tuple> tuples = tuples_of(forest, trip);
    uint32_t known = kNone;
    for (const Tuple& tuple : tuples) {
      if (known == kNone) known = echoes.find(tuple_key(tuple));
    }
    if (known == kNone) {
      const bool ours = story.lab.client != kNone &&
                        (trip.origin == story.lab.client || trip.destination == story.lab.client);
      if (!ours) continue;
      known = story.add(draft_of(story, t));
    } else {
      story.claim(known, t);
    }
    for (const Tuple& tuple : tuples) echoes.set(tuple_key(tuple), known);
    // An echo is answered as often as it was asked.
    uint32_t asked = 0;
    uint32_t answered = 0;
    for (const uint32_t x : story.drafts[known].trips) {
      (forest.packet(x).icmp_type == 8 ? asked : answered) +=
          forest.trips[x].outcome == End::kDelivered || forest.packet(x).icmp_type == 8 ? 1U : 0U;
    }
    story.drafts[known].status = answered == 0      ? v1::Exchange::FAILED
                                 : answered < asked ? v1::Exchange::DEGRADED
                                                    : v1::Exchange::OK;
  }
}

}  // namespace hoplab::journey
