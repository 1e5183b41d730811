// BGP messages (RFC 4271; four-octet AS numbers of RFC 6793, multiprotocol of RFC 4760).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct BgpCapability {
  uint8_t code = 0;
  Bytes value;  // points into the message
};

struct BgpOpen {
  uint8_t version = 0;
  uint32_t asn = 0;  // of the four-octet capability where there is one
  uint16_t hold_seconds = 0;
  uint32_t identifier = 0;
  std::vector<BgpCapability> capabilities;
};

struct BgpUpdate {
  std::vector<std::string> withdrawn;  // "203.0.113.0/24", IPv6 ones too
  std::vector<std::string> announced;
  std::string as_path;  // "64520 64530 {64540 64541}"
  int origin = -1;      // 0 IGP, 1 EGP, 2 incomplete
  std::string next_hop;
  std::optional<uint32_t> med;
  std::optional<uint32_t> local_preference;
  std::vector<uint32_t> communities;
  std::vector<uint8_t> attributes;  // type codes in their order
  bool end_of_rib = false;          // an empty UPDATE (RFC 4724)
};

struct BgpNotification {
  uint8_t code = 0;
  uint8_t subcode = 0;
  std::string reason;  // of an administrative shutdown (RFC 9003)
};

struct BgpMessage {
  enum Type : uint8_t { kOpen = 1, kUpdate, kNotification, kKeepalive, kRouteRefresh };
  uint8_t type = 0;
  uint16_t length = 0;
  size_t at = 0;       // in the stream
  bool whole = false;  // false: the bytes end before the message does
  BgpOpen open;
  BgpUpdate update;
  BgpNotification notification;
  const char* malformed = nullptr;
};

// The messages in one direction of a connection, or in one segment that begins with one. Ends where
// no marker stands. Whether AS numbers have two or four octets is negotiated in OPEN messages that
// may not be there: the size that fills the attribute exactly is taken, four if both do.
std::vector<BgpMessage> decode_bgp(Bytes stream);
std::string bgp_info(Bytes stream);
std::string bgp_type_name(uint8_t type);
// "Cease: Administrative Shutdown"
std::string bgp_notification_name(uint8_t code, uint8_t subcode);

}  // namespace hoplab::journey
