// How a client finds its IPv6 address itself: it asks whether anybody has the one it is about to
// use (RFC 4862, section 5.4), and asks for routers (RFC 4861, section 6.3.7).
#include <algorithm>

#include "controller/journey/decode/icmpv6.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/lease_talk.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kAnswerNs = 3'000'000'000;  // after a solicitation; later ones are unsolicited

struct Probe {
  IpAddress target;
  std::vector<uint32_t> trips;
  uint32_t answer = kNone;  // trip
  uint64_t mac = 0;         // of who answered
};

struct Search {  // for routers
  int64_t last = 0;
  std::vector<uint32_t> trips;
  uint32_t tries = 0;
  uint32_t answer = kNone;  // trip
};

class AutoconfFinder {
 public:
  explicit AutoconfFinder(Story& story) : story_(story), forest_(story.forest), lab_(story.lab) {}

  void run(const Sorted& sorted) {
    for (const uint32_t t : sorted.arp) probe(t);
    for (const uint32_t t : sorted.other) {
      if (forest_.packet(t).net == Net::kIpv6 && forest_.packet(t).is(kIcmpv6)) router_talk(t);
    }
    for (const Probe& p : probes_) tell(p);
    for (const Search& s : searches_) tell(s);
  }

 private:
  [[nodiscard]] bool ours(uint32_t trip) const {
    return lab_.client != kNone && forest_.trips[trip].origin == lab_.client;
  }

  void probe(uint32_t t) {
    const auto talk = read_resolution(forest_.packet(t));
    if (!talk || !talk->target.is_v6()) return;
    if (talk->asks) {
      if (!talk->sender.is_unspecified() || !ours(t)) return;
      story_.summaries[t] = fact("trip.dad", {{"address", address_text(talk->target)}});
      // A question after an answer is a new one: the address was tried again.
      if (probes_.empty() || probes_.back().target != talk->target ||
          probes_.back().answer != kNone) {
        probes_.push_back({.target = talk->target, .trips = {}});
      }
      probes_.back().trips.push_back(t);
      return;
    }
    // Who has it tells everybody: the one that asks has no address to be answered at.
    if (ours(t) || !forest_.packet(t).tuple.destination.address.is_multicast()) return;
    for (Probe& p : probes_) {
      if (p.target != talk->target || p.answer != kNone) continue;
      p.answer = t;
      p.mac = talk->mac;
      p.trips.push_back(t);
      story_.summaries[t] = fact("trip.nd_advertisement", {{"address", address_text(talk->target)},
                                                           {"mac", mac_text(talk->mac)}});
    }
  }

  void router_talk(uint32_t t) {
    const TripTree& trip = forest_.trips[t];
    const Packet& p = forest_.packet(t);
    if (p.icmp_type == Icmpv6Message::kRouterSolicitation && ours(t)) {
      story_.summaries[t] =
          fact("trip.router_solicitation", {{"sender", address_text(p.tuple.source.address)}});
      if (searches_.empty() || searches_.back().answer != kNone) searches_.emplace_back();
      Search& s = searches_.back();
      s.trips.push_back(t);
      s.last = trip.start;
      ++s.tries;
    } else if (p.icmp_type == Icmpv6Message::kRouterAdvertisement && !searches_.empty()) {
      Search& s = searches_.back();
      if (s.answer != kNone || trip.start < s.last || trip.start - s.last > kAnswerNs) return;
      if (arrival_at(story_, t, lab_.client) == kNone) return;
      std::string prefixes;
      for (const auto& prefix : decode_icmpv6(p).prefixes) {
        append_item(prefixes, prefix_text(prefix.address, prefix.length, true));
      }
      story_.summaries[t] = fact("trip.router_advertisement",
                                 {{"router", lab_.name(trip.origin)}, {"prefixes", prefixes}});
      story_.forest.trips[t].destination = lab_.client;  // of all who heard it
      s.answer = t;
      s.trips.push_back(t);
    }
  }

  void tell(const Probe& p) {
    Draft d;
    d.kind = "duplicate address detection";
    d.phase = v1::Phase::ADDRESS;
    d.client = lab_.client;
    d.trips = p.trips;
    const std::string address = address_text(p.target);
    d.name = address;
    d.title = fact("exchange.dad", {{"client", lab_.name(lab_.client)}, {"address", address}});
    const Packet& asked = forest_.packet(p.trips.front());
    if (const uint64_t mac = mac_within(p.target); mac != 0) {
      d.facts.push_back(fact("fact.eui64", {{"address", address}, {"mac", mac_text(mac)}}));
    }
    d.facts.push_back(
        fact("fact.dad_sent",
             {{"address", address}, {"group", address_text(asked.tuple.destination.address)}}));
    if (p.answer == kNone) {
      d.facts.push_back(fact("fact.dad_free", {{"address", address}}));
      for (const uint32_t t : p.trips) {
        if (forest_.trips[t].outcome != End::kIgnored) continue;
        story_.decide(forest_.trips[t].root,
                      explain({}, fact("dad.unheard", {{"address", address}})));
      }
    } else {
      d.server = forest_.trips[p.answer].origin;
      d.status = v1::Exchange::FAILED;
      for (const uint32_t t : p.trips) {  // who answers has heard it
        TripTree& trip = forest_.trips[t];
        if (trip.outcome != End::kIgnored) continue;
        trip.outcome = End::kDelivered;
        trip.destination = d.server;
      }
      d.facts.push_back(
          fact("fact.dad_taken",
               {{"address", address}, {"node", lab_.name(d.server)}, {"mac", mac_text(p.mac)}}));
    }
    story_.add(std::move(d));
  }

  // The MAC of the client's that the address was made of; 0: of none.
  [[nodiscard]] uint64_t mac_within(const IpAddress& address) const {
    for (const uint32_t i : lab_.nodes[lab_.client].interfaces) {
      const uint64_t mac = lab_.interfaces[i].mac;
      if (mac != 0 && eui64(mac) == address.low) return mac;
    }
    return 0;
  }
  static uint64_t eui64(uint64_t mac) {
    const uint64_t high = mac >> 24U ^ 0x020000U;
    return high << 40U | 0xfffeULL << 24U | (mac & 0xffffffU);
  }

  void tell(const Search& s) {
    const std::string client = lab_.name(lab_.client);
    Draft d;
    d.kind = "router advertisement";
    d.phase = v1::Phase::ADDRESS;
    d.client = lab_.client;
    d.trips = s.trips;
    d.facts.push_back(fact("fact.router_asked", {{"client", client}}));
    if (s.answer == kNone) {
      d.status = v1::Exchange::FAILED;
      d.title = fact("exchange.no_router", {{"client", client}});
      d.facts.push_back(fact("fact.router_silent", {{"tries", std::to_string(s.tries)}}));
      if (const int64_t on = went_on(s.last); on != 0) {
        const int64_t waited = on - forest_.trips[s.trips.front()].start;
        d.facts.push_back(
            fact("fact.router_waited", {{"client", client}, {"time", duration_text(waited)}}));
      }
      story_.add(std::move(d));
      return;
    }
    d.server = forest_.trips[s.answer].origin;
    const std::string router = lab_.name(d.server);
    d.title = fact("exchange.router_advertisement", {{"client", client}, {"router", router}});
    tell_advertisement(forest_.packet(s.answer), router, d);
    decide(s);
    story_.add(std::move(d));
  }

  // When the client's next packet left that is no Neighbor Discovery; 0: none did.
  [[nodiscard]] int64_t went_on(int64_t after) const {
    for (uint32_t t = 0; t < forest_.trips.size(); ++t) {
      const Packet& p = forest_.packet(t);
      if (ours(t) && forest_.trips[t].start > after && p.is_ip() && !p.is(kIcmpv6)) {
        return forest_.trips[t].start;
      }
    }
    return 0;
  }

  void tell_advertisement(const Packet& p, const std::string& router, Draft& d) const {
    const Icmpv6Message m = decode_icmpv6(p);
    const auto say =
        [&](std::string_view key,
            std::initializer_list<std::pair<std::string_view, std::string>> args = {}) {
          d.facts.push_back(fact(key, args));
        };
    if (m.router_lifetime_seconds != 0) {
      say("fact.ra_way_out", {{"router", router},
                              {"address", address_text(p.tuple.source.address)},
                              {"seconds", std::to_string(m.router_lifetime_seconds)}});
    } else {
      say("fact.ra_no_way_out", {{"router", router}});
    }
    if (m.managed) say("fact.ra_managed");
    if (m.other_configuration && !m.managed) say("fact.ra_other");
    for (const auto& prefix : m.prefixes) {
      const std::string text = prefix_text(prefix.address, prefix.length, true);
      say(prefix.autonomous ? "fact.ra_prefix_autonomous" : "fact.ra_prefix_managed",
          {{"prefix", text},
           {"valid", std::to_string(prefix.valid_seconds)},
           {"preferred", std::to_string(prefix.preferred_seconds)}});
      // An address is made of a /64 alone: the other half is the host's.
      if (!prefix.autonomous || prefix.length != 64) continue;
      const IpAddress made = address_in(net::ip_address(prefix.address));
      if (made.is_unspecified()) continue;
      say("fact.slaac",
          {{"client", lab_.name(lab_.client)}, {"prefix", text}, {"address", address_text(made)}});
    }
    if (!m.name_servers.empty()) {
      std::string servers;
      for (const Bytes& server : m.name_servers) append_item(servers, address_text(server));
      say("fact.ra_name_servers",
          {{"servers", servers}, {"seconds", std::to_string(m.name_server_seconds)}});
    }
    if (m.retransmission_ms != 0) {
      say("fact.ra_retransmission", {{"milliseconds", std::to_string(m.retransmission_ms)}});
    }
  }

  // What the client has of that /64, as its own state tells; else what its MAC would give.
  [[nodiscard]] IpAddress address_in(const IpAddress& network) const {
    for (const IpAddress& own : lab_.nodes[lab_.client].addresses) {
      if (own.is_v6() && own.high == network.high) return own;
    }
    return {};
  }

  void decide(const Search& s) {
    const uint32_t router = forest_.trips[s.answer].origin;
    const uint32_t frame = arrival_at(story_, s.trips[s.trips.size() - 2], router);
    if (frame == kNone) return;
    const Seen& seen = forest_.frames[frame];
    const bool to_all = forest_.packet(s.answer).tuple.destination.address.is_multicast();
    story_.decide(
        frame,
        explain(fact("ra.asked", {{"sender", address_text(seen.packet.tuple.source.address)}}),
                fact(to_all ? "ra.answers" : "ra.answers_one",
                     {{"interface", lab_.interfaces[seen.interface].name},
                      {"wait", duration_text(forest_.trips[s.answer].start - seen.time)}})));
  }

  Story& story_;
  Forest& forest_;
  const Lab& lab_;
  std::vector<Probe> probes_;
  std::vector<Search> searches_;
};

}  // namespace

void find_autoconf(Story& story, const Sorted& sorted) {
  if (story.lab.client != kNone) AutoconfFinder(story).run(sorted);
}

}  // namespace hoplab::journey
