// ICMP: errors belong to the exchange whose packet they quote; echoes are exchanges of their own.
#include <fmt/format.h>

#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

// By type: RFC 792 for IPv4, RFC 4443 and RFC 4861 for IPv6.
bool is_of(const Packet& p, uint8_t icmp, uint8_t icmpv6) {
  return p.icmp_type == (p.net == Net::kIpv6 ? icmpv6 : icmp);
}
bool says_unreachable(const Packet& p) { return is_of(p, 3, 1); }
bool says_redirect(const Packet& p) { return is_of(p, 5, 137); }
bool says_time_exceeded(const Packet& p) { return is_of(p, 11, 3); }

// RFC 792, RFC 4443: behind the id, which stands in the tuple.
uint16_t echo_sequence(const Packet& p) {
  const Bytes sequence = p.bytes.subspan(p.l4 + 6, 2);
  return static_cast<uint16_t>(sequence[0] << 8U | sequence[1]);
}

Draft draft_of(const Story& story, uint32_t t) {
  const TripTree& trip = story.forest.trips[t];
  const Packet& p = story.forest.packet(t);
  Draft d;
  d.kind = "icmp";
  d.client = trip.origin;
  d.server = trip.destination;
  d.trips = {t};
  d.name = icmp_message(p);
  const std::string client = story.lab.name(trip.origin);
  const std::string server = story.lab.name(trip.destination);
  if (p.is_echo_request() || p.is_echo_reply()) {
    d.title = fact("exchange.echo", {{"client", client},
                                     {"server", server},
                                     {"protocol", icmp_name(p)},
                                     {"message", d.name},
                                     {"sequence", std::to_string(echo_sequence(p))},
                                     {"field", ttl_name(p)},
                                     {"hops", std::to_string(p.ttl)}});
  } else {
    d.title = fact(
        "exchange.icmp",
        {{"client", client}, {"server", server}, {"protocol", icmp_name(p)}, {"message", d.name}});
  }
  d.facts.push_back(fact("fact.icmp", {{"by", client}, {"message", d.name}}));
  return d;
}

// An echo and its answer.
uint64_t echo_key(const Tuple& tuple, const Packet& p) {
  return mix(tuple_key(tuple), echo_sequence(p));
}
// The packet an error quotes: the IP ID tells apart what has the same ports.
uint64_t quote_key(const Tuple& tuple, uint16_t ip_id) { return mix(tuple_key(tuple), ip_id); }

// Port unreachable is how traceroute learns that it has arrived (IANA: traceroute, 33434).
bool asks_for_arrival(const Packet& p) {
  constexpr uint16_t kFirst = 33434;
  constexpr uint16_t kLast = 33534;
  return p.is(kUdp) && p.tuple.destination.port >= kFirst && p.tuple.destination.port <= kLast;
}

bool is_ours(const Story& story, const TripTree& trip) {
  return story.lab.client != kNone &&
         (trip.origin == story.lab.client || trip.destination == story.lab.client);
}

void find_echoes(Story& story, const std::vector<uint32_t>& icmp_trips) {
  const Forest& forest = story.forest;
  FlatMap echoes;  // → draft
  for (const uint32_t t : icmp_trips) {
    const TripTree& trip = forest.trips[t];
    const Packet& p = forest.packet(t);
    if (p.has_quote) continue;
    const std::vector<Tuple> tuples = tuples_of(forest, trip);
    uint32_t known = kNone;
    for (const Tuple& tuple : tuples) {
      if (known == kNone) known = echoes.find(echo_key(tuple, p));
    }
    if (known == kNone) {
      if (!is_ours(story, trip)) continue;
      known = story.add(draft_of(story, t));
    } else {
      story.claim(known, t);
    }
    for (const Tuple& tuple : tuples) echoes.set(echo_key(tuple, p), known);
    // An echo is answered as often as it was asked.
    uint32_t asked = 0;
    uint32_t answered = 0;
    for (const uint32_t x : story.drafts[known].trips) {
      const bool asks = forest.packet(x).is_echo_request();
      (asks ? asked : answered) += asks || forest.trips[x].outcome == End::kDelivered ? 1U : 0U;
    }
    story.drafts[known].status = sent_to_expire(story, trip) ? v1::Exchange::OK
                                 : answered == 0             ? v1::Exchange::FAILED
                                 : answered < asked          ? v1::Exchange::DEGRADED
                                                             : v1::Exchange::OK;
  }
}

void find_errors(Story& story, const std::vector<uint32_t>& icmp_trips) {
  const Forest& forest = story.forest;
  FlatMap by_packet;  // → trip
  FlatMap by_tuple;
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    const Packet& p = forest.packet(t);
    if (forest.trips[t].exchange == kNone || !p.is_ip()) continue;
    for (const Tuple& tuple : tuples_of(forest, forest.trips[t])) {
      by_packet.get_or_insert(quote_key(tuple, p.ip_id), t);
      by_tuple.get_or_insert(tuple_key(tuple), t);
    }
  }
  for (const uint32_t t : icmp_trips) {
    const TripTree& trip = forest.trips[t];
    const Packet& p = forest.packet(t);
    if (!p.has_quote) continue;
    // As its sender quoted it, and as it was read where it ended: NAT rewrites the quote.
    uint32_t quoted = kNone;
    for (const Packet* seen : {&p, &forest.last(trip).packet}) {
      if (quoted == kNone)
        quoted = by_packet.find(quote_key(read_quote(*seen).tuple, read_quote(*seen).ip_id));
    }
    for (const Packet* seen : {&p, &forest.last(trip).packet}) {
      if (quoted == kNone) quoted = by_tuple.find(tuple_key(read_quote(*seen).tuple));
    }
    if (quoted == kNone && !is_ours(story, trip)) continue;
    Draft d = draft_of(story, t);
    bool wanted = says_redirect(p);
    if (quoted != kNone) {
      d.parent = forest.trips[quoted].exchange;
      d.phase = story.drafts[d.parent].phase;
      wanted = wanted || (says_time_exceeded(p) && sent_to_expire(story, forest.trips[quoted])) ||
               (says_unreachable(p) && asks_for_arrival(forest.packet(quoted)));
    }
    d.status = wanted ? v1::Exchange::OK : v1::Exchange::FAILED;
    story.add(std::move(d));
  }
}

}  // namespace

bool sent_to_expire(const Story& story, const TripTree& trip) {
  constexpr uint8_t kShort = 32;
  const bool command = split_url(story.lab.bundle.url()).port == 0;
  return command && trip.origin != kNone && trip.origin == story.lab.client &&
         story.forest.root(trip).packet.ttl < kShort;
}

void find_icmp(Story& story, const std::vector<uint32_t>& icmp_trips) {
  if (icmp_trips.empty()) return;
  find_echoes(story, icmp_trips);
  find_errors(story, icmp_trips);
  for (const uint32_t t : icmp_trips) {
    if (!story.claimed(t) && story.forest.trips[t].origin_seen) {
      story.forest.trips[t].background = "background.other_flows";
    }
  }
}

}  // namespace hoplab::journey
