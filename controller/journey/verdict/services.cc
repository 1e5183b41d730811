// What the exchanges tell: services that answer wrong, refuse, or stay silent; and where packets
// ended inside nodes.
#include <algorithm>

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
bool answered(const Story& story, const Draft& d) {
  return std::ranges::any_of(d.trips,
                             [&](uint32_t t) { return story.forest.trips[t].origin == d.server; });
}

Suspect* same_cause(Case& c, uint32_t node, const char* key) {
  for (Suspect& s : c.suspects) {
    if (s.node == node && s.culprit.cause().key() == key) return &s;
  }
  return nullptr;
}

// The client's own question at the head of a chain.
const Draft& first_of(const std::vector<Draft>& drafts, const Draft& draft) {
  const Draft* d = &draft;
  for (int depth = 0; d->parent != kNone && depth < 64; ++depth) d = &drafts[d->parent];
  return *d;
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
    if (d.kind != "dns" || d.status != v1::Exchange::FAILED || excused[i] || d.server == kNone) {
      continue;
    }
    const std::string& node = c.lab.name(d.server);
    const uint32_t trip = d.trips.back();
    const uint32_t frame = c.story.forest.trips[trip].root;
    if (d.rcode == 2) {
      Suspect* s = same_cause(c, d.server, "cause.dns_servfail");
      if (s == nullptr) {
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
      if (same_cause(c, d.server, "cause.dns_refused") != nullptr) continue;
      Suspect& s =
          c.add(Rank::kServiceBroken, d.server, "name",
                fact("cause.dns_refused", {{"node", node}, {"name", d.name}, {"rcode", rcode}}));
      s.met = true;
      c.prove(s, fact("evidence.dns_rcode", {{"rcode", rcode}, {"name", d.name}}), trip, frame);
    } else if (arrived(c.story, d) && !answered(c.story, d) && !c.lab.silent(d.server)) {
      if (same_cause(c, d.server, "cause.dns_silent") != nullptr) continue;
      Suspect& s = c.add(Rank::kNoAnswer, d.server, "name",
                         fact("cause.dns_silent", {{"node", node}, {"name", d.name}}));
      s.met = true;
      c.prove(s,
              fact("evidence.dns_silent",
                   {{"count", std::to_string(d.trips.size())}, {"name", d.name}}),
              trip, frame);
    }
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
  const bool source = std::ranges::any_of(
      c.suspects, [&](const Suspect& s) { return fails(s) && !is_cache(s.node); });
  for (Suspect& s : c.suspects) {
    if (!fails(s) || !is_cache(s.node)) continue;
    const bool asked_in_vain = std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
      return d.kind == "dns" && d.client == s.node && (d.rcode == 2 || d.rcode == -1);
    });
    if (source || asked_in_vain) s.rank = Rank::kPassedOn;
  }
}

void suspect_status(Case& c) {
  const auto& drafts = c.story.drafts;
  std::vector<bool> excused(drafts.size(), false);
  for (const Draft& d : drafts) {
    if (d.kind == "http" && d.parent != kNone && d.http_status >= 500) excused[d.parent] = true;
  }
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    const Draft& d = drafts[i];
    if (d.kind != "http" || d.server == kNone || excused[i]) continue;
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
        for (Suspect& other : c.suspects) {
          const std::string& key = other.culprit.cause().key();
          if (key == "cause.web_status" || key == "cause.backend_down") other.met = true;
        }
        continue;
      }
      Suspect* s = same_cause(c, d.server, "cause.web_status");
      if (s == nullptr) {
        s = &c.add(Rank::kServiceBroken, d.server, "application",
                   fact("cause.web_status", {{"node", c.lab.name(d.server)}, {"status", status}}));
      }
      s->met = true;
      c.prove(*s, fact("evidence.http_status", {{"status", status}, {"path", d.name}}), trip,
              c.story.forest.trips[trip].root);
    } else if (d.http_status == 0 && !c.worked && arrived(c.story, d)) {
      Suspect& s = c.add(Rank::kNoAnswer, d.server, "application",
                         fact("cause.no_answer", {{"node", c.lab.name(d.server)}}));
      s.met = true;
      c.prove(s, fact("evidence.ended_here", {{"count", std::to_string(d.trips.size())}}), trip);
    }
  }
}

void suspect_connections(Case& c) {
  if (c.worked) return;
  for (const Draft& d : c.story.drafts) {
    if (d.status != v1::Exchange::FAILED || d.server == kNone) continue;
    const std::string& server = c.lab.name(d.server);
    if (d.kind == "tcp handshake" && d.refused) {
      const auto port = d.title.args().find("port");
      const std::string number = port == d.title.args().end() ? "?" : port->second;
      Suspect& s = c.add(Rank::kRefused, d.server, "transport",
                         fact("cause.refused", {{"node", server}, {"port", number}}));
      s.met = true;
      c.prove(s, fact("evidence.refused", {{"port", number}}), d.trips.back(),
              c.story.forest.trips[d.trips.back()].root);
    } else if (d.kind == "tls handshake") {
      std::string reason = c.lab.bundle.result().error();
      for (const auto& f : d.facts) {
        if (f.key() == "fact.tls_alert") reason = f.args().at("alert");
      }
      Suspect& s =
          c.add(Rank::kNoAnswer, d.server, "security",
                fact("cause.tls", {{"node", server}, {"reason", reason.empty() ? "?" : reason}}));
      s.met = true;
      c.prove(s, fact("evidence.client_error", {{"error", c.lab.bundle.result().error()}}),
              d.trips.back());
    } else if (d.kind == "icmp" && d.parent != kNone) {
      // The node that sends the error is the witness; no route there is found from its table.
      if (c.find_node(d.client, Rank::kNodeSilent, Rank::kDropped) != nullptr) continue;
      Suspect& s = c.add(Rank::kNoRoute, d.client, "network",
                         fact("cause.icmp", {{"node", c.lab.name(d.client)}, {"message", d.name}}));
      s.met = true;
      c.prove(s, fact("evidence.icmp", {{"message", d.name}}), d.trips.front(),
              c.story.forest.trips[d.trips.front()].root);
    }
  }
}

void suspect_leases(Case& c) {
  if (c.worked) return;
  for (const Draft& d : c.story.drafts) {
    if (d.kind != "dora" || d.status != v1::Exchange::FAILED) continue;
    for (const uint32_t t : d.trips) {
      const TripTree& trip = c.story.forest.trips[t];
      if (trip.origin != d.client || trip.outcome != End::kDelivered) continue;
      if (c.lab.nodes[trip.destination].role != v1::DHCP_SERVER) continue;
      if (same_cause(c, trip.destination, "cause.no_lease") != nullptr) continue;
      Suspect& s = c.add(Rank::kNoAnswer, trip.destination, "application",
                         fact("cause.no_lease", {{"node", c.lab.name(trip.destination)}}));
      s.met = true;
      c.prove(s, fact("evidence.ended_here", {{"count", "1"}}), t, trip.last);
    }
  }
}

}  // namespace

void suspect_services(Case& c) {
  suspect_names(c);
  excuse_caches(c);
  suspect_status(c);
  suspect_connections(c);
  suspect_leases(c);
}

void suspect_endings(Case& c) {
  const Forest& forest = c.story.forest;
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    const TripTree& trip = forest.trips[t];
    if (trip.exchange == kNone || !is_lost(trip.outcome)) continue;
    const Seen& s = forest.last(trip);
    const uint32_t node = forest.node_of(s);
    const std::string destination = address_text(s.packet.tuple.destination.address);
    const v1::Fact proof = fact("evidence.ended_here", {{"count", "1"}});
    if (trip.outcome == End::kExpired) {
      if (sent_to_expire(c.story, trip)) continue;
      if (same_cause(c, node, "cause.ttl_expired") != nullptr) continue;
      Suspect& x = c.add(Rank::kDropped, node, "network",
                         fact("cause.ttl_expired", {{"node", c.lab.name(node)}}));
      x.met = true;
      c.prove(x, proof, t, trip.last);
      continue;
    }
    if (trip.outcome != End::kSwallowed) continue;
    if (c.lab.is_switch(node)) {
      // Its port may be down: that is seen in its links. Nothing else can be told.
      continue;
    }
    const Tables& tables = c.decider.tables(node);
    const v1::Route* route = tables.route(s.packet.tuple.destination.address, "");
    // The table is read before and after; a route may have gone in between.
    const bool says_unreachable = std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
      return d.kind == "icmp" && d.client == node && d.name == "network unreachable";
    });
    if (route == nullptr || tables.lacks_route(s.packet.tuple.destination.address) ||
        says_unreachable) {
      if (!tables.has_routes()) continue;
      const bool known = std::ranges::any_of(c.suspects, [&](const Suspect& x) {
        return x.node == node && x.destination == s.packet.tuple.destination.address &&
               x.culprit.cause().key() == "cause.no_route";
      });
      if (known) continue;
      Suspect& x =
          c.add(Rank::kNoRoute, node, "network",
                fact("cause.no_route", {{"node", c.lab.name(node)}, {"destination", destination}}));
      x.met = true;
      x.destination = s.packet.tuple.destination.address;
      c.prove(x, fact("evidence.no_route", {{"destination", destination}}), t, trip.last);
      continue;
    }
    bool explained = false;
    for (const auto& hop : route->next_hops()) {
      const uint32_t i = c.lab.interface(node, hop.interface());
      if (i == kNone) continue;
      if (Suspect* known = c.find_link(i, Rank::kLinkDown, Rank::kLinkDelay)) {
        known->met = explained = true;
        c.prove(*known, proof, t, trip.last);
      }
      const uint32_t peer = c.lab.interfaces[i].peer;
      const uint32_t next =
          next_hop_of(*route, hop.interface(), s.packet.tuple.destination.address);
      const uint32_t owner = c.lab.owner(next);
      for (const uint32_t gone : {peer == kNone ? kNone : c.lab.interfaces[peer].node, owner}) {
        if (explained || gone == kNone) continue;
        if (Suspect* known = c.find_node(gone, Rank::kNodeSilent, Rank::kNodeSilent)) {
          known->met = explained = true;
          c.prove(*known, proof, t, trip.last);
        }
      }
    }
    if (explained) continue;
    const bool unanswered = std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
      return d.kind == "arp" && d.client == node && d.status == v1::Exchange::FAILED;
    });
    const char* key = unanswered ? "cause.arp_unanswered" : "cause.dropped";
    if (Suspect* known = same_cause(c, node, key)) {
      c.prove(*known, proof, t, trip.last);
      continue;
    }
    const uint32_t next = route->next_hops().empty()
                              ? s.packet.tuple.destination.address
                              : next_hop_of(*route, route->next_hops(0).interface(),
                                            s.packet.tuple.destination.address);
    Suspect& x =
        unanswered ? c.add(Rank::kNoRoute, node, "link",
                           fact(key, {{"node", c.lab.name(node)}, {"target", address_text(next)}}))
                   : c.add(Rank::kDropped, node, "network",
                           fact(key, {{"node", c.lab.name(node)}, {"destination", destination}}));
    x.met = true;
    x.destination = s.packet.tuple.destination.address;
    c.prove(x, proof, t, trip.last);
  }
}

}  // namespace hoplab::journey
