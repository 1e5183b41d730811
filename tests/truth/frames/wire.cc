#include "tests/truth/frames/wire.h"

#include <algorithm>

namespace hoplab::truth {
namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kArp = 0x0806;
constexpr uint16_t kIpv6 = 0x86dd;

uint64_t number(const std::string& bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8U | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}
uint16_t u16(const std::string& bytes, size_t at) {
  return static_cast<uint16_t>(number(bytes, at, 2));
}
uint32_t u32(const std::string& bytes, size_t at) {
  return static_cast<uint32_t>(number(bytes, at, 4));
}

// What IPv4 and IPv6 carry alike: `body` from the transport header to the end of the datagram.
void read_transport(const std::string& body, Wire::Ip& ip) {
  if (ip.protocol == kIcmpv6 && !body.empty()) ip.icmp_type = static_cast<uint8_t>(body[0]);
  const size_t least = ip.protocol == kTcp ? 20 : 8;
  if ((ip.protocol != kTcp && ip.protocol != kUdp) || body.size() < least) return;
  ip.source_port = u16(body, 0);
  ip.destination_port = u16(body, 2);
  if (ip.protocol == kTcp) ip.tcp_flags = static_cast<uint8_t>(body[13]);
  const size_t offset = ip.protocol == kTcp ? (number(body, 12, 1) >> 4U) * 4 : 8;
  if (offset <= body.size()) ip.payload = body.substr(offset);
}

std::optional<Wire::Ip> read_ipv4(const std::string& packet) {
  if (packet.size() < 20) return std::nullopt;
  Wire::Ip ip;
  ip.protocol = static_cast<uint8_t>(packet[9]);
  ip.source = packet.substr(12, 4);
  ip.destination = packet.substr(16, 4);
  const size_t header = (number(packet, 0, 1) & 0xFU) * 4;
  const size_t end = std::min<size_t>(u16(packet, 2), packet.size());  // padding stands behind
  const bool first = (u16(packet, 6) & 0x1FFFU) == 0;
  if (!first || header < 20 || end < header) return ip;
  read_transport(packet.substr(header, end - header), ip);
  return ip;
}

// Of extension headers only hop-by-hop options occur in a lab, in front of listener reports.
std::optional<Wire::Ip> read_ipv6(const std::string& packet) {
  constexpr size_t kHeader = 40;
  if (packet.size() < kHeader) return std::nullopt;
  Wire::Ip ip;
  ip.protocol = static_cast<uint8_t>(packet[6]);
  ip.source = packet.substr(8, 16);
  ip.destination = packet.substr(24, 16);
  std::string body = packet.substr(kHeader, u16(packet, 4));
  if (ip.protocol == 0 && body.size() >= 8) {
    ip.protocol = static_cast<uint8_t>(body[0]);
    body.erase(0, std::min<size_t>(body.size(), (number(body, 1, 1) + 1) * 8));
  }
  read_transport(body, ip);
  return ip;
}

}  // namespace

std::optional<Wire> read_wire(const std::string& frame) {
  if (frame.size() < 14) return std::nullopt;
  Wire wire;
  wire.destination_mac = frame.substr(0, 6);
  wire.source_mac = frame.substr(6, 6);
  wire.ether_type = u16(frame, 12);
  if (wire.ether_type == kIpv4) wire.ip = read_ipv4(frame.substr(14));
  if (wire.ether_type == kIpv6) wire.ip = read_ipv6(frame.substr(14));
  if (wire.ether_type == kArp && frame.size() >= 42) {
    wire.arp = Wire::Arp{u16(frame, 20), frame.substr(22, 6), u32(frame, 28), u32(frame, 38)};
  }
  return wire;
}

std::string mac_text(const std::string& six_bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : six_bytes) {
    if (!text.empty()) text += ':';
    text += kDigits[static_cast<uint8_t>(byte) >> 4U];
    text += kDigits[static_cast<uint8_t>(byte) & 0xFU];
  }
  return text;
}

std::string address_text(const std::string& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (bytes.size() == 4) {
      text += (i == 0 ? "" : ".") + std::to_string(byte);
    } else {
      const std::string both = mac_text(bytes.substr(i, 1));
      text += (i > 0 && i % 2 == 0 ? ":" : "") + both;
    }
  }
  return text;
}

}  // namespace hoplab::truth
