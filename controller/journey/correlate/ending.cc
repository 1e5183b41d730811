// Where a branch ends: what may be concluded from a frame that nothing followed.
#include <algorithm>

#include "controller/journey/correlate/forest.h"
#include "controller/journey/correlate/trips.h"
#include "controller/journey/decode/dhcp.h"

namespace hoplab::journey {
namespace {

// Captures begin before the request and end after it; at their edges one tap may be open and the
// other not.
bool outside_request(const Lab& lab, int64_t time) {
  return (lab.bundle.started_ns() > 0 && time < lab.bundle.started_ns()) ||
         (lab.bundle.ended_ns() > 0 && time > lab.bundle.ended_ns());
}

bool ring_dropped(const Lab& lab, uint32_t node) {
  return std::ranges::any_of(lab.nodes[node].interfaces,
                             [&](uint32_t i) { return lab.interfaces[i].ring_drops > 0; });
}

End end_of_egress(const Lab& lab, const Seen& s) {
  if (s.dropped) return End::kLostInEmulator;
  const Interface& here = lab.interfaces[s.interface];
  if (here.peer == kNone) return End::kNoWire;
  if (lab.silent_at(lab.interfaces[here.peer].node, s.time + s.held)) return End::kSilent;
  if (here.ring_drops > 0 || lab.interfaces[here.peer].ring_drops > 0) return End::kRingDrops;
  return outside_request(lab, s.time + s.held) ? End::kCaptureEnded : End::kLostOnLink;
}

// A frame that should have gone on from this node.
End stuck(const Lab& lab, const Seen& s, uint32_t node) {
  if (ring_dropped(lab, node)) return End::kRingDrops;
  if (lab.neighbour_broke_off(node, s.time)) return End::kSilent;
  if (outside_request(lab, s.time)) return End::kCaptureEnded;
  return !lab.is_switch(node) && s.packet.ttl <= 1 ? End::kExpired : End::kSwallowed;
}

End end_in_switch(const Lab& lab, const Seen& s, uint32_t node) {
  if ((s.packet.destination_mac >> 40U & 1U) != 0) return End::kDelivered;
  const uint32_t owner = lab.owner_of_mac(s.packet.destination_mac);
  if (owner == node) return End::kDelivered;
  const uint32_t peer = lab.interfaces[s.interface].peer;
  const bool behind_same_port = peer != kNone && owner == lab.interfaces[peer].node;
  return owner == kNone || behind_same_port ? End::kIgnored : stuck(lab, s, node);
}

// By the kernel of the node it was bound for: a firewall, a checksum, a full socket. DHCP is read
// beside the kernel's IP, which knows nothing of the address yet.
bool thrown_away(const Lab& lab, const Seen& s, uint32_t node) {
  if (!lab.owns(node, s.packet.tuple.destination.address)) return false;
  if (s.packet.uses_port(67)) return false;
  const Drop* drop = lab.drops.find(node, s.packet, s.time);
  return drop != nullptr && loss_of(drop->event->reason()) == Loss::kLost;
}

// Addressed to a node that translates, and thrown away as what it would have passed on: the kernel
// looks at the TTL when the address is already that of the node behind it.
bool was_for_another(const Lab& lab, const Seen& s, uint32_t node) {
  const Drop* drop = lab.drops.find(node, s.packet, s.time);
  return translates(lab, node) && drop != nullptr && drop->event->reason() == "IP_INHDR";
}

bool forwards(v1::Role role) {
  return role == v1::ROUTER || role == v1::GATEWAY || role == v1::CONTAINER;
}

constexpr IpAddress kAllHosts{net::Ipv4{0xffffffffU}};

// A relay is in the group on the links of its clients.
bool relays6(const Lab& lab, const Seen& s, const Node& node) {
  if (node.spec == nullptr) return false;
  const auto& clients = node.spec->router().dhcp_relay().client_interfaces6();
  return std::ranges::find(clients, lab.interfaces[s.interface].name) != clients.end();
}

// IPv6 asks groups what IPv4 asks everybody, and an adapter passes on only the groups its node is
// in: solicited-node (RFC 4291, section 2.7.1), all routers, all DHCP servers and relays.
End end_of_group(const Lab& lab, const Seen& s, uint32_t node) {
  const Packet& p = s.packet;
  const Node& n = lab.nodes[node];
  bool in = true;
  if (p.is_neighbor_solicitation()) {
    in = lab.owns(node,
                  net::ip_address(p.payload_bytes().first(std::min<size_t>(16, p.payload_size()))));
  } else if (p.is(kIcmpv6) && p.icmp_type == 133) {
    in = n.role == v1::ROUTER || n.role == v1::GATEWAY;
  } else if (p.is(kUdp) && p.tuple.destination.port == 547) {
    in = n.role == v1::DHCP_SERVER || relays6(lab, s, n);
  }
  return in ? End::kDelivered : End::kIgnored;
}

End end_of_ip(const Lab& lab, const Seen& s, uint32_t node, bool to_all) {
  const Packet& p = s.packet;
  const Node& n = lab.nodes[node];
  const IpAddress& destination = p.tuple.destination.address;
  if (p.is(kUdp) && p.uses_port(67) && p.uses_port(68) && to_all) {
    if (p.tuple.destination.port == 67) {
      const bool relays =
          n.spec != nullptr && !n.spec->router().dhcp_relay().client_interfaces().empty();
      return n.role == v1::DHCP_SERVER || relays ? End::kDelivered : End::kIgnored;
    }
    const auto message = decode_dhcp(p.payload_bytes());
    return message && message->client_mac == lab.interfaces[s.interface].mac ? End::kDelivered
                                                                             : End::kIgnored;
  }
  if (lab.owns(node, destination) || n.broadcasts.contains(destination)) return End::kDelivered;
  if (destination.is_v6() && destination.is_multicast()) return end_of_group(lab, s, node);
  if (to_all || destination == kAllHosts || destination.is_multicast()) return End::kDelivered;
  if (forwards(n.role)) return stuck(lab, s, node);
  // Who is given an address hears of it before it has it.
  const bool leases = p.is(kUdp) && (p.uses_port(68) || p.uses_port(546));
  return leases ? End::kDelivered : End::kIgnored;
}

}  // namespace

End judge_end(const Lab& lab, const Seen& s) {
  if (s.interface == kNone) return End::kNoWire;
  if (s.merged_into != kNone) return End::kMerged;
  if (s.waited) return End::kUnassembled;
  const uint32_t node = lab.interfaces[s.interface].node;
  if (s.out) return end_of_egress(lab, s);
  if (lab.silent_at(node, s.time)) return End::kSilent;
  const Packet& p = s.packet;
  if (p.malformed != nullptr) return End::kMalformed;
  if (lab.is_switch(node)) return end_in_switch(lab, s, node);
  const bool to_all = (p.destination_mac >> 40U & 1U) != 0;
  const uint64_t mac = lab.interfaces[s.interface].mac;
  if (!to_all && mac != 0 && p.destination_mac != mac) return End::kIgnored;
  if (p.net == Net::kArp) {
    const bool mine = lab.owns(node, p.tuple.destination.address);
    return mine || (p.arp_operation != 1 && !to_all) ? End::kDelivered : End::kIgnored;
  }
  if (!p.is_ip()) return End::kDelivered;
  const End end = end_of_ip(lab, s, node, to_all);
  if (end != End::kDelivered || !thrown_away(lab, s, node)) return end;
  return p.ttl <= 1 && was_for_another(lab, s, node) ? End::kExpired : End::kDropped;
}

}  // namespace hoplab::journey
