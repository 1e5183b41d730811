// What bgpd and ospfd say of themselves (`show … json` of FRR 8.4), as values. Pure: text in,
// values out; text that is not JSON is an error, fields that are missing are empty.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::router {

struct BgpSession {
  std::string state;  // "Established", "Active", "Idle (Admin)"
  uint32_t asn = 0;
  uint32_t prefixes = 0;  // received and accepted
  uint32_t told = 0;      // prefixes
  auto operator<=>(const BgpSession&) const = default;
};

struct BgpTimers {             // of an established session; bgpd counts whole seconds
  std::chrono::seconds heard;  // since the peer last said something
  std::chrono::seconds hold;   // without a word for so long the session ends
  std::chrono::seconds keepalive;
};

struct OspfAdjacency {
  std::string router_id;
  std::string address;
  std::string interface;
  std::string state;      // "Full", "ExStart"; without the neighbour's role
  std::string role = {};  // on a LAN: "DR", "Backup", "DROther"
};

struct IsisAdjacency {
  std::string id;  // host name, or system id while that is not known
  std::string interface;
  std::string state;  // "Up"
};

// By peer address, of `show bgp ipv4 unicast summary json`, or of ipv6.
Result<std::map<std::string, BgpSession>> read_bgp_sessions(std::string_view json);
// By peer address, of `show bgp neighbors json`; only established sessions.
Result<std::map<std::string, BgpTimers>> read_bgp_timers(std::string_view json);
// Of `show ip ospf neighbor json`.
Result<std::vector<OspfAdjacency>> read_ospf_adjacencies(std::string_view json);
// Of `show ipv6 ospf6 neighbor json`: without the address, which is the link-local one.
Result<std::vector<OspfAdjacency>> read_ospf6_adjacencies(std::string_view json);
// Of `show isis neighbor json`.
Result<std::vector<IsisAdjacency>> read_isis_adjacencies(std::string_view json);

// "64520 {64530,64540} 64550" → the numbers in order.
std::vector<uint32_t> parse_as_path(std::string_view text);

}  // namespace hoplab::router
