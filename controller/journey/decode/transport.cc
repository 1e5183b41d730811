// Transport headers: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443).
#include <optional>

#include "controller/journey/decode/layers.h"

namespace hoplab::journey {
namespace {

void read_quoted_ports(Reader& r, Tuple& quote) {
  if (quote.protocol == kTcp || quote.protocol == kUdp) {
    quote.source.port = r.u16();
    quote.destination.port = r.u16();
  } else if (quote.protocol == kIcmp || quote.protocol == kIcmpv6) {
    r.skip(4);
    quote.source.port = quote.destination.port = r.u16();
  }
}

// Nothing where the error holds too little of it.
std::optional<Quote> quoted_ipv4(const Packet& p) {
  Quote quote;
  Reader r(p.bytes.first(p.end), p.l4 + 8U);
  const uint8_t version = r.u8();
  r.skip(3);
  quote.ip_id = r.u16();
  r.skip(3);
  quote.tuple.protocol = r.u8();
  r.skip(2);
  quote.tuple.source.address = net::Ipv4{r.u32()};
  quote.tuple.destination.address = net::Ipv4{r.u32()};
  const unsigned header = (version & 15U) * 4U;
  if (!r.ok() || version >> 4U != 4 || header < 20) return std::nullopt;
  r.skip(header - 20U);
  read_quoted_ports(r, quote.tuple);
  return r.ok() ? std::optional(quote) : std::nullopt;
}

std::optional<Quote> quoted_ipv6(const Packet& p) {
  Quote quote;
  const Bytes message = p.bytes.first(p.end);
  Reader r(message, p.l4 + 8U);
  const uint8_t version = r.u8();
  r.skip(5);
  const uint8_t next_header = r.u8();
  r.skip(1);
  quote.tuple.source.address = net::ip_address(r.take(16));
  quote.tuple.destination.address = net::ip_address(r.take(16));
  if (!r.ok() || version >> 4U != 6) return std::nullopt;
  const UpperLayer upper = find_upper_layer(message, r.at(), next_header);
  quote.tuple.protocol = upper.protocol;
  quote.ip_id = static_cast<uint16_t>(upper.identification);
  if (!upper.whole) return std::nullopt;
  Reader ports(message, upper.at);
  if (upper.fragment_offset == 0) read_quoted_ports(ports, quote.tuple);
  return ports.ok() ? std::optional(quote) : std::nullopt;
}

void decode_tcp(Packet& p, Bytes segment, uint64_t& body) {
  Reader r(segment);
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
}

void decode_udp(Packet& p, Bytes segment, uint64_t& body) {
  Reader r(segment);
  p.tuple.source.port = r.u16();
  p.tuple.destination.port = r.u16();
  const uint16_t length = r.u16();
  r.skip(2);
  if (!r.ok()) {
    p.malformed = "UDP header cut short";
    return;
  }
  // Zero: a jumbogram, or an offloaded super-frame.
  if (length != 0 && length < 8) p.malformed = "UDP length";
  p.payload = p.l4 + 8;
  // What the datagram holds behind a shorter UDP length is not payload.
  if (length >= 8 && length < segment.size()) p.end = p.l4 + length;
  body = mix(length, hash_bytes(segment.subspan(8)));
}

void decode_icmp(Packet& p, Bytes segment, uint64_t& body) {
  Reader r(segment);
  p.icmp_type = r.u8();
  p.icmp_code = r.u8();
  r.skip(2);
  if (!r.ok() || segment.size() < 8) {
    p.malformed = p.net == Net::kIpv6 ? "ICMPv6 header cut short" : "ICMP header cut short";
    return;
  }
  p.payload = p.l4 + 8;
  const bool v6 = p.net == Net::kIpv6;
  const uint64_t kind = static_cast<uint64_t>(p.icmp_type) << 8U | p.icmp_code;
  const bool echo =
      v6 ? p.icmp_type == 128 || p.icmp_type == 129 : p.icmp_type == 0 || p.icmp_type == 8;
  if (echo) {
    p.tuple.source.port = p.tuple.destination.port = r.u16();
    body = mix(kind, hash_bytes(segment.subspan(6)));
  } else if (!v6) {
    const auto quote = quoted_ipv4(p);
    p.has_quote = quote.has_value();
    // NAT rewrites the quoted addresses, ports and checksums too.
    body = mix(mix(kind, segment.size()), quote ? mix(quote->ip_id, quote->tuple.protocol) : 0);
  } else {
    p.has_quote = p.icmp_type < 128 && quoted_ipv6(p).has_value();
    body = mix(kind, hash_bytes(segment.subspan(4)));
  }
}

}  // namespace

void decode_transport(Packet& p, uint64_t& body) {
  const Bytes segment = p.bytes.first(p.end).subspan(p.l4);
  p.payload = p.end;
  switch (p.tuple.protocol) {
    case kTcp:
      return decode_tcp(p, segment, body);
    case kUdp:
      return decode_udp(p, segment, body);
    case kIcmp:
      if (p.net == Net::kIpv4) return decode_icmp(p, segment, body);
      break;
    case kIcmpv6:
      if (p.net == Net::kIpv6) return decode_icmp(p, segment, body);
      break;
    default:
      break;
  }
  p.payload = p.l4;
  body = hash_bytes(segment);
}

Quote read_quote(const Packet& p) {
  if (!p.has_quote) return {};
  const auto quote = p.net == Net::kIpv6 ? quoted_ipv6(p) : quoted_ipv4(p);
  return quote.value_or(Quote{});
}

}  // namespace hoplab::journey
