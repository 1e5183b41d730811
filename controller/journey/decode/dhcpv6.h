// DHCPv6 messages (RFC 8415; name servers and search list by RFC 3646).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/net/ip_address.h"
#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

// Who a client or a server is, whatever its addresses (RFC 8415, section 11).
struct Duid {
  enum Kind : uint16_t { kLinkLayerTime = 1, kEnterprise = 2, kLinkLayer = 3, kUuid = 4 };
  std::vector<uint8_t> bytes;  // as it came; empty: none
  uint16_t kind = 0;
  uint64_t mac = 0;  // of kinds 1 and 3 over Ethernet; 0: none
  bool operator==(const Duid& other) const { return bytes == other.bytes; }
};
// "02:68:00:00:00:01 (DUID-LLT)"; hexadecimal digits where it has no MAC.
std::string duid_text(const Duid& duid);

struct Dhcpv6Message {
  enum Type : uint8_t {
    kSolicit = 1,
    kAdvertise,
    kRequest,
    kConfirm,
    kRenew,
    kRebind,
    kReply,
    kRelease,
    kDecline,
    kReconfigure,
    kInformationRequest,
    kRelayForward,
    kRelayReply
  };
  struct Status {
    uint16_t code = 0;  // 0: Success
    std::string message;
  };
  struct Address {
    net::IpAddress address;
    uint32_t preferred_seconds = 0;
    uint32_t valid_seconds = 0;
    std::optional<Status> status;
  };
  struct Association {  // IA_NA, or IA_TA, which has no T1 and T2
    bool temporary = false;
    uint32_t id = 0;
    uint32_t renewal_seconds = 0;    // T1
    uint32_t rebinding_seconds = 0;  // T2
    std::vector<Address> addresses;
    std::optional<Status> status;
  };
  struct Relay {
    bool reply = false;
    uint8_t hops = 0;
    net::IpAddress link;  // of the relay on the client's link; :: where the peer's tells
    net::IpAddress peer;  // who it heard, or sends to
    std::string interface;
  };

  uint8_t type = 0;
  uint32_t xid = 0;           // 24 bits
  std::vector<Relay> relays;  // that it is wrapped in, the outermost first
  Duid client;
  Duid server;
  std::vector<Association> associations;
  std::vector<uint16_t> asked_for;  // ORO: codes of options
  std::optional<uint8_t> preference;
  bool rapid_commit = false;
  std::optional<uint16_t> elapsed_hundredths;  // since the client began, in 1/100 s
  std::optional<Status> status;                // of the whole message
  std::vector<net::IpAddress> name_servers;
  std::vector<std::string> search;                   // domains
  std::map<uint16_t, std::vector<uint8_t>> options;  // every option of the message, as it came
  bool malformed = false;  // an option is cut short or of impossible length

  [[nodiscard]] bool from_server() const {
    return type == kAdvertise || type == kReply || type == kReconfigure;
  }
  // The first address of the first association that has one; nullptr: none.
  [[nodiscard]] const Address* address() const;
  // The first refusal: of the message, of an association, or of an address.
  [[nodiscard]] const Status* refusal() const;
};

// Clients listen on UDP port 546, servers and relays on 547 (section 7.2).
inline bool is_dhcpv6(const Packet& p) {
  return p.net == Net::kIpv6 && p.is(kUdp) && (p.uses_port(546) || p.uses_port(547));
}
// Nothing when it is none. A relayed message is unwrapped, from at most 8 relays (HOP_COUNT_LIMIT).
std::optional<Dhcpv6Message> decode_dhcpv6(Bytes payload);
// "SOLICIT"
const char* dhcpv6_name(uint8_t type);
// "NoAddrsAvail"
std::string dhcpv6_status_name(uint16_t code);
std::string dhcpv6_info(const Dhcpv6Message& message);

}  // namespace hoplab::journey
