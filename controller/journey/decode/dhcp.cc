#include "controller/journey/decode/dhcp.h"

#include <array>
#include <bit>

namespace hoplab::journey {

std::optional<DhcpMessage> decode_dhcp(Bytes payload) {
  DhcpMessage m;
  Reader r(payload);
  r.skip(4);  // op, hardware type and length, hops
  m.xid = r.u32();
  r.skip(4);
  m.client_address = r.u32();
  m.your_address = r.u32();
  r.skip(8);
  m.client_mac = r.u48();
  r.skip(10 + 64 + 128);
  if (r.u32() != 0x63825363 || !r.ok()) return std::nullopt;
  while (r.left() > 0 && r.ok()) {
    const uint8_t code = r.u8();
    if (code == 0) continue;
    if (code == 255) break;
    Reader value(r.take(r.u8()));
    switch (code) {
      case 1:
        m.prefix_length = static_cast<uint8_t>(std::popcount(value.u32()));
        break;
      case 3:
        m.router = value.u32();
        break;
      case 6:
        while (value.left() >= 4 && m.name_servers.size() < 8)
          m.name_servers.push_back(value.u32());
        break;
      case 50:
        m.requested = value.u32();
        break;
      case 51:
        m.lease_seconds = value.u32();
        break;
      case 53:
        m.type = value.u8();
        break;
      case 54:
        m.server = value.u32();
        break;
      default:
        break;
    }
  }
  return m;
}

const char* dhcp_name(uint8_t type) {
  static constexpr std::array kNames = {"BOOTP", "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                        "ACK",   "NAK",      "RELEASE", "INFORM"};
  return type < kNames.size() ? kNames[type] : "message of unknown type";
}

}  // namespace hoplab::journey
