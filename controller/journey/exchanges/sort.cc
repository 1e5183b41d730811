#include <fmt/format.h>

#include <charconv>

#include "controller/journey/decode/dhcpv6.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

// IS-IS speaks to neighbours without IP (ISO 10589): LLC service access point fe at both ends.
bool is_isis(const Packet& p) {
  const Bytes llc = p.payload_bytes();
  return p.net == Net::kLlc && llc.size() > 1 && llc[0] == 0xfe && llc[1] == 0xfe;
}

// Of who listens to which group (RFC 2710, RFC 3810): each address needs one.
bool is_listener_report(uint8_t type) { return (type >= 130 && type <= 132) || type == 143; }

// The lab's own life by protocol alone; nullptr when the protocol does not tell.
const char* background_kind(const Packet& p) {
  if (is_isis(p)) return "background.routing";
  if (p.net == Net::kLlc || p.ether_type == 0x88cc) return "background.bridge";
  if (!p.is_ip()) return nullptr;
  if (p.is(kIcmpv6) && is_listener_report(p.icmp_type)) return "background.ipv6";
  if (p.tuple.protocol == kOspf) return "background.ospf";
  if (p.tuple.protocol == kEigrp) return "background.routing";
  if (p.tuple.protocol == kIgmp) return "background.multicast";
  if (p.is(kTcp) && p.uses_port(179)) return "background.bgp";
  if (p.is(kUdp) && (p.uses_port(520) || p.uses_port(521) || p.uses_port(3784)))
    return "background.routing";
  if (p.is(kUdp) && p.uses_port(5353)) return "background.multicast";
  return nullptr;
}

// What routers and hosts of a link say to each other (RFC 4861): solicitations, advertisements of
// routers, redirects.
bool is_discovery(const Packet& p) {
  return p.net == Net::kIpv6 && p.is(kIcmpv6) && p.icmp_type >= 133 && p.icmp_type <= 136;
}

// Port and TTL tell one probe of a traceroute from the next.
std::string protocol_text(const Packet& p) {
  const std::string what = p.is(kUdp) ? fmt::format("UDP {}", p.tuple.destination.port)
                                      : fmt::format("IP {}", p.tuple.protocol);
  return fmt::format("{}, {} {}", what, ttl_name(p), p.ttl);
}

}  // namespace

Sorted sort_trips(Story& story) {
  Sorted sorted;
  for (uint32_t t = 0; t < story.forest.trips.size(); ++t) {
    const Packet& p = story.forest.packet(t);
    // Left over: what cannot be read, or was seen nobody knows where.
    if (p.malformed != nullptr ||
        story.forest.frames[story.forest.trips[t].root].interface == kNone) {
      continue;
    }
    if (story.forest.trips[t].fragment_of != kNone) {
      sorted.fragments.push_back(t);
    } else if (const char* kind = background_kind(p)) {
      story.forest.trips[t].background = kind;
    } else if (read_resolution(p)) {
      sorted.arp.push_back(t);
    } else if (p.is(kUdp) && (p.uses_port(67) || p.uses_port(68))) {
      sorted.dhcp.push_back(t);
    } else if (is_dhcpv6(p)) {
      sorted.dhcpv6.push_back(t);
    } else if (p.is(kUdp) && p.uses_port(53)) {
      sorted.dns.push_back(t);
    } else if (p.is(kTcp)) {
      sorted.tcp.push_back(t);
    } else if (p.is_icmp() && !is_discovery(p)) {
      sorted.icmp.push_back(t);
    } else {
      sorted.other.push_back(t);
    }
  }
  return sorted;
}

void claim_parts(Story& story, const std::vector<uint32_t>& fragments) {
  // What a packet went on as is of the same exchange.
  for (uint32_t t = 0; t < story.forest.trips.size(); ++t) {
    const uint32_t on = story.forest.trips[t].merged_into;
    if (on == kNone || story.forest.trips[on].exchange != kNone) continue;
    story.forest.trips[on].background = story.forest.trips[t].background;
    if (story.forest.trips[t].exchange != kNone) story.claim(story.forest.trips[t].exchange, on);
  }
  for (const uint32_t t : fragments) {
    TripTree& trip = story.forest.trips[t];
    const TripTree& first = story.forest.trips[trip.fragment_of];
    trip.background = first.background;
    if (first.exchange == kNone) continue;
    Draft& draft = story.drafts[first.exchange];
    story.claim(first.exchange, t);
    // Without one of its parts a datagram is nothing to who waits for it.
    if (is_lost(trip.outcome) && draft.status == v1::Exchange::OK) {
      draft.status = v1::Exchange::DEGRADED;
    }
  }
}

uint64_t tuple_key(const Tuple& t) {
  const uint64_t a = digest(t.source);
  const uint64_t b = digest(t.destination);
  return a < b ? mix(mix(a, b), t.protocol) : mix(mix(b, a), t.protocol);
}

std::vector<Tuple> tuples_of(const Forest& forest, const TripTree& trip) {
  std::vector<Tuple> tuples;
  for (uint32_t i = trip.last; i != kNone; i = forest.frames[i].parent) {
    const Tuple& t = forest.frames[i].packet.tuple;
    if (tuples.empty() || !(tuples.back() == t)) tuples.push_back(t);
  }
  return {tuples.rbegin(), tuples.rend()};
}

Url split_url(const std::string& text) {
  Url url;
  const size_t colon = text.find("://");
  if (colon == std::string::npos) return url;
  url.scheme = text.substr(0, colon);
  if (url.scheme == "http") url.port = 80;
  if (url.scheme == "https") url.port = 443;
  if (url.port == 0) return url;
  const size_t begin = colon + 3;
  const size_t slash = text.find_first_of("/?#", begin);
  url.host = text.substr(begin, slash == std::string::npos ? slash : slash - begin);
  url.path = slash == std::string::npos ? "/" : text.substr(slash);
  // RFC 3986, section 3.2.2: an IPv6 address stands in brackets.
  const size_t bracket = url.host.starts_with('[') ? url.host.find(']') : std::string::npos;
  const size_t at = url.host.find(':', bracket == std::string::npos ? 0 : bracket);
  if (at != std::string::npos) {
    uint16_t port = 0;
    std::from_chars(url.host.data() + at + 1, url.host.data() + url.host.size(), port);
    if (port != 0) url.port = port;
    url.host.resize(at);
  }
  if (bracket != std::string::npos) url.host = url.host.substr(1, bracket - 1);
  return url;
}

void claim_rest(Story& story, const Sorted& sorted) {
  Forest& forest = story.forest;
  for (const Flow& flow : story.flows) {
    if (flow.claimed) continue;
    const bool ours = story.lab.client != kNone &&
                      (flow.client == story.lab.client || flow.server == story.lab.client) &&
                      !is_health_check(story, flow);
    if (ours && flow.earlier) {
      for (const uint32_t t : flow.trips) forest.trips[t].background = "background.earlier";
      continue;
    }
    if (ours) {
      Draft d;
      d.kind = "tcp";
      d.client = flow.client;
      d.server = flow.server;
      d.trips = flow.trips;
      d.title = fact("exchange.tcp_data", {{"client", story.lab.name(flow.client)},
                                           {"server", story.lab.name(flow.server)},
                                           {"port", std::to_string(flow.tuple.destination.port)}});
      story.add(std::move(d));
      continue;
    }
    const bool balancer =
        flow.client != kNone && story.lab.nodes[flow.client].role == v1::LOAD_BALANCER;
    for (const uint32_t t : flow.trips) {
      if (story.claimed(t)) continue;
      forest.trips[t].background = balancer ? "background.health_check" : "background.other_flows";
    }
  }
  for (const auto* list : {&sorted.other, &sorted.dns}) {
    for (const uint32_t t : *list) {
      TripTree& trip = forest.trips[t];
      if (story.claimed(t)) continue;
      const Packet& p = forest.packet(t);
      if (is_discovery(p)) {
        trip.background = "background.ipv6";
        continue;
      }
      const bool known_kind = p.is_ip();
      if (story.lab.client != kNone && trip.origin == story.lab.client && known_kind) {
        Draft d;
        d.kind = "flow";
        d.client = trip.origin;
        d.server = trip.destination;
        d.trips = {t};
        d.title = fact("exchange.flow", {{"client", story.lab.name(trip.origin)},
                                         {"server", story.lab.name(trip.destination)},
                                         {"protocol", protocol_text(p)}});
        story.add(std::move(d));
      } else if (trip.origin_seen && known_kind) {
        trip.background =
            p.is(kUdp) && p.uses_port(53) ? "background.dns" : "background.other_flows";
      }
    }
  }
}

}  // namespace hoplab::journey
