#include "controller/journey/decode/info.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/journey/decode/bgp.h"
#include "controller/journey/decode/dhcp.h"
#include "controller/journey/decode/dhcpv6.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/icmpv6.h"
#include "controller/journey/decode/link_layer.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/ospf.h"
#include "controller/journey/decode/tls.h"

namespace hoplab::journey {
namespace {

std::string icmp_info(const Packet& p) {
  std::string text = icmp_text(p.icmp_type, p.icmp_code);
  Reader r(p.bytes.first(std::min<size_t>(p.end, p.bytes.size())), p.l4 + 4U);
  if (p.icmp_type == 0 || p.icmp_type == 8) {
    const uint16_t id = r.u16();
    return text + fmt::format(" id {} seq {}", id, r.u16());
  }
  if (p.icmp_type == 3 && p.icmp_code == 4) {
    r.skip(2);
    text += fmt::format(", MTU {}", r.u16());
  }
  if (p.icmp_type == 5) text.append(" to ").append(address_text(r.u32()));
  if (p.has_quote) {
    const Tuple about = read_quote(p).tuple;
    text += fmt::format(" about {} {} → {}", ip_protocol_name(about.protocol),
                        endpoint_text(about.source), endpoint_text(about.destination));
  }
  return text;
}

std::string tcp_info(const Packet& p) {
  const Bytes payload = p.payload_bytes();
  if (!payload.empty()) {
    if (p.uses_port(179)) return bgp_info(payload);
    if (looks_like_tls(payload)) return "TLS " + tls_records_text(decode_tls(payload));
    if (const auto http = decode_http(payload)) return http_info(*http);
    if (p.uses_port(53) && payload.size() > 2) {
      if (const auto dns = decode_dns(payload.subspan(2))) return dns_info(*dns);
    }
  }
  std::string text = fmt::format("{} → {} [{}] seq {} ack {} win {} len {}", p.tuple.source.port,
                                 p.tuple.destination.port, tcp_flags_text(p.flags), p.sequence,
                                 p.acknowledgement, p.window, p.payload_size());
  if (const std::string options = tcp_options_text(tcp_options(p)); !options.empty()) {
    append_item(text, options, " ");
  }
  return text;
}

std::string udp_info(const Packet& p) {
  const Bytes payload = p.payload_bytes();
  if (p.uses_port(53)) {
    if (const auto dns = decode_dns(payload)) return dns_info(*dns);
  }
  if (p.uses_port(67) || p.uses_port(68)) {
    if (const auto dhcp = decode_dhcp(payload)) return dhcp_info(*dhcp);
  }
  if (is_dhcpv6(p)) {
    if (const auto dhcpv6 = decode_dhcpv6(payload)) return dhcpv6_info(*dhcpv6);
  }
  return fmt::format("{} → {} len {}", p.tuple.source.port, p.tuple.destination.port,
                     payload.size());
}

std::string ip_info(const Packet& p) {
  if (p.fragment_offset != 0) {
    return fmt::format("fragment of {} at {}", p.ip_id, p.fragment_offset);
  }
  switch (p.tuple.protocol) {
    case kTcp:
      return tcp_info(p);
    case kUdp:
      return udp_info(p);
    case kIcmp:
      return p.net == Net::kIpv4 ? icmp_info(p) : ip_protocol_name(kIcmp);
    case kIcmpv6:
      return p.net == Net::kIpv6 ? icmpv6_info(p) : ip_protocol_name(kIcmpv6);
    case kOspf:
      return ospf_info(p.payload_bytes());
    case kNoNextHeader:
      return "no next header";
    default:
      return ip_protocol_name(p.tuple.protocol);
  }
}

std::string frame_info(const Packet& p) {
  switch (p.net) {
    case Net::kArp:
      if (p.arp_operation == 1) {
        return fmt::format("who has {}? tell {}", address_text(p.tuple.destination.address),
                           address_text(p.tuple.source.address));
      }
      if (p.arp_operation != 2) return fmt::format("ARP operation {}", p.arp_operation);
      return fmt::format("{} is at {}", address_text(p.tuple.source.address),
                         mac_text(p.arp_sender_mac));
    case Net::kLlc:
      return llc_text(p.payload_bytes());
    case Net::kNone:
      return fmt::format("EtherType {}, {} bytes", ether_type_name(p.ether_type), p.payload_size());
    case Net::kIpv4:
    case Net::kIpv6:
      break;
  }
  return ip_info(p);
}

// The application on top of the transport, or nothing.
std::string application_of(const Packet& p) {
  const Bytes payload = p.payload_bytes();
  if (payload.empty()) return {};
  if (p.is(kUdp)) {
    if ((p.uses_port(67) || p.uses_port(68)) && decode_dhcp(payload)) return "DHCP";
    if (is_dhcpv6(p) && decode_dhcpv6(payload)) return "DHCPv6";
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
    case kIcmpv6:
      return "ICMPv6";
    case kEigrp:
      return "EIGRP";
    case kOspf:
      return "OSPF";
    default:
      return fmt::format("protocol {}", protocol);
  }
}

std::string endpoint_text(const Endpoint& e) {
  const std::string address = address_text(e.address);
  return e.address.is_v6() ? fmt::format("[{}]:{}", address, e.port)
                           : fmt::format("{}:{}", address, e.port);
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

std::string icmp_name(const Packet& p) { return p.net == Net::kIpv6 ? "ICMPv6" : "ICMP"; }

std::string icmp_message(const Packet& p) {
  return p.net == Net::kIpv6 ? icmpv6_text(p.icmp_type, p.icmp_code)
                             : icmp_text(p.icmp_type, p.icmp_code);
}

std::string ttl_name(const Packet& p) { return p.net == Net::kIpv6 ? "hop limit" : "TTL"; }

std::string info_line(const Packet& p) {
  if (p.malformed != nullptr) return fmt::format("{}malformed: {}", tag_text(p), p.malformed);
  return tag_text(p) + frame_info(p);
}

void fill_headers(const Packet& p, v1::Headers& h) {
  h.set_info(info_line(p));
  if (p.bytes.size() < 14) return;
  h.set_source_mac(mac_text(p.source_mac));
  h.set_destination_mac(mac_text(p.destination_mac));
  h.set_ether_type(p.net == Net::kLlc ? "LLC" : ether_type_name(p.ether_type));
  if (p.net == Net::kArp) {
    h.set_source(address_text(p.tuple.source.address));
    h.set_destination(address_text(p.tuple.destination.address));
  }
  if (!p.is_ip()) return;
  h.set_source(address_text(p.tuple.source.address));
  h.set_destination(address_text(p.tuple.destination.address));
  h.set_ttl(p.ttl);
  h.set_ip_id(p.ip_id);
  h.set_protocol(ip_protocol_name(p.tuple.protocol));
  h.set_source_port(p.tuple.source.port);
  h.set_destination_port(p.tuple.destination.port);
}

std::vector<std::string> layers_of(const Packet& p) {
  std::vector<std::string> layers = {"Ethernet"};
  if (p.tags > 0) layers.emplace_back("802.1Q");
  if (p.net == Net::kArp) layers.emplace_back("ARP");
  if (p.net == Net::kLlc) layers.emplace_back("LLC");
  if (!p.is_ip()) return layers;
  layers.emplace_back(p.net == Net::kIpv4 ? "IPv4" : "IPv6");
  if (p.malformed != nullptr && p.l4 == 0) return layers;
  if (p.tuple.protocol != kNoNextHeader) layers.push_back(ip_protocol_name(p.tuple.protocol));
  if (std::string application = application_of(p); !application.empty()) {
    layers.push_back(std::move(application));
  }
  return layers;
}

std::string protocol_of(const Packet& p) { return layers_of(p).back(); }

}  // namespace hoplab::journey
