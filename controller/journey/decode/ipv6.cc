// IPv6 (RFC 8200).
#include <algorithm>

#include "controller/journey/decode/layers.h"

namespace hoplab::journey {

UpperLayer find_upper_layer(Bytes bytes, size_t at, uint8_t next_header) {
  constexpr uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51,
                    kDestinationOptions = 60, kMobility = 135, kHip = 139, kShim6 = 140;
  UpperLayer upper{.protocol = next_header, .at = at};
  // Behind the header of a later fragment stands payload, whatever its next header says.
  while (upper.fragment_offset == 0) {
    Reader r(bytes, upper.at);
    size_t length = 0;
    uint8_t next = 0;
    switch (upper.protocol) {
      case kHopByHop:
      case kRouting:
      case kDestinationOptions:
      case kMobility:
      case kHip:
      case kShim6:
        next = r.u8();
        length = (r.u8() + 1U) * 8U;
        break;
      case kAuthentication:
        next = r.u8();
        length = (r.u8() + 2U) * 4U;
        break;
      case kFragment: {
        next = r.u8();
        r.skip(1);
        const uint16_t where = r.u16();
        upper.identification = r.u32();
        upper.fragment_offset = where & 0xfff8U;
        upper.more_fragments = (where & 1U) != 0;
        length = 8;
        break;
      }
      default:
        return upper;
    }
    if (!r.ok() || length > bytes.size() - std::min(upper.at, bytes.size())) {
      upper.whole = false;
      return upper;
    }
    upper.protocol = next;
    upper.at += length;
  }
  return upper;
}

void decode_ipv6(Packet& p, bool snapped) {
  const size_t l3 = p.l3();
  Reader r(p.bytes, l3);
  const uint32_t first = r.u32();  // version, traffic class, flow label
  const uint16_t length = r.u16();
  const uint8_t next_header = r.u8();
  p.ttl = r.u8();
  const Bytes addresses = r.take(32);
  if (!r.ok()) {
    p.malformed = "IPv6 header cut short";
    return;
  }
  if (first >> 28U != 6) {
    p.malformed = "IPv6 version";
    return;
  }
  // Zero: a jumbogram (RFC 2675), or an offloaded super-frame.
  const size_t behind = p.bytes.size() - l3 - 40;
  const bool jumbo = length == 0 && (next_header == 0 || behind > 0xffff);
  const size_t datagram = 40 + (jumbo ? behind : length);
  p.end = static_cast<uint32_t>(std::min(l3 + datagram, p.bytes.size()));
  const Bytes whole = p.bytes.first(p.end);
  const UpperLayer upper = find_upper_layer(whole, l3 + 40, next_header);
  p.tuple.source.address = net::ip_address(addresses.first(16));
  p.tuple.destination.address = net::ip_address(addresses.subspan(16));
  p.tuple.protocol = upper.protocol;
  p.ip_id = static_cast<uint16_t>(upper.identification);
  p.fragment_offset = upper.fragment_offset;
  p.more_fragments = upper.more_fragments;
  p.l4 = static_cast<uint32_t>(std::min(upper.at, whole.size()));
  p.payload = p.l4;
  uint64_t body = 0;
  if (!upper.whole) {
    p.malformed = "IPv6 extension header cut short";
  } else if (p.fragment_offset == 0) {
    decode_transport(p, body);
  }
  if (l3 + datagram > p.bytes.size() && !snapped && p.malformed == nullptr) {
    p.malformed = "IPv6 datagram cut short";
  }
  if (body == 0) body = hash_bytes(whole.subspan(p.l4));
  // Routers change the hop limit and may change the traffic class: neither is in the keys.
  const Bytes extensions = whole.subspan(l3 + 40, p.l4 - (l3 + 40));
  p.nat_key =
      mix(mix(body, hash_bytes(extensions)), static_cast<uint64_t>(first & 0xfffffU) << 24U |
                                                 static_cast<uint64_t>(length) << 8U | next_header);
  const Tuple& t = p.tuple;
  const uint64_t ports = static_cast<uint64_t>(t.source.port) << 16U | t.destination.port;
  p.datagram_key = mix(mix(p.nat_key, ports), hash_bytes(addresses));
}

}  // namespace hoplab::journey
