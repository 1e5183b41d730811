// What arrived and was not answered, what was answered and not heard, and what was never sent: the
// place is certain; the layer as far as the node's own state and its daemon's events tell.
#include <algorithm>

#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kGraceNs = 150'000'000;  // time to answer in, before the request ended

class Silence {
 public:
  explicit Silence(Case& c) : c_(c), story_(c.story), forest_(c.story.forest), lab_(c.lab) {}

  void find() {
    // First who does not hear: nobody else is asked why a cache that is deaf says nothing.
    for (uint32_t i = 0; i < story_.drafts.size(); ++i) {
      if (c_.decisive[i] && story_.drafts[i].kind == "dns") deaf_cache(story_.drafts[i]);
    }
    for (uint32_t i = 0; i < story_.drafts.size(); ++i) {
      if (!c_.decisive[i]) continue;
      const Draft& d = story_.drafts[i];
      if (d.kind == "dns") name(i, d);
      if (d.kind == "tcp handshake") handshake(d);
      if (d.asks_for_mac() && d.status == v1::Exchange::FAILED) address(d);
      if (d.kind == "router advertisement" && d.status == v1::Exchange::FAILED) routers(d);
    }
    duplicates();
    for (const Flow& flow : story_.flows) data(flow);
    if (c_.worked) return;
    client_deaf();
    client_mute();
  }

 private:
  // ── what was seen of an exchange
  struct Sides {
    uint32_t asked = kNone;  // trip of the first question that arrived
    bool answer_left = false;
    bool answer_arrived = false;
  };
  Sides sides_of(const Draft& d) const {
    Sides s;
    for (const uint32_t t : d.trips) {
      const TripTree& trip = forest_.trips[t];
      if (trip.origin == d.client && trip.outcome == End::kDelivered &&
          trip.destination == d.server) {
        if (s.asked == kNone) s.asked = t;
      } else if (trip.origin == d.server && d.server != kNone) {
        s.answer_left = true;
        s.answer_arrived = s.answer_arrived || trip.outcome == End::kDelivered;
      }
    }
    return s;
  }
  bool had_time(uint32_t trip) const {
    const int64_t end = lab_.bundle.ended_ns();
    return end == 0 || forest_.trips[trip].end + kGraceNs < end;
  }
  IpAddress asker_address(uint32_t trip) const {
    return forest_.last(forest_.trips[trip]).packet.tuple.source.address;
  }

  Suspect& blame(Rank rank, uint32_t node, const char* layer, v1::Fact cause, v1::Fact proof,
                 uint32_t trip) {
    Suspect* s = c_.find_cause(node, cause.key());
    if (s == nullptr) s = &c_.add(rank, node, layer, std::move(cause));
    s->met = true;
    c_.prove(*s, std::move(proof), trip, forest_.trips[trip].last);
    return *s;
  }
  // Whether the node's tables say that it could not answer; then that is the cause.
  bool cannot_reach(uint32_t node, const IpAddress& destination, uint32_t trip) {
    auto why = no_way(c_, node, destination);
    if (!why) return false;
    suspect_no_way(c_, node, std::move(*why), trip, forest_.trips[trip].last);
    return true;
  }

  // Whether the node's kernel told that a filter of its own discarded a packet of this protocol and
  // these ports (skb:kfree_skb, reason NETFILTER_DROP).
  bool filtered(uint32_t node, uint8_t protocol, uint16_t port) const {
    return std::ranges::any_of(lab_.drops.all(), [&](const auto& drop) {
      return drop->node == node && drop->event->reason() == "NETFILTER_DROP" &&
             drop->packet.is(protocol) && drop->packet.uses_port(port);
    });
  }
  bool filtered(const Draft& d) const { return filtered(d.server, kUdp, 53); }
  // Whether every drop of every kernel would have been told: then no filter did it in silence.
  bool drops_are_told() const {
    const v1::Bundle& bundle = lab_.bundle;
    return bundle.has_drops() && bundle.drops().watched() && bundle.drops().lost() == 0;
  }

  // ── names
  bool is_cache(uint32_t n) const {
    return lab_.nodes[n].role == v1::RESOLVER || lab_.nodes[n].role == v1::GATEWAY;
  }
  // What the daemon itself reported of a name.
  struct Heard {
    bool asked = false;     // that it was asked
    bool answered = false;  // that it answered
    bool told = false;      // that others answered it
    bool alive = false;     // anything, after that time
  };
  Heard heard(uint32_t node, const std::string& name, int64_t since) const {
    Heard h;
    const v1::NodeCapture* capture = lab_.nodes[node].capture;
    if (capture == nullptr) return h;
    for (const auto& event : capture->events()) {
      if (!event.has_dns() || event.time_ns() < since) continue;
      h.alive = true;
      const std::string& type = event.dns().type();
      const std::string& bytes =
          event.dns().query().empty() ? event.dns().response() : event.dns().query();
      const auto m = decode_dns({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
      if (!m || m->name != name) continue;
      h.asked = h.asked || type == "CLIENT_QUERY" || type == "AUTH_QUERY";
      h.answered = h.answered || type == "CLIENT_RESPONSE" || type == "AUTH_RESPONSE";
      h.told = h.told || type == "FORWARDER_RESPONSE" || type == "RESOLVER_RESPONSE";
    }
    return h;
  }
  // Whether the asked cache asked on and waits for that: then whatever failed lies behind it.
  bool waits_for_others(uint32_t number, const Draft& d) const {
    bool told = false;
    bool waits = false;
    for (const Draft& x : story_.drafts) {
      if (x.kind != "dns" || x.client != d.server) continue;
      if (x.parent != number && x.name != d.name) continue;
      const bool answer = x.rcode == 0 && x.name == d.name && x.type == d.type &&
                          had_time(x.trips.back()) && has_answer(x);
      told = told || answer;
      waits = waits || !answer;
    }
    return waits && !told;
  }
  static bool has_answer(const Draft& d) {
    return std::ranges::any_of(d.facts,
                               [](const v1::Fact& f) { return f.key() == "fact.dns_answer"; });
  }

  void name(uint32_t number, const Draft& d) {
    if (d.server == kNone || lab_.silent(d.server)) return;
    const Sides s = sides_of(d);
    if (s.asked != kNone && d.rcode == 2 && is_cache(d.server)) {
      if (!cannot_ask_on(d, s.asked)) asked_nobody(d, s.asked);
      return;
    }
    if (s.asked == kNone || s.answer_arrived) return;
    if (answers_no_names(d.server) && says_so(number, d)) return asks_wrong_server(d, s.asked);
    if (!had_time(s.asked)) return;
    if (s.answer_left) return;  // where it was lost is told elsewhere
    if (answers_no_names(d.server)) return asks_wrong_server(d, s.asked);
    if (is_cache(d.server) && (waits_for_others(number, d) || cannot_ask_on(d, s.asked))) return;
    if (cannot_reach(d.server, asker_address(s.asked), s.asked)) return;
    silent_server(d, s.asked);
  }

  // By its role; what a container answers is its own affair.
  bool answers_no_names(uint32_t n) const {
    return lab_.nodes[n].role != v1::DNS_SERVER && lab_.nodes[n].role != v1::CONTAINER &&
           !is_cache(n);
  }
  // By a port unreachable in answer to the question, which needs no time to be sure (RFC 1122,
  // section 4.1.3.1).
  bool says_so(uint32_t number, const Draft& d) const {
    return std::ranges::any_of(story_.drafts, [&](const Draft& x) {
      return x.kind == "icmp" && x.parent == number && x.client == d.server &&
             is_port_unreachable(forest_.packet(x.trips.front()));
    });
  }
  void asks_wrong_server(const Draft& d, uint32_t asked) {
    const v1::Fact cause = fact("cause.asks_wrong_server",
                                {{"node", lab_.name(d.client)}, {"server", lab_.name(d.server)}});
    v1::Fact proof =
        fact("evidence.dns_silent", {{"count", std::to_string(d.trips.size())}, {"name", d.name}});
    Suspect* s = asker_of(c_, d.client, d.server);
    if (s == nullptr) s = &c_.add(Rank::kServiceBroken, d.client, "name", cause);
    s->met = true;
    c_.prove(*s, std::move(proof), asked, forest_.trips[asked].last);
  }

  // Whether the cache had no way to one of those it should have asked, and did not ask.
  bool cannot_ask_on(const Draft& d, uint32_t trip) {
    for (const IpAddress& address : upstream_of(d.server, d.name)) {
      const uint32_t owner = lab_.owner(address);
      const bool asked = std::ranges::any_of(story_.drafts, [&](const Draft& x) {
        return x.kind == "dns" && x.client == d.server && x.server == owner;
      });
      if (!asked && cannot_reach(d.server, address, trip)) return true;
    }
    return false;
  }
  // An answer arrived at a cache whose daemon reports everything, and did not report that.
  void deaf_cache(const Draft& d) {
    if (d.client == kNone || !is_cache(d.client) || d.rcode < 0 || lab_.silent(d.client)) return;
    const v1::NodeCapture* capture = lab_.nodes[d.client].capture;
    if (capture == nullptr || capture->summary().events_lost() > 0) return;
    if (!had_time(d.trips.back())) return;
    const Heard h = heard(d.client, d.name, story_.start_of(d));
    if (!h.alive || h.told) return;
    blame(Rank::kNoAnswer, d.client, "network",
          fact("cause.deaf", {{"node", lab_.name(d.client)}, {"peer", lab_.name(d.server)}}),
          fact("evidence.again", {{"count", std::to_string(d.trips.size())}}), d.trips.back());
  }

  // It failed though nothing it asked went unanswered: its program or its filter. Where the kernel
  // does not tell which of them, no layer is named.
  void asked_nobody(const Draft& d, uint32_t trip) {
    const auto distrusted = [](const v1::Fact& f) { return f.key() == "fact.dnssec_differs"; };
    const bool waited = std::ranges::any_of(story_.drafts, [&](const Draft& x) {
      return x.kind == "dns" && x.client == d.server &&
             (x.status == v1::Exchange::FAILED || std::ranges::any_of(x.facts, distrusted));
    });
    if (waited || c_.find_cause(d.server, "cause.dns_servfail") != nullptr) return;
    // It may remember a failure of before this request (RFC 9520).
    const bool asked = std::ranges::any_of(
        story_.drafts, [&](const Draft& x) { return x.kind == "dns" && x.client == d.server; });
    if (!asked && !lab_.bundle.cold() && !filtered(d)) return;
    const char* layer = filtered(d) ? "network" : drops_are_told() ? "name" : "";
    blame(Rank::kServiceBroken, d.server, layer,
          fact("cause.asked_nobody", {{"node", lab_.name(d.server)}, {"name", d.name}}),
          fact("evidence.dns_rcode", {{"rcode", "SERVFAIL"}, {"name", d.name}}), trip);
  }
  // Its forwarders; without any, the servers of the zones the name is in.
  std::vector<IpAddress> upstream_of(uint32_t node, const std::string& name) const {
    std::vector<IpAddress> addresses;
    const v1::NodeSpec* spec = lab_.nodes[node].spec;
    if (spec == nullptr) return addresses;
    const v1::ResolverSpec& resolver =
        spec->has_gateway() ? spec->gateway().resolver() : spec->resolver();
    for (const auto& text : resolver.forwarders()) addresses.push_back(address_of(text));
    if (!addresses.empty()) return addresses;
    for (const Node& server : lab_.nodes) {
      if (server.spec == nullptr || !server.spec->has_dns_server()) continue;
      const auto& zones = server.spec->dns_server().zones();
      if (std::ranges::none_of(zones,
                               [&](const auto& z) { return dns_within(name, z.origin()); })) {
        continue;
      }
      for (const auto& i : server.spec->interfaces()) {
        for (const auto& text : i.addresses()) addresses.push_back(address_of(text));
      }
    }
    return addresses;
  }

  void silent_server(const Draft& d, uint32_t asked) {
    if (c_.find_cause(d.server, "cause.deaf") != nullptr) return;
    const std::string& server = lab_.name(d.server);
    const Heard h = heard(d.server, d.name, forest_.trips[asked].start);
    const v1::Fact proof =
        fact("evidence.dns_silent", {{"count", std::to_string(d.trips.size())}, {"name", d.name}});
    if (h.answered) {
      blame(Rank::kNoAnswer, d.server, "network", fact("cause.answer_kept", {{"node", server}}),
            proof, asked);
    } else if ((h.alive && !h.asked) || filtered(d)) {
      // Its daemon reported other things, and not this.
      blame(Rank::kNoAnswer, d.server, "network", fact("cause.question_kept", {{"node", server}}),
            proof, asked);
    } else {
      // A cache reports nothing of its agent's probes: its silence is the program's, or a filter's
      // where filters are not told of.
      const bool untold = is_cache(d.server) && !h.alive && !drops_are_told();
      blame(Rank::kNoAnswer, d.server, untold ? "" : "name",
            fact("cause.dns_silent", {{"node", server}, {"name", d.name}}), proof, asked);
    }
  }

  // ── ARP, Neighbor Discovery: the asked node heard the question and said nothing
  void address(const Draft& d) {
    if (d.server == kNone || lab_.silent(d.server) || d.server == d.client) return;
    uint32_t heard = kNone;
    for (const uint32_t t : d.trips) {
      const TripTree& trip = forest_.trips[t];
      if (trip.origin == d.server) return;  // it answered
      forest_.walk(trip.root, [&](uint32_t i) {
        const Seen& s = forest_.frames[i];
        if (!s.out && forest_.node_of(s) == d.server && had_time(t)) heard = t;
      });
    }
    if (heard == kNone) return;
    const auto talk = read_resolution(forest_.packet(heard));
    if (!talk) return;
    const bool v6 = talk->target.is_v6();
    blame(Rank::kDropped, d.server, "link",
          fact("cause.arp_ignored", {{"node", lab_.name(d.server)}}),
          fact(v6 ? "evidence.nd" : "evidence.arp",
               {{"tries", std::to_string(d.trips.size())}, {"target", address_text(talk->target)}}),
          heard);
  }

  // ── IPv6: routers that were asked and did not advertise; addresses that somebody has already
  bool should_advertise(uint32_t n) const {
    const v1::NodeSpec* spec = lab_.nodes[n].spec;
    return lab_.nodes[n].role == v1::ROUTER ||
           (spec != nullptr && !spec->gateway().advertisements().empty());
  }
  void routers(const Draft& d) {
    for (const uint32_t t : d.trips) {
      uint32_t heard = kNone;
      forest_.walk(forest_.trips[t].root, [&](uint32_t i) {
        const Seen& s = forest_.frames[i];
        const uint32_t node = s.out ? kNone : forest_.node_of(s);
        if (node != kNone && should_advertise(node)) heard = node;
      });
      if (heard == kNone || lab_.silent(heard) || !had_time(t)) continue;
      blame(Rank::kNoAnswer, heard, "network",
            fact("cause.no_advertisement", {{"node", lab_.name(heard)}}),
            fact("evidence.again", {{"count", std::to_string(d.trips.size())}}), t);
      return;
    }
  }
  void duplicates() {
    for (const Draft& d : story_.drafts) {
      if (d.kind != "duplicate address detection" || d.status != v1::Exchange::FAILED) continue;
      if (d.server == kNone) continue;
      blame(Rank::kServiceBroken, d.server, "network",
            fact("cause.duplicate_address", {{"node", lab_.name(d.server)},
                                             {"client", lab_.name(d.client)},
                                             {"address", d.name}}),
            fact("evidence.duplicate_address", {{"address", d.name}}), d.trips.back());
    }
  }

  // ── connections
  // Whether the client went on after the answer to its SYN.
  bool went_on(const Draft& d) const {
    const uint32_t number = story_.flow_of_trip[d.trips.front()];
    if (number == kNone) return true;
    const auto& trips = story_.flows[number].trips;
    return std::ranges::any_of(trips, [&](uint32_t t) {
      return forest_.trips[t].origin == d.client && (forest_.packet(t).flags & (kAck | kRst)) != 0;
    });
  }

  void handshake(const Draft& d) {
    if (d.refused || d.server == kNone || d.client == kNone || lab_.silent(d.server)) return;
    const Sides s = sides_of(d);
    if (s.asked == kNone || !had_time(s.asked)) return;
    if (s.answer_arrived) {
      if (went_on(d) || lab_.silent(d.client)) return;
      blame(Rank::kNoAnswer, d.client, "network",
            fact("cause.deaf", {{"node", lab_.name(d.client)}, {"peer", lab_.name(d.server)}}),
            fact("evidence.again", {{"count", std::to_string(d.trips.size())}}), s.asked);
      return;
    }
    if (d.status != v1::Exchange::FAILED) return;
    if (s.answer_left || cannot_reach(d.server, asker_address(s.asked), s.asked)) return;
    const auto port = d.title.args().find("port");
    blame(
        Rank::kNoAnswer, d.server, "network",
        fact("cause.syn_unanswered", {{"node", lab_.name(d.server)},
                                      {"port", port == d.title.args().end() ? "?" : port->second}}),
        fact("evidence.syn_arrived", {{"count", std::to_string(d.trips.size())}}), s.asked);
  }

  // Data that arrived and was never acknowledged: a TCP that got it would have.
  void data(const Flow& flow) {
    if (flow.client == kNone || flow.server == kNone || flow.trips.empty()) return;
    if (!std::ranges::any_of(flow.trips, [&](uint32_t t) { return c_.counts(t); })) return;
    for (const uint32_t t : flow.trips) {
      const TripTree& trip = forest_.trips[t];
      const Packet& p = forest_.packet(t);
      if (p.payload_size() == 0 || trip.outcome != End::kDelivered || !had_time(t)) continue;
      if (trip.origin != flow.client && trip.origin != flow.server) continue;
      const uint32_t receiver = trip.origin == flow.client ? flow.server : flow.client;
      if (trip.destination != receiver || lab_.silent(receiver)) continue;
      const uint32_t end = p.sequence + p.payload_size();
      const bool heard = std::ranges::any_of(flow.trips, [&](uint32_t other) {
        const Packet& q = forest_.packet(other);
        return forest_.trips[other].origin == receiver && (q.flags & (kAck | kRst)) != 0 &&
               (static_cast<int32_t>(q.acknowledgement - end) >= 0 || (q.flags & kRst) != 0);
      });
      if (heard) continue;
      blame(Rank::kNoAnswer, receiver, "network",
            fact("cause.unacknowledged", {{"node", lab_.name(receiver)}}),
            fact("evidence.unacknowledged", {{"bytes", std::to_string(p.payload_size())}}), t);
      return;
    }
  }

  // ── the client itself
  bool tried_to_connect() const {
    return std::ranges::any_of(story_.drafts, [&](const Draft& d) {
      return d.kind == "tcp handshake" && d.client == lab_.client;
    });
  }
  // It was told the address and did nothing with it.
  void client_deaf() {
    if (tried_to_connect() || split_url(lab_.bundle.url()).port == 0) return;
    uint32_t told = kNone;
    for (const Draft& d : story_.drafts) {
      if (d.kind != "dns" || d.client != lab_.client || d.rcode != 0) continue;
      const bool address = std::ranges::any_of(d.facts, [](const v1::Fact& f) {
        return f.key() == "fact.dns_answer" && is_address_type(f.args().at("type"));
      });
      if (address && had_time(d.trips.back())) told = d.trips.back();
    }
    if (told == kNone) return;
    blame(Rank::kNoAnswer, lab_.client, "network",
          fact("cause.client_stopped", {{"node", lab_.name(lab_.client)}}),
          fact("evidence.client_error", {{"error", lab_.bundle.result().error()}}), told);
  }
  // It never asked anything.
  void client_mute() {
    if (lab_.client == kNone || !lab_.bundle.result().dhcp_error().empty()) return;
    if (split_url(lab_.bundle.url()).port == 0) return;
    const bool spoke = std::ranges::any_of(story_.drafts, [&](const Draft& d) {
      return d.client == lab_.client &&
             (d.kind == "dns" || d.kind == "tcp handshake" || d.kind == "flow" || d.kind == "tcp");
    });
    const bool untold = std::ranges::any_of(story_.drafts, [&](const Draft& d) {
      return (d.kind == "router advertisement" || d.kind == "dhcpv6") &&
             d.status == v1::Exchange::FAILED;
    });
    if (spoke || untold) return;
    std::vector<std::string> wanted(lab_.bundle.result().lease().name_servers().begin(),
                                    lab_.bundle.result().lease().name_servers().end());
    const std::string host = split_url(lab_.bundle.url()).host;
    if (!address_of(host).is_unspecified()) wanted = {host};
    for (const std::string& text : wanted) {
      if (auto why = no_way(c_, lab_.client, address_of(text))) {
        suspect_no_way(c_, lab_.client, std::move(*why), kNone, kNone);
        return;
      }
    }
    Suspect& s = c_.add(Rank::kNoAnswer, lab_.client, "network",
                        fact("cause.sent_nothing", {{"node", lab_.name(lab_.client)}}));
    s.met = true;
    c_.prove(s, fact("evidence.client_error", {{"error", lab_.bundle.result().error()}}));
  }

  Case& c_;
  const Story& story_;
  const Forest& forest_;
  const Lab& lab_;
};

}  // namespace

bool is_port_unreachable(const Packet& p) {
  return p.is_icmp() && (p.net == Net::kIpv6 ? p.icmp_type == 1 && p.icmp_code == 4
                                             : p.icmp_type == 3 && p.icmp_code == 3);
}

Suspect* asker_of(Case& c, uint32_t asker, uint32_t server) {
  const auto same = std::ranges::find_if(c.suspects, [&](const Suspect& s) {
    const v1::Fact& cause = s.culprit.cause();
    return s.node == asker && cause.key() == "cause.asks_wrong_server" &&
           cause.args().at("server") == c.lab.name(server);
  });
  return same == c.suspects.end() ? nullptr : &*same;
}

void suspect_unanswered(Case& c) { Silence(c).find(); }

}  // namespace hoplab::journey
