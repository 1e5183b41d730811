#include "tests/truth/frames/wire.h"

#include <algorithm>

namespace hoplab::truth {
namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kArp = 0x0806;

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

std::optional<Wire::Ip> read_ip(const std::string& packet) {
  if (packet.size() < 20) return std::nullopt;
  Wire::Ip ip;
  ip.protocol = static_cast<uint8_t>(packet[9]);
  ip.source = u32(packet, 12);
  ip.destination = u32(packet, 16);
  const size_t header = (number(packet, 0, 1) & 0xFU) * 4;
  const size_t end = std::min<size_t>(u16(packet, 2), packet.size());  // padding stands behind
  const bool first = (u16(packet, 6) & 0x1FFFU) == 0;
  if (!first || header < 20 || end < header) return ip;
  const std::string body = packet.substr(header, end - header);
  const size_t least = ip.protocol == kTcp ? 20 : 8;
  if ((ip.protocol != kTcp && ip.protocol != kUdp) || body.size() < least) return ip;
  ip.source_port = u16(body, 0);
  ip.destination_port = u16(body, 2);
  const size_t offset = ip.protocol == kTcp ? (number(body, 12, 1) >> 4U) * 4 : 8;
  if (offset <= body.size()) ip.payload = body.substr(offset);
  return ip;
}

}  // namespace

std::optional<Wire> read_wire(const std::string& frame) {
  if (frame.size() < 14) return std::nullopt;
  Wire wire;
  wire.destination_mac = frame.substr(0, 6);
  wire.source_mac = frame.substr(6, 6);
  wire.ether_type = u16(frame, 12);
  if (wire.ether_type == kIpv4) wire.ip = read_ip(frame.substr(14));
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

}  // namespace hoplab::truth
