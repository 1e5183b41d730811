// ICMPv6 (RFC 4443) with Neighbor Discovery (RFC 4861, RFC 8106) and multicast listeners (RFC
// 3810).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

struct Icmpv6Message {
  enum Type : uint8_t {
    kUnreachable = 1,
    kPacketTooBig = 2,
    kTimeExceeded = 3,
    kParameterProblem = 4,
    kEchoRequest = 128,
    kEchoReply = 129,
    kListenerQuery = 130,
    kListenerReport = 131,
    kListenerDone = 132,
    kRouterSolicitation = 133,
    kRouterAdvertisement = 134,
    kNeighborSolicitation = 135,
    kNeighborAdvertisement = 136,
    kRedirect = 137,
    kListenerReportV2 = 143,
  };
  struct Prefix {
    Bytes address;  // 16 bytes
    uint8_t length = 0;
    bool on_link = false;
    bool autonomous = false;  // SLAAC may use it
    uint32_t valid_seconds = 0;
    uint32_t preferred_seconds = 0;
  };
  uint8_t type = 0;
  uint8_t code = 0;
  uint32_t number =
      0;         // MTU of Packet Too Big, pointer of Parameter Problem, id and sequence of echo
  Bytes target;  // of NS, NA, Redirect: 16 bytes
  Bytes destination;    // of Redirect
  bool router = false;  // flags of NA
  bool solicited = false;
  bool overrides = false;
  uint8_t hop_limit = 0;  // of RA, as are the following
  bool managed = false;
  bool other_configuration = false;
  uint16_t router_lifetime_seconds = 0;  // 0: it is no default router
  int router_preference = 0;             // 1: high, -1: low (RFC 4191)
  uint32_t reachable_ms = 0;             // 0: left to the host, as is the next
  uint32_t retransmission_ms = 0;
  std::vector<Prefix> prefixes;
  std::vector<Bytes> name_servers;  // RDNSS
  uint32_t name_server_seconds = 0;
  uint32_t mtu = 0;                // option; 0: none
  uint64_t link_layer_source = 0;  // options; 0: none
  uint64_t link_layer_target = 0;
  std::vector<Bytes> groups;  // of multicast listener messages
  bool malformed = false;     // cut short, or an option of impossible length
};

// Spans point into the packet's bytes.
Icmpv6Message decode_icmpv6(const Packet& packet);
std::string icmpv6_text(uint8_t type, uint8_t code);
std::string icmpv6_info(const Packet& packet);

}  // namespace hoplab::journey
