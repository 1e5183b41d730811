// IPv4 (RFC 791).
#include <algorithm>

#include "controller/journey/decode/layers.h"

namespace hoplab::journey {

void decode_ipv4(Packet& p, bool snapped) {
  const size_t l3 = p.l3();
  Reader r(p.bytes, l3);
  const uint8_t version = r.u8();
  r.skip(1);
  const uint16_t total = r.u16();
  p.ip_id = r.u16();
  const uint16_t fragment = r.u16();
  p.ttl = r.u8();
  p.tuple.protocol = r.u8();
  r.skip(2);
  p.tuple.source.address = net::Ipv4{r.u32()};
  p.tuple.destination.address = net::Ipv4{r.u32()};
  const unsigned header = (version & 15U) * 4U;
  if (!r.ok()) {
    p.malformed = "IPv4 header cut short";
    return;
  }
  // Offloaded super-frames carry a total length of zero.
  const size_t datagram = total == 0 ? p.bytes.size() - l3 : total;
  if (version >> 4U != 4 || header < 20 || header > datagram || l3 + header > p.bytes.size()) {
    p.malformed = "IPv4 header length";
    return;
  }
  p.fragment_offset = static_cast<uint16_t>((fragment & 0x1fffU) * 8U);
  p.more_fragments = (fragment & 0x2000U) != 0;
  p.l4 = static_cast<uint32_t>(l3 + header);
  p.end = static_cast<uint32_t>(std::min(l3 + datagram, p.bytes.size()));
  p.payload = p.l4;
  const Bytes rest = p.bytes.first(p.end).subspan(p.l4);
  uint64_t body = 0;
  if (p.fragment_offset == 0) decode_transport(p, body);
  if (l3 + datagram > p.bytes.size() && !snapped && p.malformed == nullptr) {
    p.malformed = "IPv4 datagram cut short";
  }
  if (body == 0) body = hash_bytes(rest);
  const Tuple& t = p.tuple;
  p.nat_key = mix(mix(body, static_cast<uint64_t>(p.ip_id) << 32U | fragment),
                  static_cast<uint64_t>(total) << 8U | t.protocol);
  const uint64_t ports = static_cast<uint64_t>(t.source.port) << 16U | t.destination.port;
  p.datagram_key =
      mix(mix(p.nat_key, ports), mix(digest(t.source.address), digest(t.destination.address)));
}

}  // namespace hoplab::journey
