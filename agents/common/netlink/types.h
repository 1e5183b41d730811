// What a kernel's network namespace holds, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"

namespace hoplab::netlink {

struct LinkInfo {
  int index = 0;
  std::string name;
  net::Mac mac;  // zero where the device has none
  bool admin_up = false;
  bool carrier = false;
  uint32_t mtu = 0;
  std::string alias;
  std::string kind;    // "veth", "bridge"; empty for physical devices and lo
  int master = 0;      // index of the bridge it is a port of; 0: none
  int peer_index = 0;  // veth: the other end's index in its own namespace
  uint64_t rx_dropped = 0;
  uint64_t tx_dropped = 0;
  // How IPv6 addresses are made, IN6_ADDR_GEN_MODE_*; nothing where the interface has no IPv6.
  std::optional<uint8_t> generates = {};
};

struct AddressInfo {
  int index = 0;  // of the interface
  net::IpInterfaceAddress address;
  bool tentative = false;   // IPv6: others are asked still whether they have it (RFC 4862, 5.4)
  bool duplicated = false;  // and somebody has: it stays unusable
  bool deprecated = false;  // its preferred lifetime has passed
  bool temporary = false;   // RFC 8981
  bool permanent = false;   // configured, not learnt for a time
  uint8_t origin = 0;       // IFAPROT_*; 0: the kernel does not tell
  uint32_t valid_seconds = 0xffffffff;  // that are left; all ones: for good
};

// How long an address may be used, and for new connections (RFC 4862, section 5.5.4).
struct Lifetimes {
  static constexpr uint32_t kForever = 0xffffffff;
  uint32_t valid_seconds = kForever;
  uint32_t preferred_seconds = kForever;
};

// Whether others are asked for an address before it is used (RFC 4862, section 5.4).
enum class Duplicates { kNone, kAsked };

struct NextHopInfo {
  std::optional<net::IpAddress> via;  // nothing: directly connected
  int index = 0;                      // of the interface; 0: let the kernel find it
  auto operator<=>(const NextHopInfo&) const = default;
};

struct RouteInfo {
  net::IpPrefix prefix;
  std::vector<NextHopInfo> next_hops;  // empty unless kind is RTN_UNICAST
  uint8_t protocol = 4;                // RTPROT_*; 4: static
  uint8_t kind = 1;                    // RTN_*; 1: unicast
  uint8_t scope = 0;                   // RT_SCOPE_*
  uint32_t metric = 0;                 // IPv6: 0 asks for the kernel's own, 1024
};
std::string protocol_word(uint8_t protocol);  // "kernel", "static", "ospf", …; "proto 99"
std::string kind_word(uint8_t kind);          // "unicast", "blackhole", "unreachable", …

struct NeighborInfo {
  net::IpAddress address;
  std::optional<net::Mac> mac;  // nothing while unresolved
  int index = 0;
  uint16_t state = 0;  // NUD_*
};
std::string neighbor_word(uint16_t state);  // "REACHABLE", "STALE", …

// One learnt entry of a bridge's table.
struct FdbInfo {
  net::Mac mac;
  int port = 0;    // index of the port
  int bridge = 0;  // index of the bridge
};

struct Tuple {
  net::IpAddress source;
  net::IpAddress destination;
  uint16_t source_port = 0;  // ICMP: the identifier
  uint16_t destination_port = 0;
};

struct ConntrackInfo {
  uint8_t protocol = 0;  // IPPROTO_TCP, _UDP, _ICMP, _ICMPV6
  Tuple original;
  Tuple reply;
};

struct CountersInfo {
  int index = 0;
  std::string interface;
  uint64_t rx_dropped = 0;
  uint64_t tx_dropped = 0;
  uint64_t qdisc_drops = 0;  // of the root queue and of the ingress and egress filters
};

}  // namespace hoplab::netlink
