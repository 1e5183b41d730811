#include "controller/journey/decode/icmpv6.h"

#include <fmt/format.h>

#include <array>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

void read_prefix(Reader option, Icmpv6Message& m) {
  Icmpv6Message::Prefix prefix;
  prefix.length = option.u8();
  const uint8_t flags = option.u8();
  prefix.on_link = (flags & 0x80U) != 0;
  prefix.autonomous = (flags & 0x40U) != 0;
  prefix.valid_seconds = option.u32();
  prefix.preferred_seconds = option.u32();
  option.skip(4);
  prefix.address = option.take(16);
  if (option.ok() && prefix.length <= 128) {
    m.prefixes.push_back(prefix);
  } else {
    m.malformed = true;
  }
}

void read_options(Reader& r, Icmpv6Message& m) {
  constexpr uint8_t kSource = 1, kTarget = 2, kPrefix = 3, kMtu = 5, kNameServers = 25;
  while (r.left() > 0) {
    const uint8_t type = r.u8();
    const size_t length = r.u8() * 8U;
    if (!r.ok() || length == 0 || length - 2 > r.left()) {
      m.malformed = true;
      return;
    }
    Reader option(r.take(length - 2));
    switch (type) {
      case kSource:
        m.link_layer_source = option.u48();
        break;
      case kTarget:
        m.link_layer_target = option.u48();
        break;
      case kPrefix:
        read_prefix(option, m);
        break;
      case kMtu:
        option.skip(2);
        m.mtu = option.u32();
        break;
      case kNameServers:
        option.skip(2);
        m.name_server_seconds = option.u32();
        while (option.left() >= 16) m.name_servers.push_back(option.take(16));
        break;
      default:
        break;
    }
  }
}

void read_router_advertisement(Reader& r, Icmpv6Message& m) {
  m.hop_limit = r.u8();
  const uint8_t flags = r.u8();
  m.managed = (flags & 0x80U) != 0;
  m.other_configuration = (flags & 0x40U) != 0;
  const unsigned preference = flags >> 3U & 3U;  // 2 is reserved and means medium
  m.router_preference = preference == 1 ? 1 : preference == 3 ? -1 : 0;
  m.router_lifetime_seconds = r.u16();
  m.reachable_ms = r.u32();
  m.retransmission_ms = r.u32();
  read_options(r, m);
}

void read_listener_report(Reader& r, Icmpv6Message& m) {
  r.skip(2);
  const uint16_t records = r.u16();
  for (unsigned i = 0; i < records && r.ok(); ++i) {
    r.skip(1);
    const size_t auxiliary = r.u8() * 4U;
    const size_t sources = r.u16() * size_t{16};
    const Bytes group = r.take(16);
    r.skip(sources + auxiliary);
    if (r.ok()) m.groups.push_back(group);
  }
}

void read_body(Reader& r, Icmpv6Message& m) {
  switch (m.type) {
    case Icmpv6Message::kRouterSolicitation:
      r.skip(4);
      return read_options(r, m);
    case Icmpv6Message::kRouterAdvertisement:
      return read_router_advertisement(r, m);
    case Icmpv6Message::kNeighborSolicitation:
    case Icmpv6Message::kNeighborAdvertisement: {
      const uint32_t flags = r.u32();
      m.router = (flags & 0x80000000U) != 0;
      m.solicited = (flags & 0x40000000U) != 0;
      m.overrides = (flags & 0x20000000U) != 0;
      m.target = r.take(16);
      return read_options(r, m);
    }
    case Icmpv6Message::kRedirect:
      r.skip(4);
      m.target = r.take(16);
      m.destination = r.take(16);
      return read_options(r, m);
    case Icmpv6Message::kListenerQuery:
    case Icmpv6Message::kListenerReport:
    case Icmpv6Message::kListenerDone:
      r.skip(4);
      m.groups.push_back(r.take(16));
      return;
    case Icmpv6Message::kListenerReportV2:
      return read_listener_report(r, m);
    default:
      m.number = r.u32();
  }
}

std::string advertisement_text(const Icmpv6Message& m) {
  std::string text = fmt::format(" lifetime {} s", m.router_lifetime_seconds);
  for (const auto& p : m.prefixes) {
    text += fmt::format(", prefix {}{}", prefix_text(p.address, p.length, true),
                        p.autonomous ? " (SLAAC)" : "");
  }
  for (const Bytes& server : m.name_servers) text.append(", DNS ").append(address_text(server));
  if (m.mtu != 0) text += fmt::format(", MTU {}", m.mtu);
  if (m.managed) text += ", addresses by DHCPv6";
  if (m.other_configuration && !m.managed) text += ", more by DHCPv6";
  return text;
}

}  // namespace

Icmpv6Message decode_icmpv6(const Packet& p) {
  Icmpv6Message m;
  if (p.net != Net::kIpv6 || !p.is(kIcmpv6) || p.end > p.bytes.size()) {
    m.malformed = true;
    return m;
  }
  Reader r(p.bytes.first(p.end), p.l4);
  m.type = r.u8();
  m.code = r.u8();
  r.skip(2);
  read_body(r, m);
  if (!r.ok()) m.malformed = true;
  return m;
}

std::string icmpv6_text(uint8_t type, uint8_t code) {
  static constexpr std::array kUnreachable = {"no route to destination",
                                              "administratively prohibited",
                                              "beyond scope of source address",
                                              "address unreachable",
                                              "port unreachable",
                                              "source address failed policy",
                                              "reject route to destination"};
  switch (type) {
    case Icmpv6Message::kUnreachable:
      return code < kUnreachable.size() ? kUnreachable[code]
                                        : fmt::format("destination unreachable (code {})", code);
    case Icmpv6Message::kPacketTooBig:
      return "packet too big";
    case Icmpv6Message::kTimeExceeded:
      return code == 0 ? "hop limit exceeded" : "fragment reassembly time exceeded";
    case Icmpv6Message::kParameterProblem:
      return "parameter problem";
    case Icmpv6Message::kEchoRequest:
      return "echo request";
    case Icmpv6Message::kEchoReply:
      return "echo reply";
    case Icmpv6Message::kListenerQuery:
      return "multicast listener query";
    case Icmpv6Message::kListenerReport:
    case Icmpv6Message::kListenerReportV2:
      return "multicast listener report";
    case Icmpv6Message::kListenerDone:
      return "multicast listener done";
    case Icmpv6Message::kRouterSolicitation:
      return "router solicitation";
    case Icmpv6Message::kRouterAdvertisement:
      return "router advertisement";
    case Icmpv6Message::kNeighborSolicitation:
      return "neighbor solicitation";
    case Icmpv6Message::kNeighborAdvertisement:
      return "neighbor advertisement";
    case Icmpv6Message::kRedirect:
      return "redirect";
    default:
      return fmt::format("type {} code {}", type, code);
  }
}

std::string icmpv6_info(const Packet& p) {
  const Icmpv6Message m = decode_icmpv6(p);
  std::string text = icmpv6_text(m.type, m.code);
  switch (m.type) {
    case Icmpv6Message::kPacketTooBig:
      text += fmt::format(", MTU {}", m.number);
      break;
    case Icmpv6Message::kParameterProblem:
      text += fmt::format(" at {}", m.number);
      break;
    case Icmpv6Message::kEchoRequest:
    case Icmpv6Message::kEchoReply:
      text += fmt::format(" id {} seq {}", m.number >> 16U, m.number & 0xffffU);
      break;
    case Icmpv6Message::kNeighborSolicitation:
      text = fmt::format("who has {}?", address_text(m.target));
      if (m.link_layer_source != 0) text.append(" tell ").append(mac_text(m.link_layer_source));
      break;
    case Icmpv6Message::kNeighborAdvertisement:
      text = fmt::format("{} is {}", address_text(m.target), m.router ? "a router" : "there");
      if (m.link_layer_target != 0) {
        text = fmt::format("{} is at {}", address_text(m.target), mac_text(m.link_layer_target));
      }
      break;
    case Icmpv6Message::kRouterAdvertisement:
      text += advertisement_text(m);
      break;
    case Icmpv6Message::kRedirect:
      text += fmt::format(" {} → {}", address_text(m.destination), address_text(m.target));
      break;
    default:
      break;
  }
  for (const Bytes& group : m.groups) text.append(" ").append(address_text(group));
  if (p.has_quote) {
    const Tuple about = read_quote(p).tuple;
    text += fmt::format(" about {} → {}", address_text(about.source.address),
                        address_text(about.destination.address));
  }
  if (m.malformed) append_item(text, "malformed");
  return text;
}

}  // namespace hoplab::journey
