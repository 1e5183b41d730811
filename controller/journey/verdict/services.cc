// What the answers tell: services that answer wrong, refuse, or break off.
#include <algorithm>

#include "controller/journey/decisions/evidence.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool arrived(const Story& story, const Draft& d) {
  return std::ranges::any_of(d.trips, [&](uint32_t t) {
    const TripTree& trip = story.forest.trips[t];
    return trip.origin == d.client && trip.outcome == End::kDelivered;
  });
}
// The client's own question at the head of a chain.
const Draft& first_of(const std::vector<Draft>& drafts, const Draft& draft) {
  const Draft* d = &draft;
  for (int depth = 0; d->parent != kNone && depth < 64; ++depth) d = &drafts[d->parent];
  return *d;
}

// Whether a cache that asked nobody may answer for a failure of before this request (RFC 9520).
bool may_remember(const Case& c, uint32_t server) {
  const v1::Role role = c.lab.nodes[server].role;
  if (role != v1::RESOLVER && role != v1::GATEWAY) return false;
  return !c.lab.bundle.cold() && std::ranges::none_of(c.story.drafts, [&](const Draft& d) {
    return d.kind == "dns" && d.client == server;
  });
}

// A failed answer is the fault of the server farthest from the client: one whose own questions,
// if it asked any, were answered well.
void suspect_names(Case& c) {
  const auto& drafts = c.story.drafts;
  std::vector<bool> excused(drafts.size(), false);
  for (const Draft& d : drafts) {
    if (d.kind == "dns" && d.parent != kNone && d.status == v1::Exchange::FAILED) {
      excused[d.parent] = true;
    }
  }
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    const Draft& d = drafts[i];
    if (d.kind != "dns" || d.status != v1::Exchange::FAILED || excused[i] || d.server == kNone ||
        !c.decisive[i]) {
      continue;
    }
    const std::string& node = c.lab.name(d.server);
    const uint32_t trip = d.trips.back();
    const uint32_t frame = c.story.forest.trips[trip].root;
    // Why it could not ask those who know is told already.
    const bool told = std::ranges::any_of(c.suspects, [&](const Suspect& s) {
      return s.node == d.server && s.met &&
             (!s.destination.is_unspecified() || s.culprit.cause().key() == "cause.asked_nobody" ||
              s.culprit.cause().key() == "cause.deaf");
    });
    if (d.rcode == 2 && told) continue;
    if (d.rcode == 2) {
      Suspect* s = c.find_cause(d.server, "cause.dns_servfail");
      if (s == nullptr) {
        if (may_remember(c, d.server)) continue;
        s = &c.add(Rank::kServiceBroken, d.server, "name",
                   fact("cause.dns_servfail", {{"node", node}, {"name", d.name}}));
      }
      s->met = true;
      c.prove(*s, fact("evidence.dns_rcode", {{"rcode", "SERVFAIL"}, {"name", d.name}}), trip,
              frame);
    } else if (d.rcode > 0) {
      const std::string rcode = dns_rcode_name(static_cast<uint8_t>(d.rcode));
      // Only the answer that reached the client counts: resolvers ask for much that is not there.
      if (c.worked || first_of(drafts, d).rcode != d.rcode) continue;
      if (c.find_cause(d.server, "cause.dns_refused") != nullptr) continue;
      Suspect& s =
          c.add(Rank::kServiceBroken, d.server, "name",
                fact("cause.dns_refused", {{"node", node}, {"name", d.name}, {"rcode", rcode}}));
      s.met = true;
      c.prove(s, fact("evidence.dns_rcode", {{"rcode", rcode}, {"name", d.name}}), trip, frame);
    }
  }
}

// A zone whose keys its parent does not vouch for: resolvers that check refuse all that is in it.
void suspect_trust(Case& c) {
  for (const Draft& d : c.story.drafts) {
    if (d.kind != "dns" || d.server == kNone) continue;
    const auto differs = std::ranges::find(d.facts, "fact.dnssec_differs", &v1::Fact::key);
    if (differs == d.facts.end()) continue;
    const auto& args = differs->args();
    Suspect* s = c.find_cause(d.server, "cause.dnssec_broken");
    if (s == nullptr) {
      s = &c.add(
          Rank::kServiceBroken, d.server, "name",
          fact("cause.dnssec_broken", {{"node", c.lab.name(d.server)}, {"zone", args.at("zone")}}));
    }
    s->met = true;
    const uint32_t trip = d.trips.back();
    c.prove(
        *s,
        fact("evidence.dnssec_differs", {{"vouched", args.at("vouched")}, {"key", args.at("key")}}),
        trip, c.story.forest.trips[trip].root);
  }
}

// A cache that answers SERVFAIL because those it asked did, or said nothing, only passes it on.
void excuse_caches(Case& c) {
  const auto is_cache = [&](uint32_t n) {
    return n != kNone &&
           (c.lab.nodes[n].role == v1::RESOLVER || c.lab.nodes[n].role == v1::GATEWAY);
  };
  const auto fails = [](const Suspect& s) {
    return s.culprit.cause().key() == "cause.dns_servfail";
  };
  const bool source = std::ranges::any_of(c.suspects, [&](const Suspect& s) {
    return (fails(s) && !is_cache(s.node)) || s.culprit.cause().key() == "cause.dnssec_broken";
  });
  for (Suspect& s : c.suspects) {
    if (!fails(s) || !is_cache(s.node)) continue;
    const bool asked_in_vain = std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
      return d.kind == "dns" && d.client == s.node && (d.rcode == 2 || d.rcode == -1);
    });
    if (source || asked_in_vain) s.rank = Rank::kPassedOn;
  }
}

// The reset that broke a connection off, by another than its client and before that said it was
// done; kNone: none.
uint32_t reset_of(const Case& c, const Draft& d) {
  const uint32_t number = c.story.flow_of_trip[d.trips.front()];
  if (number == kNone) return kNone;
  for (const uint32_t t : c.story.flows[number].trips) {
    const TripTree& trip = c.story.forest.trips[t];
    const unsigned flags = c.story.forest.packet(t).flags;
    if ((flags & (kFin | kRst)) == 0) continue;
    if ((flags & kRst) != 0 && trip.origin != d.client) return t;
    if (trip.origin == d.client) break;
  }
  return kNone;
}

// Made elsewhere and first seen here: nobody can be named.
bool made_at_origin(const Case& c, uint32_t t) {
  const TripTree& trip = c.story.forest.trips[t];
  const Packet& p = c.story.forest.packet(t);
  return trip.origin != kNone &&
         (c.lab.owns(trip.origin, p.tuple.source.address) || is_initial_ttl(p.ttl));
}

// A connection broken off instead of an answer, by the server or by somebody on the way who
// pretends to be it. Whether it was.
bool broken_off(Case& c, const Draft& d) {
  const uint32_t t = reset_of(c, d);
  if (t == kNone || !made_at_origin(c, t)) return false;
  const TripTree& trip = c.story.forest.trips[t];
  const std::string& node = c.lab.name(trip.origin);
  Suspect& s =
      trip.origin == d.server
          ? c.add(Rank::kRefused, d.server, "transport", fact("cause.reset", {{"node", node}}))
          : c.add(Rank::kDropped, trip.origin, "network",
                  fact("cause.reset_for", {{"node", node}, {"server", c.lab.name(d.server)}}));
  s.met = true;
  c.prove(s, fact("evidence.reset"), t, trip.root);
  return true;
}

// Whether a packet of the balancer's came to that back end: then it had its chance to answer.
bool was_reached(const Case& c, uint32_t balancer, uint32_t backend) {
  const Forest& forest = c.story.forest;
  return std::ranges::any_of(forest.trips, [&](const TripTree& trip) {
    if (trip.origin != balancer || !forest.root(trip).packet.is(kTcp)) return false;
    const Seen& last = forest.last(trip);
    return !last.out && last.interface != kNone && forest.node_of(last) == backend;
  });
}

// A balancer without a back end: those that its checks reach are at fault; where they reach none,
// it is not known whose doing that is, and certainly not theirs.
void blame_back_ends(Case& c, uint32_t balancer, size_t without) {
  for (Suspect& other : c.suspects) {
    const std::string& key = other.culprit.cause().key();
    if (key == "cause.web_status") other.met = true;
    if (key == "cause.backend_down" && was_reached(c, balancer, other.node)) other.met = true;
  }
  const auto unreached = [](const Suspect& s) {
    return s.culprit.cause().key() == "cause.backend_down" && !s.met;
  };
  for (const Suspect& other : c.suspects) {
    if (unreached(other)) follow(c.suspects[without], other);
  }
  std::erase_if(c.suspects, unreached);
}

// Packets to its back ends that a balancer's own filter discards, as its kernel tells.
void suspect_filter(Case& c, uint32_t balancer) {
  const v1::NodeSpec* spec = c.lab.nodes[balancer].spec;
  if (spec == nullptr) return;
  for (const auto& drop : c.lab.drops.all()) {
    if (drop->node != balancer || drop->event->reason() != "NETFILTER_DROP") continue;
    const IpAddress& to = drop->packet.tuple.destination.address;
    const auto& backends = spec->load_balancer().backends();
    const bool its = std::ranges::any_of(
        backends, [&](const v1::Backend& b) { return address_of(b.address()) == to; });
    if (!its || c.find_cause(balancer, "cause.dropped") != nullptr) continue;
    Suspect& s = c.add(
        Rank::kDropped, balancer, "network",
        fact("cause.dropped", {{"node", c.lab.name(balancer)}, {"destination", address_text(to)}}));
    s.met = true;
    c.prove(s, drop_fact(*drop));
  }
}

void suspect_status(Case& c) {
  const auto& drafts = c.story.drafts;
  std::vector<bool> excused(drafts.size(), false);
  for (const Draft& d : drafts) {
    if (d.kind != "http" && d.kind != "tcp handshake") continue;
    const bool failed = d.http_status >= 500 || d.status == v1::Exchange::FAILED;
    if (d.parent != kNone && failed) excused[d.parent] = true;
  }
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    const Draft& d = drafts[i];
    if (d.kind != "http" || d.server == kNone || excused[i] || !c.decisive[i]) continue;
    const uint32_t trip = d.trips.back();
    if (d.http_status >= 400) {
      const std::string status = std::to_string(d.http_status);
      const bool balancer = c.lab.nodes[d.server].role == v1::LOAD_BALANCER;
      // The balancer answers for itself when it has nobody to ask.
      if (balancer && d.http_status == 503) {
        Suspect& s = c.add(Rank::kBackendDown, d.server, "application",
                           fact("cause.no_backend", {{"node", c.lab.name(d.server)}}));
        s.met = true;
        c.prove(s, fact("evidence.http_status", {{"status", status}, {"path", d.name}}), trip);
        blame_back_ends(c, d.server, c.suspects.size() - 1);
        suspect_filter(c, d.server);
        continue;
      }
      Suspect* s = c.find_cause(d.server, "cause.web_status");
      if (s == nullptr) {
        s = &c.add(Rank::kServiceBroken, d.server, "application",
                   fact("cause.web_status", {{"node", c.lab.name(d.server)}, {"status", status}}));
      }
      s->met = true;
      c.prove(*s, fact("evidence.http_status", {{"status", status}, {"path", d.name}}), trip,
              c.story.forest.trips[trip].root);
    } else if (d.http_status == 0 && !c.worked && arrived(c.story, d) &&
               c.find_cause(d.server, "cause.unacknowledged") == nullptr && !broken_off(c, d)) {
      Suspect& s = c.add(Rank::kNoAnswer, d.server, "application",
                         fact("cause.no_answer", {{"node", c.lab.name(d.server)}}));
      s.met = true;
      c.prove(s, fact("evidence.ended_here", {{"count", std::to_string(d.trips.size())}}), trip);
    }
  }
}

// A reset in answer to a SYN, by the server or by somebody on the way who pretends to be it.
void refusal(Case& c, const Draft& d) {
  const auto port = d.title.args().find("port");
  const std::string number = port == d.title.args().end() ? "?" : port->second;
  for (const uint32_t t : d.trips) {
    const TripTree& trip = c.story.forest.trips[t];
    if ((c.story.forest.packet(t).flags & kRst) == 0 || trip.origin == d.client) continue;
    if (!made_at_origin(c, t)) continue;
    const bool server = trip.origin == d.server;
    const v1::Fact proof = fact("evidence.refused", {{"port", number}});
    const std::string& node = c.lab.name(trip.origin);
    Suspect& s =
        server ? c.add(Rank::kRefused, d.server, "transport",
                       fact("cause.refused", {{"node", node}, {"port", number}}))
               : c.add(Rank::kDropped, trip.origin, "network",
                       fact("cause.reset_for", {{"node", node}, {"server", c.lab.name(d.server)}}));
    s.met = true;
    c.prove(s, proof, t, trip.root);
    return;
  }
}

// A TLS session that was not agreed on: whose alert ended it, or who fell silent.
void broken_tls(Case& c, const Draft& d) {
  const std::string& server = c.lab.name(d.server);
  const std::string& said = c.lab.bundle.result().error();
  const v1::Fact proof = fact("evidence.client_error", {{"error", said}});
  const auto rejected = std::ranges::find(d.facts, "fact.tls_rejected", &v1::Fact::key);
  if (rejected != d.facts.end()) {
    Suspect& s = c.add(
        Rank::kServiceBroken, d.server, "security",
        fact("cause.certificate", {{"node", server}, {"reason", rejected->args().at("reason")}}));
    s.met = true;
    c.prove(s, proof, d.trips.back());
    return;
  }
  for (const auto& f : d.facts) {
    if (f.key() != "fact.tls_alert") continue;
    const std::string& alert = f.args().at("alert");
    // The client refuses what the server showed; the server refuses what the client asked for.
    Suspect& s = c.add(Rank::kServiceBroken, d.server, "security",
                       f.args().at("by") == server
                           ? fact("cause.tls", {{"node", server}, {"reason", alert}})
                           : fact("cause.certificate", {{"node", server}, {"reason", alert}}));
    s.met = true;
    c.prove(s, fact("evidence.tls_alert", {{"by", f.args().at("by")}, {"alert", alert}}),
            d.trips.back());
    c.prove(s, proof);
    return;
  }
  if (!arrived(c.story, d) || broken_off(c, d)) return;
  Suspect& s =
      c.add(Rank::kNoAnswer, d.server, "application", fact("cause.no_answer", {{"node", server}}));
  s.met = true;
  c.prove(s, proof, d.trips.back());
}

// The node that sends the error is the witness; what it did is found from its own state.
void icmp_error(Case& c, const Draft& d) {
  const v1::Fact proof =
      fact("evidence.icmp",
           {{"protocol", icmp_name(c.story.forest.packet(d.trips.front()))}, {"message", d.name}});
  const uint32_t frame = c.story.forest.trips[d.trips.front()].root;
  const uint32_t asker = c.story.drafts[d.parent].client;
  if (is_port_unreachable(c.story.forest.packet(d.trips.front()))) {
    if (Suspect* known = asker_of(c, asker, d.client)) {
      c.prove(*known, proof, d.trips.front(), frame);
      return;
    }
  }
  for (Suspect& known : c.suspects) {
    // Why it had no way is told already.
    const bool why = known.rank <= Rank::kDropped || !known.destination.is_unspecified();
    if (known.node != d.client || !why) continue;
    c.prove(known, proof, d.trips.front(), frame);
    return;
  }
  Suspect& s = c.add(Rank::kNoRoute, d.client, "network",
                     fact("cause.icmp", {{"node", c.lab.name(d.client)}, {"message", d.name}}));
  s.met = true;
  c.prove(s, proof, d.trips.front(), frame);
}

void suspect_connections(Case& c) {
  if (c.worked) return;
  for (uint32_t i = 0; i < c.story.drafts.size(); ++i) {
    const Draft& d = c.story.drafts[i];
    if (!c.decisive[i] || d.status != v1::Exchange::FAILED) continue;
    if (d.kind == "icmp" && d.parent != kNone && d.client != kNone) icmp_error(c, d);
    if (d.server == kNone) continue;
    if (d.kind == "tcp handshake" && d.refused) refusal(c, d);
    if (d.kind == "tls handshake") broken_tls(c, d);
  }
}

void suspect_leases(Case& c) {
  if (c.worked) return;
  for (const Draft& d : c.story.drafts) {
    const bool asks = d.kind == "dora" || d.kind == "dhcp renewal" || d.kind == "dhcp reboot" ||
                      d.kind == "bootp";
    if (!asks || d.status != v1::Exchange::FAILED) continue;
    for (const uint32_t t : d.trips) {
      const TripTree& trip = c.story.forest.trips[t];
      if (trip.origin != d.client || trip.outcome != End::kDelivered) continue;
      if (c.lab.nodes[trip.destination].role != v1::DHCP_SERVER) continue;
      if (c.find_cause(trip.destination, "cause.no_lease") != nullptr) continue;
      Suspect& s = c.add(Rank::kNoAnswer, trip.destination, "application",
                         fact("cause.no_lease", {{"node", c.lab.name(trip.destination)}}));
      s.met = true;
      c.prove(s, fact("evidence.ended_here", {{"count", "1"}}), t, trip.last);
    }
  }
}

// Whether a packet of the exchange came to the node where its daemon minds it: a server's subnet on
// that interface, or of a relay that asks it; the client's side of a relay.
bool came_to(const Case& c, const Draft& d, uint32_t node) {
  const v1::NodeSpec& spec = *c.lab.nodes[node].spec;
  const auto
      minds =
          [&](const std::string& interface, bool of_client) {
            const auto& asked = spec.router().dhcp_relay().client_interfaces6();
            return std::ranges::find(asked, interface) != asked.end() || std::ranges::any_of(
                                                                             spec.dhcp_server()
                                                                                 .subnets6(),
                                                                             [&](const auto&
                                                                                     subnet) {
                                                                               return subnet.listen().empty() ? of_client && subnet.interface() == interface
                                            : !of_client;
                                                                             });
          };
  return std::ranges::any_of(d.trips, [&](uint32_t t) {
    const TripTree& trip = c.story.forest.trips[t];
    if (trip.origin == node) return false;
    bool there = false;
    c.story.forest.walk(trip.root, [&](uint32_t i) {
      const Seen& seen = c.story.forest.frames[i];
      if (seen.out || seen.interface == kNone || c.story.forest.node_of(seen) != node) return;
      there = there || minds(c.lab.interfaces[seen.interface].name, trip.origin == d.client);
    });
    return there;
  });
}
// Whether one left it.
bool left(const Case& c, const Draft& d, uint32_t node) {
  return std::ranges::any_of(d.trips,
                             [&](uint32_t t) { return c.story.forest.trips[t].origin == node; });
}

const v1::Fact* refusal_of(const Draft& d, const std::string& server) {
  const auto found = std::ranges::find_if(d.facts, [&](const v1::Fact& f) {
    return f.key() == "fact.dhcpv6_refused" && f.args().at("server") == server;
  });
  return found == d.facts.end() ? nullptr : &*found;
}

// DHCPv6 is heard by all servers and relays of the link: those that did nothing about it.
void suspect_leases6(Case& c) {
  if (c.worked) return;
  for (uint32_t i = 0; i < c.story.drafts.size(); ++i) {
    const Draft& d = c.story.drafts[i];
    if (d.kind != "dhcpv6" || d.status != v1::Exchange::FAILED || !c.decisive[i]) continue;
    for (uint32_t n = 0; n < c.lab.nodes.size(); ++n) {
      const v1::NodeSpec* spec = c.lab.nodes[n].spec;
      if (spec == nullptr || !came_to(c, d, n)) continue;
      const bool serves = !spec->dhcp_server().subnets6().empty();
      const bool relays = !spec->router().dhcp_relay().client_interfaces6().empty();
      const v1::Fact* refusal = serves ? refusal_of(d, c.lab.name(n)) : nullptr;
      if ((!serves && !relays) || (left(c, d, n) && refusal == nullptr)) continue;
      Suspect& s =
          c.add(Rank::kNoAnswer, n, "application",
                fact(serves ? "cause.no_lease" : "cause.no_relay", {{"node", c.lab.name(n)}}));
      s.met = true;
      const uint32_t first = d.trips.front();
      c.prove(s, refusal != nullptr ? *refusal : fact("evidence.ended_here", {{"count", "1"}}),
              first, c.story.forest.trips[first].last);
    }
  }
}

}  // namespace

void suspect_services(Case& c) {
  suspect_names(c);
  suspect_trust(c);
  excuse_caches(c);
  suspect_status(c);
  suspect_connections(c);
  suspect_leases(c);
  suspect_leases6(c);
}

}  // namespace hoplab::journey
