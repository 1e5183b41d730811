#include "controller/journey/decode/packet.h"

#include <algorithm>

namespace hoplab::journey {
namespace {

void decode_arp(Packet& p) {
  Reader r(p.bytes, 14);
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
  p.tuple.source.address = r.u32();
  r.skip(6);
  p.tuple.destination.address = r.u32();
  if (!r.ok()) p.malformed = "ARP cut short";
  p.end = static_cast<uint32_t>(std::min<size_t>(42, p.bytes.size()));
}

void decode_quote(Packet& p) {
  Reader r(p.bytes.first(p.end), p.l4 + 8U);
  const uint8_t version = r.u8();
  r.skip(3);
  p.quote_ip_id = r.u16();
  r.skip(3);
  p.quote.protocol = r.u8();
  r.skip(2);
  p.quote.source.address = r.u32();
  p.quote.destination.address = r.u32();
  const unsigned header = (version & 15U) * 4U;
  if (!r.ok() || version >> 4U != 4 || header < 20) return;
  r.skip(header - 20U);
  if (p.quote.protocol == kTcp || p.quote.protocol == kUdp) {
    p.quote.source.port = r.u16();
    p.quote.destination.port = r.u16();
  } else if (p.quote.protocol == kIcmp) {
    r.skip(4);
    p.quote.source.port = p.quote.destination.port = r.u16();
  }
  p.has_quote = r.ok();
}

// The transport header; `body` becomes the hash of what NAT does not touch.
void decode_transport(Packet& p, uint64_t& body) {
  const Bytes datagram = p.bytes.first(p.end);
  const Bytes segment = datagram.subspan(p.l4);
  Reader r(segment);
  p.payload = p.end;
  switch (p.tuple.protocol) {
    case kTcp: {
      p.tuple.source.port = r.u16();
      p.tuple.destination.port = r.u16();
      p.sequence = r.u32();
      p.acknowledgement = r.u32();
      const uint8_t offset = r.u8();
      p.flags = r.u8();
      p.window = r.u16();
      r.skip(4);
      const unsigned header = (offset >> 4U) * 4U;
      if (!r.ok()) {
        p.malformed = "TCP header cut short";
      } else if (header < 20 || header > segment.size()) {
        p.malformed = "TCP data offset";
      } else {
        p.payload = p.l4 + header;
        body = mix(hash_bytes(segment.subspan(4, 12)), hash_bytes(segment.subspan(18)));
      }
      return;
    }
    case kUdp: {
      p.tuple.source.port = r.u16();
      p.tuple.destination.port = r.u16();
      const uint16_t length = r.u16();
      r.skip(2);
      if (!r.ok()) {
        p.malformed = "UDP header cut short";
        return;
      }
      if (length < 8) p.malformed = "UDP length";
      p.payload = p.l4 + 8;
      body = mix(length, hash_bytes(segment.subspan(8)));
      return;
    }
    case kIcmp: {
      p.icmp_type = r.u8();
      p.icmp_code = r.u8();
      r.skip(2);
      if (!r.ok() || segment.size() < 8) {
        p.malformed = "ICMP header cut short";
        return;
      }
      p.payload = p.l4 + 8;
      const uint64_t kind = static_cast<uint64_t>(p.icmp_type) << 8U | p.icmp_code;
      if (p.icmp_type == 0 || p.icmp_type == 8) {
        p.tuple.source.port = p.tuple.destination.port = r.u16();
        body = mix(kind, hash_bytes(segment.subspan(6)));
      } else {
        decode_quote(p);
        // NAT rewrites the quoted addresses, ports and checksums too.
        body = mix(mix(kind, segment.size()), mix(p.quote_ip_id, p.quote.protocol));
      }
      return;
    }
    default:
      p.payload = p.l4;
      body = hash_bytes(segment);
  }
}

void decode_ipv4(Packet& p, bool snapped) {
  Reader r(p.bytes, 14);
  const uint8_t version = r.u8();
  r.skip(1);
  const uint16_t total = r.u16();
  p.ip_id = r.u16();
  const uint16_t fragment = r.u16();
  p.ttl = r.u8();
  p.tuple.protocol = r.u8();
  r.skip(2);
  p.tuple.source.address = r.u32();
  p.tuple.destination.address = r.u32();
  const unsigned header = (version & 15U) * 4U;
  if (!r.ok()) {
    p.malformed = "IPv4 header cut short";
    return;
  }
  // Offloaded super-frames carry a total length of zero.
  const size_t datagram = total == 0 ? p.bytes.size() - 14 : total;
  if (version >> 4U != 4 || header < 20 || header > datagram || 14 + header > p.bytes.size()) {
    p.malformed = "IPv4 header length";
    return;
  }
  p.fragment_offset = static_cast<uint16_t>((fragment & 0x1fffU) * 8U);
  p.more_fragments = (fragment & 0x2000U) != 0;
  p.l4 = 14 + header;
  p.end = static_cast<uint32_t>(std::min(14 + datagram, p.bytes.size()));
  p.payload = p.l4;
  const Bytes rest = p.bytes.first(p.end).subspan(p.l4);
  uint64_t body = 0;
  if (p.fragment_offset == 0) decode_transport(p, body);
  if (14 + datagram > p.bytes.size() && !snapped && p.malformed == nullptr) {
    p.malformed = "IPv4 datagram cut short";
  }
  if (body == 0) body = hash_bytes(rest);
  const Tuple& t = p.tuple;
  p.nat_key = mix(mix(body, static_cast<uint64_t>(p.ip_id) << 32U | fragment),
                  static_cast<uint64_t>(total) << 8U | t.protocol);
  const uint64_t ports = static_cast<uint64_t>(t.source.port) << 16U | t.destination.port;
  p.datagram_key = mix(mix(p.nat_key, ports),
                       static_cast<uint64_t>(t.source.address) << 32U | t.destination.address);
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
    p.frame_key = hash_bytes(frame);
    return p;
  }
  if (p.ether_type == 0x0800) {
    p.net = Net::kIpv4;
    decode_ipv4(p, snapped);
  } else if (p.ether_type == 0x0806) {
    p.net = Net::kArp;
    decode_arp(p);
  } else if (p.ether_type == 0x86dd) {
    p.net = Net::kIpv6;
    if (frame.size() < 54) p.malformed = "IPv6 header cut short";
  } else if (p.ether_type < 0x0600) {
    p.net = Net::kLlc;
  }
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

TcpOptions tcp_options(const Packet& p) {
  TcpOptions options;
  if (!p.is(kTcp) || p.payload < p.l4 + 20 || p.payload > p.bytes.size()) return options;
  Reader r(p.bytes.first(p.payload), p.l4 + 20U);
  while (r.left() > 0) {
    const uint8_t kind = r.u8();
    if (kind == 0) break;
    if (kind == 1) continue;
    const uint8_t length = r.u8();
    if (length < 2 || !r.ok()) break;
    Reader value(r.take(length - 2U));
    if (kind == 2) options.mss = value.u16();
    if (kind == 3) options.window_scale = std::min<int>(value.u8(), 14);
    if (kind == 4) options.sack_permitted = true;
    if (kind == 8) options.timestamps = true;
  }
  return options;
}

}  // namespace hoplab::journey
