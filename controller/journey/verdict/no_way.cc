// Why a node did not send to an address, as its own tables, wires and ARP tell.
#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

// Whether the node asked for the MAC of that next hop, and nobody answered.
bool asked_in_vain(const Case& c, uint32_t node, const IpAddress& next) {
  return std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
    if (!d.asks_for_mac() || d.client != node || d.status != v1::Exchange::FAILED) return false;
    return std::ranges::any_of(d.trips, [&](uint32_t t) {
      const auto talk = read_resolution(c.story.forest.packet(t));
      return talk && talk->asks && talk->target == next;
    });
  });
}

bool says_unreachable(const Case& c, uint32_t node) {
  return std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
    return d.kind == "icmp" && d.client == node &&
           (d.name == "network unreachable" || d.name == "no route to destination");
  });
}

NoWay unanswered(const Case& c, uint32_t node, const IpAddress& next, uint32_t interface,
                 const IpAddress& destination) {
  const std::string target = address_text(next);
  return {Rank::kNoRoute,
          "link",
          fact("cause.arp_unanswered", {{"node", c.lab.name(node)}, {"target", target}}),
          fact(next.is_v6() ? "evidence.nd_silent" : "evidence.arp_silent", {{"target", target}}),
          interface,
          destination};
}

// What is delegated to a site is found by a static route of its provider's, which the others learn:
// without it they have none, or only the one that ends what they announce.
std::optional<NoWay> lost_site(Case& c, const IpAddress& destination) {
  for (uint32_t n = 0; n < c.lab.nodes.size(); ++n) {
    const v1::NodeSpec* spec = c.lab.nodes[n].spec;
    if (spec == nullptr || c.lab.silent(n)) continue;
    for (const v1::StaticRoute& wanted : spec->router().static_routes()) {
      const auto prefix = net::parse_ip_prefix(wanted.prefix());
      if (!prefix || !prefix->contains(destination)) continue;
      const Tables& tables = c.decider.tables(n);
      if (!tables.has_routes()) continue;
      const v1::Route* route = tables.route(destination, "");
      const auto there = route == nullptr ? std::nullopt : net::parse_ip_prefix(route->prefix());
      if (there && there->length >= prefix->length) continue;
      const uint32_t gateway = c.lab.owner(address_of(wanted.via()));
      return NoWay{Rank::kDropped,
                   "network",
                   fact("cause.lost_site", {{"node", c.lab.name(n)},
                                            {"prefix", wanted.prefix()},
                                            {"gateway", c.lab.name(gateway)}}),
                   fact("evidence.lost_site", {{"prefix", wanted.prefix()}, {"via", wanted.via()}}),
                   kNone,
                   destination,
                   n};
    }
  }
  return std::nullopt;
}

// Without a router's advertisement a host has no way out: whoever kept that from it is at fault.
bool was_not_told(const Case& c, uint32_t node, const IpAddress& destination) {
  return destination.is_v6() && std::ranges::any_of(c.story.drafts, [&](const Draft& d) {
           return d.kind == "router advertisement" && d.client == node &&
                  d.status == v1::Exchange::FAILED;
         });
}

}  // namespace

std::optional<NoWay> no_way(Case& c, uint32_t node, const IpAddress& destination) {
  if (node == kNone || c.lab.owns(node, destination)) return std::nullopt;
  const std::string& name = c.lab.name(node);
  const std::string to = address_text(destination);
  const Tables& tables = c.decider.tables(node);
  if (!tables.has_routes()) return std::nullopt;
  if (was_not_told(c, node, destination)) return std::nullopt;
  // Whoever asks for the MAC of an address takes it to be on its link.
  if (asked_in_vain(c, node, destination))
    return unanswered(c, node, destination, kNone, destination);
  const v1::Route* route = tables.route(destination, "");
  const bool ends = tables.forbidding_route(destination) != nullptr || route == nullptr ||
                    tables.lacks_route(destination);
  if (ends && c.lab.nodes[node].role == v1::ROUTER) {
    if (auto lost = lost_site(c, destination)) return lost;
  }
  if (const v1::Route* wall = tables.forbidding_route(destination)) {
    return NoWay{
        Rank::kDropped,
        "network",
        fact("cause.forbidding_route",
             {{"node", name}, {"destination", to}, {"kind", wall->kind()}}),
        fact("evidence.forbidding_route", {{"prefix", wall->prefix()}, {"kind", wall->kind()}}),
        kNone,
        destination};
  }
  // What was asked for there had a route, whatever the tables of before and after say.
  for (int n = 0; route != nullptr && n < route->next_hops_size(); ++n) {
    const v1::NextHop& hop = route->next_hops(n);
    const uint32_t i = c.lab.interface(node, hop.interface());
    const IpAddress next = next_hop_of(*route, hop.interface(), destination);
    if (asked_in_vain(c, node, next)) return unanswered(c, node, next, i, destination);
  }
  // The table is read before and after; a route may have gone in between.
  if (route == nullptr || tables.lacks_route(destination) || says_unreachable(c, node)) {
    return NoWay{Rank::kNoRoute,
                 "network",
                 fact("cause.no_route", {{"node", name}, {"destination", to}}),
                 fact("evidence.no_route", {{"destination", to}}),
                 kNone,
                 destination};
  }
  return std::nullopt;
}

void suspect_no_way(Case& c, uint32_t node, NoWay why, uint32_t trip, uint32_t frame) {
  if (why.by != kNone) node = why.by;
  for (Suspect& known : c.suspects) {
    if (known.node == node && known.culprit.cause().key() == why.cause.key() &&
        known.destination == why.destination) {
      return;
    }
  }
  Suspect& x = c.add(why.rank, node, why.layer, std::move(why.cause));
  x.met = true;
  x.destination = why.destination;
  c.prove(x, std::move(why.proof), trip, frame);
}

}  // namespace hoplab::journey
