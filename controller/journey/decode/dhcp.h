// DHCP and BOOTP messages (RFC 2131, RFC 951; options of RFC 2132, split ones by RFC 3396).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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
  bool reply = false;  // op
  uint8_t hops = 0;
  uint16_t seconds = 0;
  bool broadcast = false;  // the client asks for a broadcast answer
  uint32_t xid = 0;
  uint64_t client_mac = 0;
  uint32_t client_address = 0;  // ciaddr
  uint32_t your_address = 0;    // yiaddr
  uint32_t next_server = 0;     // siaddr
  uint32_t relay = 0;           // giaddr
  uint32_t requested = 0;       // option 50
  uint32_t server = 0;          // option 54
  uint32_t lease_seconds = 0;
  uint32_t renewal_seconds = 0;    // T1
  uint32_t rebinding_seconds = 0;  // T2
  uint8_t prefix_length = 0;       // from the mask; 0: none given
  uint32_t router = 0;             // the first
  uint16_t mtu = 0;
  std::vector<uint32_t> name_servers;
  std::string domain;
  std::string host_name;
  std::string message;                              // option 56: why it was refused
  std::vector<uint8_t> asked_for;                   // option 55: codes of options
  std::map<uint8_t, std::vector<uint8_t>> options;  // every option by code, as it came
  bool malformed = false;  // an option is cut short or of impossible length
};

// Nothing when it is neither.
std::optional<DhcpMessage> decode_dhcp(Bytes payload);
const char* dhcp_name(uint8_t type);
// "DISCOVER", "BOOTP request"
std::string dhcp_title(const DhcpMessage& message);
std::string dhcp_info(const DhcpMessage& message);

}  // namespace hoplab::journey
