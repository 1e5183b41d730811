// Where packets ended that should have gone on: inside routers and switches, on a wire too narrow
// for them, at a MAC that nobody has.
#include <algorithm>

#include "controller/journey/decisions/evidence.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool to_many(const Packet& p) { return (p.destination_mac >> 40U & 1U) != 0; }
uint32_t datagram_size(const Packet& p) { return p.end > 14 ? p.end - 14 : 0; }

// 0: not known.
uint32_t mtu_of(const Lab& lab, uint32_t interface) {
  const Interface& i = lab.interfaces[interface];
  const Node& node = lab.nodes[i.node];
  if (node.capture == nullptr) return 0;
  for (const v1::NodeState* state : {&node.capture->after(), &node.capture->before()}) {
    for (const auto& link : state->links()) {
      if (link.name() == i.name) return link.mtu();
    }
  }
  return 0;
}

v1::Fact ended_here() { return fact("evidence.ended_here", {{"count", "1"}}); }

// One more proof for what is suspected already, or a new suspect.
void drop(Case& c, uint32_t node, const char* layer, const char* key, v1::Fact cause, uint32_t trip,
          uint32_t frame) {
  Suspect* s = c.find_cause(node, key);
  if (s == nullptr) s = &c.add(Rank::kDropped, node, layer, std::move(cause));
  s->met = true;
  c.prove(*s, ended_here(), trip, frame);
  if (const Drop* told = drop_of(c.lab, c.story.forest.frames[frame])) {
    c.prove(*s, drop_fact(*told), trip, frame);
  }
}

// Whether a reason is the doing of the node that gives it: of its firewall, a filter or a check it
// was told to make. A spoiled checksum or header is the doing of whoever spoiled it.
bool is_own_doing(std::string_view reason) {
  return reason == "NETFILTER_DROP" || reason == "IP_RPFILTER" || reason == "SOCKET_FILTER" ||
         reason == "XDP" || reason == "TC_INGRESS" || reason == "SECURITY_HOOK" ||
         reason == "XFRM_POLICY";
}

// It came to the node it was bound for, and the kernel there threw it away.
void discarded(Case& c, uint32_t node, uint32_t trip, uint32_t frame) {
  const Seen& s = c.story.forest.frames[frame];
  const Drop* told = drop_of(c.lab, s);
  if (told == nullptr || !is_own_doing(told->event->reason())) return;
  drop(c, node, "network", "cause.dropped",
       fact("cause.dropped", {{"node", c.lab.name(node)},
                              {"destination", address_text(s.packet.tuple.destination.address)}}),
       trip, frame);
}

Suspect& narrow_end(Case& c, uint32_t interface, uint32_t mtu) {
  for (Suspect& x : c.suspects) {
    if (x.rank == Rank::kTooBig && x.interface == interface) return x;
  }
  const Interface& i = c.lab.interfaces[interface];
  Suspect& s = c.add(
      Rank::kTooBig, i.node, "network",
      fact("cause.mtu",
           {{"node", c.lab.name(i.node)}, {"interface", i.name}, {"mtu", std::to_string(mtu)}}));
  s.interface = interface;
  s.culprit.set_interface(i.name);
  return s;
}

void too_big(Case& c, uint32_t interface, uint32_t size, uint32_t mtu, uint32_t trip,
             uint32_t frame) {
  Suspect& s = narrow_end(c, interface, mtu);
  s.met = true;
  c.prove(s, fact("evidence.too_big", {{"size", std::to_string(size)}}), trip, frame);
}

// Ends of one wire that differ: OSPF forms no adjacency over it, and what is larger is lost.
void compare_mtus(Case& c) {
  for (uint32_t i = 0; i < c.lab.interfaces.size(); ++i) {
    const uint32_t peer = c.lab.interfaces[i].peer;
    if (peer == kNone) continue;
    const uint32_t here = mtu_of(c.lab, i);
    const uint32_t there = mtu_of(c.lab, peer);
    if (here == 0 || here >= there) continue;
    c.prove(narrow_end(c, i, here),
            fact("evidence.mtu_differs", {{"peer", c.lab.name(c.lab.interfaces[peer].node)},
                                          {"mtu", std::to_string(there)}}));
  }
}

// A link or neighbour known to be gone, or a queue known to drop or hold, explains it.
bool explained_by_wire(Case& c, uint32_t out, uint32_t trip, uint32_t frame) {
  Suspect* known = c.find_link(out, Rank::kLinkDown, Rank::kLinkDown);
  if (known == nullptr && c.lab.interfaces[out].qdisc_drops > 0) {
    known = c.find_link(out, Rank::kLinkLoss, Rank::kLinkLoss);
  }
  if (known == nullptr) known = c.find_link(out, Rank::kLinkDelay, Rank::kLinkDelay);
  const uint32_t peer = c.lab.interfaces[out].peer;
  if (known == nullptr && peer != kNone) {
    known = c.find_node(c.lab.interfaces[peer].node, Rank::kNodeSilent, Rank::kNodeSilent);
  }
  if (known == nullptr) return false;
  known->met = true;
  c.prove(*known, ended_here(), trip, frame);
  return true;
}

void swallowed_by_switch(Case& c, uint32_t node, uint32_t trip, uint32_t frame) {
  const Packet& p = c.story.forest.frames[frame].packet;
  const uint32_t owner = to_many(p) ? kNone : c.lab.owner_of_mac(p.destination_mac);
  for (const uint32_t port : c.lab.nodes[node].interfaces) {
    const uint32_t peer = c.lab.interfaces[port].peer;
    if (peer == kNone || c.lab.interfaces[peer].node != owner) continue;
    if (explained_by_wire(c, port, trip, frame)) return;
  }
  drop(c, node, "link", "cause.dropped_by_switch",
       fact("cause.dropped_by_switch", {{"node", c.lab.name(node)}}), trip, frame);
}

void swallowed_by_router(Case& c, uint32_t node, uint32_t trip, uint32_t frame) {
  const Packet& p = c.story.forest.frames[frame].packet;
  const IpAddress& destination = p.tuple.destination.address;
  // A router must not pass on what comes from a link-local address (RFC 4291, section 2.5.6): whose
  // doing it is that the sender has no other, is found elsewhere.
  if (p.tuple.source.address.is_link_local() && !destination.is_link_local()) return;
  const v1::Route* route = c.decider.tables(node).route(destination, "");
  if (auto why = no_way(c, node, destination)) {
    suspect_no_way(c, node, std::move(*why), trip, frame);
    return;
  }
  if (route != nullptr) {
    for (const auto& hop : route->next_hops()) {
      const uint32_t out = c.lab.interface(node, hop.interface());
      if (out == kNone) continue;
      const uint32_t mtu = mtu_of(c.lab, out);
      if (mtu != 0 && datagram_size(p) > mtu) {
        too_big(c, out, datagram_size(p), mtu, trip, frame);
        return;
      }
      if (explained_by_wire(c, out, trip, frame)) return;
    }
  }
  drop(c, node, "network", "cause.dropped",
       fact("cause.dropped",
            {{"node", c.lab.name(node)}, {"destination", address_text(destination)}}),
       trip, frame);
}

void lost_on_link(Case& c, uint32_t trip, uint32_t frame) {
  const Seen& s = c.story.forest.frames[frame];
  const uint32_t peer = c.lab.interfaces[s.interface].peer;
  if (peer == kNone || !s.packet.is_ip()) return;
  // What arrives is held against the MTU of the end it arrives at.
  const uint32_t mtu = mtu_of(c.lab, peer);
  if (mtu != 0 && datagram_size(s.packet) > mtu) {
    too_big(c, peer, datagram_size(s.packet), mtu, trip, frame);
  }
}

// Where a packet was sent to its last MAC from: switches only pass it on.
uint32_t sent_from(const Case& c, uint32_t frame) {
  const Forest& forest = c.story.forest;
  uint32_t at = frame;
  while (at != kNone &&
         (!forest.frames[at].out || c.lab.is_switch(forest.node_of(forest.frames[at])))) {
    at = forest.frames[at].parent;
  }
  return at;
}

Suspect& misdirected(Case& c, uint32_t node, v1::Fact cause) {
  Suspect* s = c.find_cause(node, cause.key());
  if (s == nullptr) s = &c.add(Rank::kWrongMac, node, "link", std::move(cause));
  s->met = true;
  return *s;
}

// A switch sent a frame out of a port behind which its MAC is not.
void wrong_port(Case& c, uint32_t trip, uint32_t last) {
  const Forest& forest = c.story.forest;
  const Seen& arrived = forest.frames[last];
  const uint32_t out = arrived.parent;
  if (out == kNone || !c.lab.is_switch(forest.node_of(forest.frames[out]))) return;
  const uint32_t node = forest.node_of(forest.frames[out]);
  const std::string mac = mac_text(arrived.packet.destination_mac);
  const std::string& port = c.lab.interfaces[forest.frames[out].interface].name;
  Suspect& s = misdirected(
      c, node,
      fact("cause.wrong_port", {{"node", c.lab.name(node)}, {"mac", mac}, {"port", port}}));
  c.prove(s, fact("evidence.wrong_port", {{"node", c.lab.name(forest.node_of(arrived))}}), trip,
          last);
}

// Routed to a host that has not the address and forwards nothing.
void wrong_way(Case& c, uint32_t node, const v1::Route* route, uint32_t host, uint32_t trip,
               uint32_t at) {
  const Packet& p = c.story.forest.frames[at].packet;
  Suspect& s = misdirected(
      c, node,
      fact("cause.wrong_way", {{"node", c.lab.name(node)},
                               {"destination", address_text(p.tuple.destination.address)},
                               {"host", c.lab.name(host)}}));
  s.culprit.set_layer("network");
  c.prove(s, fact("evidence.wrong_way", {{"prefix", route == nullptr ? "?" : route->prefix()}}),
          trip, at);
}

// Heard only by somebody it was not for: sent to a MAC that nobody has or that is not the next
// hop's, to a next hop that is no router, or out of a wrong port of a switch.
void ignored_by_all(Case& c, uint32_t trip) {
  const Forest& forest = c.story.forest;
  const uint32_t last = forest.trips[trip].last;
  const Packet& p = forest.frames[last].packet;
  if (!p.is_ip() || to_many(p)) return;
  const uint32_t at = sent_from(c, last);
  if (at == kNone) return;
  const uint32_t node = forest.node_of(forest.frames[at]);
  const v1::Route* route = c.decider.tables(node).route(p.tuple.destination.address, "");
  const std::string& out = c.lab.interfaces[forest.frames[at].interface].name;
  const IpAddress next = route == nullptr ? p.tuple.destination.address
                                          : next_hop_of(*route, out, p.tuple.destination.address);
  const uint32_t owner = c.lab.owner_of_mac(p.destination_mac);
  if (owner != kNone && owner == c.lab.owner(next)) {
    if (forest.node_of(forest.frames[last]) == owner) {
      wrong_way(c, node, route, owner, trip, at);
    } else {
      wrong_port(c, trip, last);
    }
    return;
  }
  const std::string mac = mac_text(p.destination_mac);
  Suspect& s = misdirected(
      c, node,
      fact("cause.wrong_mac",
           {{"node", c.lab.name(node)}, {"address", address_text(next)}, {"mac", mac}}));
  c.prove(s, fact("evidence.wrong_mac", {{"mac", mac}, {"interface", out}}), trip, at);
}

// The nodes a packet came to more than once.
std::vector<uint32_t> circle(const Case& c, uint32_t trip) {
  const Forest& forest = c.story.forest;
  std::vector<uint32_t> seen;
  std::vector<uint32_t> again;
  for (uint32_t i = forest.trips[trip].last; i != kNone; i = forest.frames[i].parent) {
    if (forest.frames[i].out) continue;
    const uint32_t node = forest.node_of(forest.frames[i]);
    if (c.lab.is_switch(node)) continue;
    const bool known = std::ranges::find(seen, node) != seen.end();
    if (known && std::ranges::find(again, node) == again.end()) again.push_back(node);
    seen.push_back(node);
  }
  return again;
}

// Whether a node sends there by something else than its routing protocols or its topology told it:
// by a route that somebody put there, or another than its table's.
bool strays(Case& c, uint32_t node, uint32_t trip) {
  const Forest& forest = c.story.forest;
  const IpAddress& destination = forest.packet(trip).tuple.destination.address;
  const Tables& tables = c.decider.tables(node);
  const v1::Route* route = tables.route(destination, "");
  if (route == nullptr) return tables.has_routes();
  for (uint32_t i = forest.trips[trip].last; i != kNone; i = forest.frames[i].parent) {
    const Seen& s = forest.frames[i];
    if (!s.out || forest.node_of(s) != node) continue;
    const std::string& out = c.lab.interfaces[s.interface].name;
    const bool by_table = std::ranges::any_of(
        route->next_hops(), [&](const v1::NextHop& hop) { return hop.interface() == out; });
    if (!by_table) return true;
  }
  if (route->protocol() != "static" && route->protocol() != "boot") return false;
  const v1::NodeSpec* spec = c.lab.nodes[node].spec;
  return spec == nullptr ||
         std::ranges::none_of(spec->routes(), [&](const v1::StaticRoute& wanted) {
           return wanted.prefix() == route->prefix();
         });
}

// A packet that went round until its TTL ran out: the node that strays, where exactly one does.
void went_round(Case& c, const std::vector<uint32_t>& nodes, uint32_t trip) {
  uint32_t found = kNone;
  for (const uint32_t node : nodes) {
    if (!strays(c, node, trip)) continue;
    if (found != kNone) return;
    found = node;
  }
  if (found == kNone) return;
  std::string others;
  for (const uint32_t node : nodes) {
    if (node != found) append_item(others, c.lab.name(node));
  }
  Suspect& s = misdirected(c, found,
                           fact("cause.loop", {{"node", c.lab.name(found)},
                                               {"others", others},
                                               {"field", ttl_name(c.story.forest.packet(trip))}}));
  s.culprit.set_layer("network");
  c.prove(s, fact("evidence.loop", {{"nodes", std::to_string(nodes.size())}}), trip,
          c.story.forest.trips[trip].last);
}

// Its sender's TTL was too small, which is told elsewhere, or it went round; where neither shows,
// nobody is blamed for the place where it happened to end.
void expired(Case& c, uint32_t trip) {
  if (sent_to_expire(c.story, c.story.forest.trips[trip])) return;
  if (const auto nodes = circle(c, trip); nodes.size() > 1) went_round(c, nodes, trip);
}

// A broadcast that a switch took in and sent out of no port.
void swallowed_broadcasts(Case& c, uint32_t trip) {
  const Forest& forest = c.story.forest;
  forest.walk(forest.trips[trip].root, [&](uint32_t i) {
    const Seen& s = forest.frames[i];
    if (s.out || s.interface == kNone || s.first_child != kNone || !to_many(s.packet)) return;
    const uint32_t node = forest.node_of(s);
    if (!c.lab.is_switch(node) || c.lab.silent(node)) return;
    const v1::Bundle& bundle = c.lab.bundle;
    if (s.time < bundle.started_ns() || s.time > bundle.ended_ns()) return;
    size_t ports = 0;
    for (const uint32_t port : c.lab.nodes[node].interfaces) {
      if (c.lab.interfaces[port].ring_drops > 0) return;
      ports += c.lab.interfaces[port].peer != kNone ? 1U : 0U;
    }
    if (ports > 1) swallowed_by_switch(c, node, trip, i);
  });
}

// A question for a MAC that a switch passed on, but not to the one who could have answered.
void kept_from_owner(Case& c, uint32_t trip) {
  const Forest& forest = c.story.forest;
  const uint32_t exchange = forest.trips[trip].exchange;
  if (exchange == kNone || c.story.drafts[exchange].status != v1::Exchange::FAILED) return;
  const auto talk = read_resolution(forest.packet(trip));
  if (!talk || !talk->asks || !to_many(forest.packet(trip))) return;
  const uint32_t owner = c.lab.owner(talk->target);
  if (owner == kNone || c.lab.silent(owner)) return;
  std::vector<bool> took(c.lab.nodes.size());
  std::vector<bool> passed(c.lab.interfaces.size());
  forest.walk(forest.trips[trip].root, [&](uint32_t i) {
    const Seen& s = forest.frames[i];
    if (s.interface == kNone) return;
    if (s.out) passed[s.interface] = true;
    if (!s.out && s.first_child != kNone) took[forest.node_of(s)] = true;
  });
  for (uint32_t node = 0; node < c.lab.nodes.size(); ++node) {
    if (!took[node] || !c.lab.is_switch(node) || c.lab.silent(node)) continue;
    for (const uint32_t port : c.lab.nodes[node].interfaces) {
      const uint32_t peer = c.lab.interfaces[port].peer;
      if (peer == kNone || c.lab.interfaces[peer].node != owner || passed[port]) continue;
      if (c.lab.interfaces[port].ring_drops > 0) continue;
      if (explained_by_wire(c, port, trip, forest.trips[trip].root)) continue;
      drop(c, node, "link", "cause.dropped_by_switch",
           fact("cause.dropped_by_switch", {{"node", c.lab.name(node)}}), trip,
           forest.trips[trip].root);
    }
  }
}

}  // namespace

void suspect_endings(Case& c) {
  compare_mtus(c);
  const Forest& forest = c.story.forest;
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    if (!c.counts(t) || c.torn[t]) continue;
    const TripTree& trip = forest.trips[t];
    const uint32_t node = forest.node_of(forest.last(trip));
    switch (trip.outcome) {
      case End::kExpired:
        expired(c, t);
        break;
      case End::kSwallowed:
        c.lab.is_switch(node) ? swallowed_by_switch(c, node, t, trip.last)
                              : swallowed_by_router(c, node, t, trip.last);
        break;
      case End::kDropped:
        discarded(c, node, t, trip.last);
        break;
      case End::kLostOnLink:
        lost_on_link(c, t, trip.last);
        break;
      case End::kIgnored:
        ignored_by_all(c, t);
        break;
      default:
        break;
    }
    swallowed_broadcasts(c, t);
    kept_from_owner(c, t);
  }
}

}  // namespace hoplab::journey
