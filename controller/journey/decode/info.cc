#include "controller/journey/decode/info.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

#include "agents/common/net/address.h"
#include "controller/journey/decode/dhcp.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/tls.h"

namespace hoplab::journey {
namespace {

std::string dns_info(const DnsMessage& m) {
  std::string text = fmt::format("{} {} {}", m.response ? "answer" : "query", dns_type_name(m.type),
                                 m.name.empty() ? "-" : m.name);
  if (!m.response) return text;
  if (m.rcode != 0) append_item(text, dns_rcode_name(m.rcode), " ");
  if (m.authoritative) text += " (AA)";
  unsigned shown = 0;
  for (const DnsRecord& r : m.records) {
    const bool wanted = r.section == DnsRecord::kAnswer ||
                        (m.is_referral() && r.section == DnsRecord::kAuthority && r.type == 2);
    if (wanted && ++shown <= 3) text += fmt::format(" {} {}", dns_type_name(r.type), r.data);
  }
  return text;
}

std::string dhcp_info(const DhcpMessage& m) {
  std::string text = fmt::format("DHCP {} xid 0x{:08x}", dhcp_name(m.type), m.xid);
  if (m.your_address != 0) append_item(text, address_text(m.your_address), " ");
  return text;
}

std::string ospf_info(Bytes b) {
  static constexpr std::array kTypes = {"?",          "Hello",     "Database Description",
                                        "LS Request", "LS Update", "LS Acknowledge"};
  Reader r(b);
  const uint8_t version = r.u8();
  const uint8_t type = r.u8();
  if (!r.ok()) return "OSPF, cut short";
  return fmt::format("OSPFv{} {}", version, type < kTypes.size() ? kTypes[type] : "?");
}

std::string bgp_info(Bytes b) {
  static constexpr std::array kTypes = {"?",         "OPEN",         "UPDATE", "NOTIFICATION",
                                        "KEEPALIVE", "ROUTE-REFRESH"};
  std::string text;
  size_t at = 0;
  for (int messages = 0; at + 19 <= b.size() && messages < 4; ++messages) {
    Reader r(b, at + 16);
    const uint16_t length = r.u16();
    const uint8_t type = r.u8();
    if (b[at] != 0xff || length < 19) break;
    text += (text.empty() ? "BGP " : ", ") + std::string(type < kTypes.size() ? kTypes[type] : "?");
    at += length;
  }
  return text.empty() ? "BGP continuation" : text;
}

std::string tcp_info(const Packet& p) {
  const TcpOptions o = tcp_options(p);
  std::string text = fmt::format("{} → {} [{}] seq {} ack {} win {} len {}", p.tuple.source.port,
                                 p.tuple.destination.port, tcp_flags_text(p.flags), p.sequence,
                                 p.acknowledgement, p.window, p.payload_size());
  if (o.mss != 0) text += fmt::format(" MSS {}", o.mss);
  if (o.window_scale >= 0)
    text += fmt::format(" WS {}", 1U << static_cast<unsigned>(o.window_scale));
  if (o.sack_permitted) text += " SACK";
  const Bytes payload = p.payload_bytes();
  if (payload.empty()) return text;
  if (p.uses_port(179)) return bgp_info(payload);
  if (looks_like_tls(payload)) return "TLS " + tls_records_text(decode_tls(payload));
  if (const auto http = decode_http(payload)) {
    return http->request ? fmt::format("{} {} HTTP/1.1", http->method, http->path)
                         : fmt::format("HTTP/1.1 {} {}", http->status, http->reason);
  }
  return text;
}

std::string ipv6_address(Bytes b) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (b.size() != 16 || inet_ntop(AF_INET6, b.data(), text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

std::string ip_protocol_name(uint8_t protocol) {
  switch (protocol) {
    case kIcmp:
      return "ICMP";
    case kIgmp:
      return "IGMP";
    case kTcp:
      return "TCP";
    case kUdp:
      return "UDP";
    case kEigrp:
      return "EIGRP";
    case kOspf:
      return "OSPF";
    default:
      return fmt::format("protocol {}", protocol);
  }
}

// The application on top of the transport, or nothing.
std::string application_of(const Packet& p) {
  const Bytes payload = p.payload_bytes();
  if (payload.empty()) return {};
  if (p.is(kUdp)) {
    if ((p.uses_port(67) || p.uses_port(68)) && decode_dhcp(payload)) return "DHCP";
    if (p.uses_port(53) && decode_dns(payload)) return "DNS";
    return {};
  }
  if (!p.is(kTcp)) return {};
  if (p.uses_port(53)) return "DNS";
  if (p.uses_port(179)) return "BGP";
  if (looks_like_tls(payload)) return "TLS";
  if (decode_http(payload)) return "HTTP";
  return {};
}

}  // namespace

std::string mac_text(uint64_t mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac >> 40U & 255U,
                     mac >> 32U & 255U, mac >> 24U & 255U, mac >> 16U & 255U, mac >> 8U & 255U,
                     mac & 255U);
}
std::string address_text(uint32_t address) { return net::to_string(net::Ipv4{address}); }
std::string endpoint_text(const Endpoint& e) {
  return fmt::format("{}:{}", address_text(e.address), e.port);
}

std::string tcp_flags_text(uint8_t flags) {
  static constexpr std::array<std::pair<uint8_t, const char*>, 6> kNames = {
      {{kSyn, "SYN"}, {kFin, "FIN"}, {kRst, "RST"}, {kPsh, "PSH"}, {32, "URG"}, {kAck, "ACK"}}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((flags & bit) != 0) append_item(text, name);
  }
  return text.empty() ? "none" : text;
}

std::string icmp_text(uint8_t type, uint8_t code) {
  static constexpr std::array kUnreachable = {"network unreachable", "host unreachable",
                                              "protocol unreachable", "port unreachable",
                                              "fragmentation needed"};
  switch (type) {
    case 0:
      return "echo reply";
    case 3:
      if (code < kUnreachable.size()) return kUnreachable[code];
      if (code == 9 || code == 10 || code == 13) return "administratively prohibited";
      return fmt::format("destination unreachable (code {})", code);
    case 5:
      return "redirect";
    case 8:
      return "echo request";
    case 11:
      return code == 0 ? "time to live exceeded" : "fragment reassembly time exceeded";
    case 12:
      return "parameter problem";
    default:
      return fmt::format("type {} code {}", type, code);
  }
}

std::string info_line(const Packet& p) {
  if (p.malformed != nullptr) return fmt::format("malformed: {}", p.malformed);
  switch (p.net) {
    case Net::kArp:
      if (p.arp_operation == 1) {
        return fmt::format("who has {}? tell {}", address_text(p.tuple.destination.address),
                           address_text(p.tuple.source.address));
      }
      return fmt::format("{} is at {}", address_text(p.tuple.source.address),
                         mac_text(p.arp_sender_mac));
    case Net::kIpv6:
      return "IPv6";
    case Net::kLlc:
      return "LLC (spanning tree or IS-IS)";
    case Net::kNone:
      return fmt::format("ether type 0x{:04x}", p.ether_type);
    case Net::kIpv4:
      break;
  }
  if (p.fragment_offset != 0) {
    return fmt::format("fragment of {} at {}", p.ip_id, p.fragment_offset);
  }
  const Bytes payload = p.payload_bytes();
  switch (p.tuple.protocol) {
    case kTcp:
      return tcp_info(p);
    case kUdp:
      if (p.uses_port(53)) {
        if (const auto dns = decode_dns(payload)) return dns_info(*dns);
      }
      if (p.uses_port(67) || p.uses_port(68)) {
        if (const auto dhcp = decode_dhcp(payload)) return dhcp_info(*dhcp);
      }
      return fmt::format("{} → {} len {}", p.tuple.source.port, p.tuple.destination.port,
                         payload.size());
    case kIcmp:
      return icmp_text(p.icmp_type, p.icmp_code);
    case kOspf:
      return ospf_info(payload);
    default:
      return ip_protocol_name(p.tuple.protocol);
  }
}

void fill_headers(const Packet& p, v1::Headers& h) {
  h.set_info(info_line(p));
  if (p.bytes.size() < 14) return;
  h.set_source_mac(mac_text(p.source_mac));
  h.set_destination_mac(mac_text(p.destination_mac));
  switch (p.net) {
    case Net::kArp:
      h.set_ether_type("ARP");
      break;
    case Net::kIpv4:
      h.set_ether_type("IPv4");
      break;
    case Net::kIpv6:
      h.set_ether_type("IPv6");
      break;
    case Net::kLlc:
      h.set_ether_type("LLC");
      break;
    case Net::kNone:
      h.set_ether_type(fmt::format("0x{:04x}", p.ether_type));
      break;
  }
  if (p.net == Net::kIpv6 && p.bytes.size() >= 54) {
    h.set_source(ipv6_address(p.bytes.subspan(22, 16)));
    h.set_destination(ipv6_address(p.bytes.subspan(38, 16)));
    h.set_ttl(p.bytes[21]);
  }
  if (p.net != Net::kIpv4 && p.net != Net::kArp) return;
  h.set_source(address_text(p.tuple.source.address));
  h.set_destination(address_text(p.tuple.destination.address));
  if (p.net == Net::kArp) return;
  h.set_ttl(p.ttl);
  h.set_ip_id(p.ip_id);
  h.set_protocol(ip_protocol_name(p.tuple.protocol));
  h.set_source_port(p.tuple.source.port);
  h.set_destination_port(p.tuple.destination.port);
}

std::vector<std::string> layers_of(const Packet& p) {
  std::vector<std::string> layers = {"Ethernet"};
  if (p.net == Net::kArp) layers.emplace_back("ARP");
  if (p.net == Net::kIpv6) layers.emplace_back("IPv6");
  if (p.net != Net::kIpv4) return layers;
  layers.emplace_back("IPv4");
  layers.push_back(ip_protocol_name(p.tuple.protocol));
  if (std::string application = application_of(p); !application.empty()) {
    layers.push_back(std::move(application));
  }
  return layers;
}

std::string protocol_of(const Packet& p) { return layers_of(p).back(); }

}  // namespace hoplab::journey
