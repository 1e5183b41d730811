#include "controller/journey/decode/packet.h"

#include <algorithm>

#include "controller/journey/decode/layers.h"

namespace hoplab::journey {
namespace {

constexpr uint8_t kMostTags = 8;

void decode_arp(Packet& p) {
  Reader r(p.bytes, p.l3());
  const uint16_t hardware = r.u16();
  const uint16_t protocol = r.u16();
  const uint8_t hardware_length = r.u8();
  const uint8_t protocol_length = r.u8();
  p.arp_operation = r.u16();
  if (!r.ok() || hardware != 1 || protocol != 0x0800 || hardware_length != 6 ||
      protocol_length != 4) {
    p.malformed = "ARP header";
    return;
  }
  p.arp_sender_mac = r.u48();
  p.tuple.source.address = net::Ipv4{r.u32()};
  r.skip(6);
  p.tuple.destination.address = net::Ipv4{r.u32()};
  if (!r.ok()) p.malformed = "ARP cut short";
  p.end = static_cast<uint32_t>(std::min<size_t>(p.l3() + 28U, p.bytes.size()));
}

// IEEE 802.1Q and 802.1ad: leaves the type of what is tagged in `ether_type`.
void decode_tags(Packet& p, Reader& r) {
  while (p.ether_type == 0x8100 || p.ether_type == 0x88a8 || p.ether_type == 0x9100) {
    if (p.tags == kMostTags) {
      p.malformed = "more than 8 VLAN tags";
      return;
    }
    const uint16_t control = r.u16();
    const uint16_t type = r.u16();
    if (!r.ok()) {
      p.malformed = "VLAN tag cut short";
      return;
    }
    if (p.tags++ == 0) p.tag_control = control;
    p.ether_type = type;
  }
}

void decode_network(Packet& p, bool snapped) {
  if (p.ether_type == 0x0800) {
    p.net = Net::kIpv4;
    decode_ipv4(p, snapped);
  } else if (p.ether_type == 0x0806) {
    p.net = Net::kArp;
    decode_arp(p);
  } else if (p.ether_type == 0x86dd) {
    p.net = Net::kIpv6;
    decode_ipv6(p, snapped);
  } else if (p.ether_type < 0x0600) {
    p.net = Net::kLlc;
    p.payload = p.l3();
    p.end = std::min(p.end, p.l3() + p.ether_type);
    if (p.l3() + p.ether_type > p.bytes.size() && !snapped) p.malformed = "802.3 length";
  } else {
    p.payload = p.l3();
  }
}

}  // namespace

Packet decode_packet(Bytes frame, bool snapped) {
  Packet p;
  p.bytes = frame;
  p.end = static_cast<uint32_t>(frame.size());
  p.payload = p.end;
  Reader r(frame);
  p.destination_mac = r.u48();
  p.source_mac = r.u48();
  p.ether_type = r.u16();
  if (!r.ok()) {
    p.malformed = "Ethernet header cut short";
    p.frame_key = p.datagram_key = p.nat_key = hash_bytes(frame);
    return p;
  }
  decode_tags(p, r);
  if (p.malformed == nullptr) decode_network(p, snapped);
  if (p.datagram_key != 0) {
    // Transport checksums stay out: the kernel may fill them in between two taps.
    p.frame_key =
        mix(p.datagram_key, hash_bytes(frame.first(std::min<size_t>(p.l4, frame.size()))));
  } else {
    p.frame_key = hash_bytes(frame);
    p.datagram_key = p.nat_key = p.frame_key;
  }
  return p;
}

}  // namespace hoplab::journey
