// DHCP messages (RFC 2131, options of RFC 2132).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct DhcpMessage {
  enum Type : uint8_t {
    kBootp = 0,
    kDiscover,
    kOffer,
    kRequest,
    kDecline,
    kAck,
    kNak,
    kRelease,
    kInform
  };
  uint8_t type = kBootp;
  uint32_t xid = 0;
  uint64_t client_mac = 0;
  uint32_t client_address = 0;  // ciaddr
  uint32_t your_address = 0;
  uint32_t requested = 0;  // option 50
  uint32_t server = 0;     // option 54
  uint32_t lease_seconds = 0;
  uint8_t prefix_length = 0;  // from the mask; 0: none given
  uint32_t router = 0;
  std::vector<uint32_t> name_servers;
};

std::optional<DhcpMessage> decode_dhcp(Bytes payload);
const char* dhcp_name(uint8_t type);

}  // namespace hoplab::journey
