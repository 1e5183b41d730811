#include "controller/journey/decisions/decide.h"

#include <fmt/format.h>

#include "controller/journey/decisions/evidence.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/resolution.h"

namespace hoplab::journey {
namespace {

void add(v1::Hop& hop, v1::Explanation explanation) {
  *hop.add_decisions() = std::move(explanation);
}

const char* service_of(const Packet& p) {
  if (p.uses_port(53)) return "DNS";
  if (p.uses_port(443)) return "HTTPS";
  if (p.uses_port(80)) return "HTTP";
  if (p.uses_port(67) || p.uses_port(68)) return "DHCP";
  return "application";
}

}  // namespace

Decider::Decider(const Story& story)
    : story_(story), lab_(story.lab), tables_(story.lab.nodes.size()) {}

const Tables& Decider::tables(uint32_t node) {
  if (!tables_[node]) tables_[node] = std::make_unique<Tables>(lab_, node);
  return *tables_[node];
}

void Decider::explain_hop(uint32_t node, uint32_t in, uint32_t out, v1::Hop& hop) {
  const Frames& frames = story_.forest.frames;
  if (node == kNone) return;
  if (lab_.silent_at(node, frames[out != kNone ? out : in].time)) {
    add(hop, explain({}, fact("hop.inferred")));
  }
  if (lab_.is_switch(node)) {
    explain_switch(node, in, out, hop);
  } else if (out != kNone) {
    const Seen& leaving = frames[out];
    const Packet& p = leaving.packet;
    // Rules the daemons told of come first: they are why there is a packet at all.
    if (const auto it = story_.decisions.find(out); it != story_.decisions.end()) {
      for (const auto& e : it->second) add(hop, e);
    }
    if (in != kNone && p.is_ip()) {
      explain_nat(node, frames[in], p, hop);
      explain_untranslated(node, frames[in], leaving, hop);
    }
    // A packet that waits for ARP was routed when it came, not when it left.
    const int64_t time = in != kNone ? frames[in].time : leaving.time;
    if (p.is_ip()) {
      const std::string& name = lab_.interfaces[leaving.interface].name;
      if ((p.destination_mac >> 40U & 1U) != 0) {
        add(hop, explain(fact(p.net == Net::kIpv6 ? "nd.multicast" : "arp.broadcast"),
                         fact("route.group_out", {{"interface", name}})));
      } else if (in == kNone && p.is(kUdp) && p.tuple.source.port == 67 &&
                 p.tuple.destination.port == 68) {
        // Whoever gives an address sends beside the kernel: that has no ARP entry of it yet.
        add(hop, explain({}, fact("dhcp.to_mac",
                                  {{"mac", mac_text(p.destination_mac)}, {"interface", name}})));
      } else {
        const Leaving way{name, lab_.owner_of_mac(p.destination_mac)};
        const v1::Route* route = tables(node).route(p.tuple.destination.address, time, way);
        explain_route(node, p, route, name, hop);
        explain_arp(node, out,
                    route == nullptr ? p.tuple.destination.address
                                     : next_hop_of(*route, name, p.tuple.destination.address),
                    hop);
      }
      if (in != kNone && frames[in].packet.ttl != p.ttl) {
        add(hop,
            explain({}, fact("ttl.decremented", {{"field", ttl_name(p)},
                                                 {"before", std::to_string(frames[in].packet.ttl)},
                                                 {"after", std::to_string(p.ttl)}})));
      }
    }
  } else if (in != kNone) {
    explain_end(node, in, hop);
  }
  for (const uint32_t frame : {in, out}) {
    if (frame != kNone && frames[frame].duplicate) add(hop, explain({}, fact("hop.duplicate")));
  }
  if (in != kNone && frames[in].source == Source::kInferred &&
      !lab_.silent_at(node, frames[in].time)) {
    add(hop, explain({}, fact("hop.not_captured_in")));
  }
  if (out != kNone) explain_link(out, hop);
}

void Decider::explain_nat(uint32_t node, const Seen& arrived, const Packet& after, v1::Hop& hop) {
  const Packet& before = arrived.packet;
  if (before.tuple == after.tuple) return;
  const auto text = [](const Packet& p, const Endpoint& e) {
    return p.is_icmp() ? fmt::format("{} id {}", address_text(e.address), e.port)
                       : endpoint_text(e);
  };
  v1::Fact check;
  const auto [mapping, made] = tables(node).nat(before.tuple, arrived.time);
  if (mapping == nullptr) {
    check = fact("nat.seen");
  } else {
    const std::string inside = fmt::format("{}:{}", mapping->source(), mapping->source_port());
    const std::string outside =
        fmt::format("{}:{}", mapping->reply_destination(), mapping->reply_destination_port());
    const bool reply = before.tuple.source.address == address_of(mapping->reply_source()) &&
                       before.tuple.destination.address == address_of(mapping->reply_destination());
    // Made by the first packet it is met with; those after it find it there.
    const bool first = made && !reply && mappings_met_.insert(mapping).second;
    check = first ? fact("nat.new", {{"inside", inside}, {"outside", outside}})
                  : fact("nat.reply", {{"outside", outside}, {"inside", inside}});
  }
  if (before.tuple.source != after.tuple.source) {
    add(hop, explain(check, fact("nat.source", {{"before", text(before, before.tuple.source)},
                                                {"after", text(after, after.tuple.source)}})));
  }
  if (before.tuple.destination != after.tuple.destination) {
    add(hop,
        explain(check, fact("nat.destination", {{"before", text(before, before.tuple.destination)},
                                                {"after", text(after, after.tuple.destination)}})));
  }
}

void Decider::explain_arp(uint32_t node, uint32_t out, const IpAddress& next_hop, v1::Hop& hop) {
  const bool v6 = next_hop.is_v6();
  const auto it = story_.arp_waits.find(out);
  if (it != story_.arp_waits.end()) {
    add(hop, explain({}, fact(v6 ? "nd.asked" : "arp.asked",
                              {{"address", address_text(it->second.address)},
                               {"mac", mac_text(it->second.mac)}})));
    return;
  }
  const Seen& leaving = story_.forest.frames[out];
  const std::string mac = mac_text(leaving.packet.destination_mac);
  const v1::Neighbor* entry = tables(node).neighbor(next_hop, leaving.time);
  const bool stale =
      entry != nullptr && entry->mac() == mac &&
      (entry->state() == "STALE" || entry->state() == "DELAY" || entry->state() == "PROBE");
  add(hop,
      explain({}, fact(v6 ? (stale ? "nd.stale" : "nd.hit") : (stale ? "arp.stale" : "arp.hit"),
                       {{"address", address_text(next_hop)}, {"mac", mac}})));
}

// A packet that never left because nobody told the MAC of its next hop.
void Decider::explain_unanswered(uint32_t leaf, v1::Hop& hop) {
  const auto it = story_.arp_waits.find(leaf);
  if (it == story_.arp_waits.end()) return;
  const ArpWait& wait = it->second;
  add(hop, explain({}, fact(wait.address.is_v6() ? "nd.unanswered" : "arp.unanswered",
                            {{"address", address_text(wait.address)},
                             {"tries", std::to_string(wait.tries)}})));
}

void Decider::explain_switch(uint32_t node, uint32_t in, uint32_t out, v1::Hop& hop) {
  if (in == kNone) return;
  const Seen& arrived = story_.forest.frames[in];
  const Packet& p = arrived.packet;
  std::string ports;
  unsigned count = 0;
  for (uint32_t c = arrived.first_child; c != kNone; c = story_.forest.frames[c].next_sibling) {
    append_item(ports, lab_.interfaces[story_.forest.frames[c].interface].name);
    ++count;
  }
  const std::string mac = mac_text(p.destination_mac);
  if ((p.destination_mac >> 40U & 1U) != 0) {
    if (out != kNone) add(hop, explain({}, fact("switch.broadcast", {{"ports", ports}})));
  } else if (out == kNone) {
    explain_end(node, in, hop);
  } else if (count > 1) {
    add(hop, explain({}, fact("switch.flooded", {{"mac", mac}, {"ports", ports}})));
  } else {
    const std::string& port = lab_.interfaces[story_.forest.frames[out].interface].name;
    const Tables& t = tables(node);
    const bool known = t.port_of(p.destination_mac, arrived.time) == port;
    add(hop, explain({}, known ? fact("switch.known", {{"mac", mac}, {"port", port}})
                               : fact("switch.forward", {{"port", port}})));
  }
  const uint64_t learner = mix(node, p.source_mac);
  if (tables(node).learns(p.source_mac, arrived.time) && macs_learnt_.insert(learner).second) {
    add(hop,
        explain({}, fact("switch.learnt", {{"mac", mac_text(p.source_mac)},
                                           {"port", lab_.interfaces[arrived.interface].name}})));
  }
}

void Decider::explain_end(uint32_t node, uint32_t leaf, v1::Hop& hop) {
  const Seen& s = story_.forest.frames[leaf];
  const Packet& p = s.packet;
  const std::string destination = address_text(p.tuple.destination.address);
  switch (judge_end(lab_, s)) {
    case End::kDelivered:
      if (lab_.is_switch(node)) break;
      if (const auto talk = read_resolution(p)) {
        if (talk->asks)
          add(hop, explain({}, fact(p.net == Net::kArp ? "arp.own" : "nd.own",
                                    {{"address", address_text(talk->target)}})));
      } else if (p.is_ip()) {
        v1::Fact then;
        if (p.is(kTcp) || p.is(kUdp)) {
          then = fact("deliver.port", {{"protocol", p.is(kTcp) ? "TCP" : "UDP"},
                                       {"port", std::to_string(p.tuple.destination.port)},
                                       {"service", service_of(p)}});
        }
        add(hop, explain({},
                         lab_.owns(node, p.tuple.destination.address)
                             ? fact("deliver.local", {{"destination", destination}})
                             : fact("deliver.broadcast"),
                         std::move(then)));
        if (const Drop* drop = drop_of(lab_, s);
            drop != nullptr && loss_of(drop->event->reason()) == Loss::kRefused) {
          add(hop, explain({}, drop_fact(*drop)));
        }
      }
      break;
    case End::kDropped:
      add(hop, explain({}, fact("deliver.local", {{"destination", destination}})));
      if (const Drop* drop = drop_of(lab_, s)) {
        add(hop, explain({}, drop_fact(*drop)));
        explain_firewall(node, *drop, s, hop);
      }
      break;
    case End::kIgnored:
      if (const auto talk = read_resolution(p); talk && !lab_.is_switch(node)) {
        add(hop, explain({}, fact("deliver.not_asked", {{"target", address_text(talk->target)}})));
      } else if (lab_.is_switch(node)) {
        add(hop,
            explain({}, fact("switch.filtered", {{"mac", mac_text(p.destination_mac)},
                                                 {"port", lab_.interfaces[s.interface].name}})));
      } else if (p.destination_mac == lab_.interfaces[s.interface].mac) {
        add(hop, explain({}, fact("deliver.no_forwarding", {{"destination", destination}})));
      } else {
        add(hop, explain({}, fact("deliver.not_mine", {{"mac", mac_text(p.destination_mac)}})));
      }
      break;
    case End::kExpired:
      add(hop, explain({}, fact("ttl.expired", {{"field", ttl_name(p)}})));
      break;
    case End::kSwallowed: {
      if (p.is_ip() && !lab_.is_switch(node)) {
        const v1::Route* route = tables(node).route(p.tuple.destination.address, s.time, {});
        explain_route(node, p, route, "", hop);
      }
      explain_unanswered(leaf, hop);
      add(hop, explain({}, fact("hop.swallowed")));
      explain_loss(node, s, hop);
      for (const uint32_t i : lab_.nodes[node].interfaces) {
        const Interface& iface = lab_.interfaces[i];
        if (iface.qdisc_drops == 0) continue;
        add(hop, explain({}, fact("hop.qdisc_drops", {{"drops", std::to_string(iface.qdisc_drops)},
                                                      {"interface", iface.name}})));
      }
      break;
    }
    case End::kRingDrops: {
      uint64_t drops = 0;
      for (const uint32_t i : lab_.nodes[node].interfaces) drops += lab_.interfaces[i].ring_drops;
      add(hop, explain({}, fact("hop.ring_drops", {{"drops", std::to_string(drops)}})));
      break;
    }
    case End::kCaptureEnded:
      add(hop, explain({}, fact("hop.capture_ended")));
      break;
    case End::kSilent:
      if (lab_.neighbour_broke_off(node, s.time)) add(hop, explain({}, fact("hop.broke_off")));
      break;
    case End::kMalformed:
      add(hop, explain({}, fact("hop.malformed", {{"what", p.malformed}})));
      break;
    default:
      break;
  }
  const auto it = story_.decisions.find(leaf);
  if (it == story_.decisions.end()) return;
  for (const auto& e : it->second) add(hop, e);
}

// The kernel's reason; without one, what else points at it.
void Decider::explain_loss(uint32_t node, const Seen& leaf, v1::Hop& hop) {
  if (const Drop* drop = drop_of(lab_, leaf)) {
    add(hop, explain({}, drop_fact(*drop)));
    explain_firewall(node, *drop, leaf, hop);
    return;
  }
  for (auto& f : next_best_evidence(lab_, node, leaf)) add(hop, explain({}, std::move(f)));
}

// Which rule: the kernel tells only that one did.
void Decider::explain_firewall(uint32_t node, const Drop& drop, const Seen& leaf, v1::Hop& hop) {
  if (drop.event->reason() != "NETFILTER_DROP") return;
  explain_stranger(node, leaf, hop);
  const std::string interface = leaf.out ? "" : lab_.interfaces[leaf.interface].name;
  const auto rules = dropping_rules(lab_, node, leaf.packet, interface);
  for (const RuleFinding& rule : rules) {
    if (rule.match != RuleFinding::Match::kYes && rule.counted == 0 && rules.size() > 1) continue;
    add(hop, explain({}, rule_fact(rule)));
  }
}

void Decider::explain_link(uint32_t out, v1::Hop& hop) {
  const Seen& s = story_.forest.frames[out];
  if (s.source == Source::kInferred && !lab_.silent_at(story_.forest.node_of(s), s.time)) {
    add(hop, explain({}, fact("hop.not_captured_out")));
  }
  if (s.held > 0) add(hop, explain({}, fact("hop.held", {{"delay", duration_text(s.held)}})));
  if (s.first_child != kNone) return;
  const uint32_t peer = lab_.interfaces[s.interface].peer;
  const std::string peer_node = peer == kNone ? "?" : lab_.nodes[lab_.interfaces[peer].node].name;
  switch (judge_end(lab_, s)) {
    case End::kLostInEmulator:
      add(hop, explain({}, fact("hop.dropped_by_emulator")));
      break;
    case End::kLostOnLink:
      add(hop,
          explain({}, fact("hop.lost_on_link",
                           {{"peer", peer_node}, {"peer_interface", lab_.interfaces[peer].name}})));
      explain_loss(story_.forest.node_of(s), s, hop);
      break;
    case End::kRingDrops: {
      const uint64_t drops =
          lab_.interfaces[s.interface].ring_drops + lab_.interfaces[peer].ring_drops;
      add(hop, explain({}, fact("hop.ring_drops", {{"drops", std::to_string(drops)}})));
      break;
    }
    case End::kSilent:
      add(hop, explain({}, fact("hop.peer_silent", {{"peer", peer_node}})));
      break;
    case End::kCaptureEnded:
      add(hop, explain({}, fact("hop.capture_ended")));
      break;
    default:
      break;
  }
}

}  // namespace hoplab::journey
