// OSPF packets: version 2 (RFC 2328) and version 3 (RFC 5340).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct OspfLsaHeader {
  uint16_t age = 0;  // seconds; 3600: being flushed
  uint16_t type = 0;
  uint32_t id = 0;
  uint32_t advertising_router = 0;
  uint32_t sequence = 0;
  uint16_t length = 0;
};

// What an LS Request asks for.
struct OspfRequest {
  uint32_t type = 0;
  uint32_t id = 0;
  uint32_t advertising_router = 0;
};

struct OspfPacket {
  enum Type : uint8_t { kHello = 1, kDatabaseDescription, kRequest, kUpdate, kAcknowledge };
  uint8_t version = 0;
  uint8_t type = 0;
  uint16_t length = 0;
  uint32_t router = 0;
  uint32_t area = 0;
  uint16_t authentication = 0;  // version 2: 0 none, 1 password, 2 cryptographic
  uint8_t instance = 0;         // version 3

  uint32_t mask = 0;          // Hello of version 2
  uint32_t interface_id = 0;  // Hello of version 3
  uint16_t hello_seconds = 0;
  uint32_t dead_seconds = 0;
  uint8_t priority = 0;
  uint32_t options = 0;  // Hello and Database Description
  uint32_t designated_router = 0;
  uint32_t backup = 0;
  std::vector<uint32_t> neighbors;

  uint16_t mtu = 0;  // Database Description, as are the following
  bool initial = false;
  bool more = false;
  bool master = false;
  uint32_t sequence = 0;

  uint32_t announced = 0;           // LS Update: LSAs it says it holds
  std::vector<OspfLsaHeader> lsas;  // of Database Description, LS Update, LS Acknowledge
  std::vector<OspfRequest> requests;
  const char* malformed = nullptr;
};

// Nothing when it is shorter than an OSPF header or of another version.
std::optional<OspfPacket> decode_ospf(Bytes payload);
std::string ospf_info(Bytes payload);
std::string ospf_type_name(uint8_t type);
std::string ospf_lsa_name(uint8_t version, uint32_t type);

}  // namespace hoplab::journey
