// What a kernel's network namespace holds, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/net/address.h"

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
};

struct AddressInfo {
  int index = 0;  // of the interface
  net::InterfaceAddress address;
};

struct NextHopInfo {
  std::optional<net::Ipv4> via;  // nothing: directly connected
  int index = 0;                 // of the interface; 0: let the kernel find it
  auto operator<=>(const NextHopInfo&) const = default;
};

struct RouteInfo {
  net::Prefix prefix;
  std::vector<NextHopInfo> next_hops;  // empty unless kind is RTN_UNICAST
  uint8_t protocol = 4;                // RTPROT_*; 4: static
  uint8_t kind = 1;                    // RTN_*; 1: unicast
  uint8_t scope = 0;                   // RT_SCOPE_*
  uint32_t metric = 0;
};
std::string protocol_word(uint8_t protocol);  // "kernel", "static", "ospf", …; "proto 99"
std::string kind_word(uint8_t kind);          // "unicast", "blackhole", "unreachable", …

struct NeighborInfo {
  net::Ipv4 address;
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
  net::Ipv4 source;
  net::Ipv4 destination;
  uint16_t source_port = 0;  // ICMP: the identifier
  uint16_t destination_port = 0;
};

struct ConntrackInfo {
  uint8_t protocol = 0;  // IPPROTO_TCP, _UDP, _ICMP
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
