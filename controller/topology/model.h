// The topology resolved: references are indices, everything derivable is derived. Knows nothing of
// YAML; places are kept only so that problems found later can be told at the right spot.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"
#include "controller/topology/source.h"

namespace hoplab::topology {

constexpr size_t kNone = static_cast<size_t>(-1);

// How a client's interface comes by its IPv6 address.
enum class Autoconf { kNone, kSlaac, kDhcpv6 };

struct Interface {
  std::string name;
  Place at;  // where the link names it
  size_t link = kNone;
  size_t peer_node = kNone;
  size_t peer_interface = kNone;
  size_t segment = kNone;
  net::Mac mac;
  std::optional<net::InterfaceAddress> address;
  std::vector<net::IpInterfaceAddress> more;        // root servers that answer to several names
  Maybe<net::Ipv4> pinned;                          // by the user
  std::optional<net::IpInterfaceAddress> address6;  // IPv6; none: the interface has IPv4 alone
  Maybe<net::IpAddress> pinned6;
  Autoconf autoconf = Autoconf::kNone;  // then there is no address6: it is found in the lab
  bool dhcp = false;                    // by DHCP or BOOTP
  bool bootp = false;
};

struct Node {
  const SourceNode* source = nullptr;
  std::string name;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  size_t system = 0;
  std::vector<Interface> interfaces;  // in order of the links
  std::optional<net::Ipv4> loopback;  // routers
  std::optional<net::IpAddress> loopback6 = {};
  std::optional<net::Ipv4> router_id;
  size_t wan = kNone;  // gateways: interfaces
  size_t lan = kNone;
  bool incomplete = false;  // something about it was reported already
};

struct Member {
  size_t node = 0;
  size_t interface = 0;
};

// A DHCP server that serves a segment.
struct Leasing {
  size_t server = kNone;  // node
  size_t relay = kNone;   // router that passes on what clients ask; none: the server is in the LAN
  std::optional<AddressRange> pool;
};

// The same of DHCPv6.
struct Leasing6 {
  size_t server = kNone;
  size_t relay = kNone;
  Address6Range pool;
};

// One subnet: the nodes around one or more joined switches, or the two ends of a plain link.
struct Segment {
  std::vector<Member> members;   // switches excluded
  std::vector<size_t> switches;  // empty: a plain link
  size_t system = 0;             // whose prefix it is carved from
  Place at;
  Maybe<net::Prefix> pinned;
  bool damaged = false;  // what was pinned is wrong, and was reported
  std::optional<net::Prefix> subnet;
  std::optional<net::IpPrefix> subnet6;  // a /64; none: IPv4 alone
  Maybe<net::IpPrefix> pinned6;
  bool damaged6 = false;  // as `damaged`, of IPv6
  std::vector<Leasing> leasing;
  std::vector<Leasing6> leasing6;  // some: IPv6 addresses are managed
  // Whether that address may be lent to anybody: in a pool, and not excluded.
  [[nodiscard]] const Leasing* lends(net::Ipv4 address, const std::vector<Node>& nodes) const;
  [[nodiscard]] const Leasing6* lends(const net::IpAddress& address,
                                      const std::vector<Node>& nodes) const;
  [[nodiscard]] bool managed6() const { return !leasing6.empty(); }
  [[nodiscard]] bool lan() const { return !switches.empty(); }
};

struct Link {
  const SourceLink* source = nullptr;
  Member a;
  Member b;
};

struct System {
  const SourceSystem* source = nullptr;
  uint32_t asn = 0;  // 0: a site
  std::optional<net::Prefix> prefix;
  std::optional<net::IpPrefix> prefix6 = {};
  std::vector<size_t> routers;
  bool damaged = false;  // its asn or prefix is wrong, and was reported
};

// A site behind a gateway, whose prefix6 is part of its provider's: routers of that one send it on
// to the gateway.
struct Delegation {
  size_t site = kNone;  // systems
  size_t provider = kNone;
  size_t gateway = kNone;  // node
  net::IpPrefix prefix;
};

struct Record {
  std::string name;  // fully qualified
  uint32_t ttl = 0;
  std::string type;
  std::string data;
  Place at;  // where it was written; derived ones: nowhere
};

struct ZoneServer {
  std::string name;  // fully qualified
  size_t node = kNone;
  std::optional<net::Ipv4> address;  // of its own; none: the node's
  std::optional<net::IpAddress> address6 = {};
};

struct ZoneData {
  std::string origin;
  std::vector<size_t> servers;  // nodes
  std::vector<ZoneServer> names;
  size_t primary = kNone;  // node; kNone: every server has the records itself
  uint32_t negative_ttl = 60;
  Dnssec dnssec = Dnssec::kOff;
  std::vector<Record> records;
};

struct Model {
  std::string lab;
  const Source* source = nullptr;
  std::vector<System> systems;
  std::vector<Node> nodes;  // same order as in the source
  std::vector<Link> links;
  std::vector<Segment> segments;
  std::vector<ZoneData> zones;
  std::vector<Delegation> delegations;
  std::map<std::string, size_t, std::less<>> by_name;

  [[nodiscard]] size_t find(std::string_view name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? kNone : found->second;
  }
  [[nodiscard]] std::vector<std::string> node_names() const;
  [[nodiscard]] const Interface& at(const Member& m) const {
    return nodes[m.node].interfaces[m.interface];
  }
  // "client – home-sw" or the name of the switch.
  [[nodiscard]] std::string describe(const Segment& segment) const;
};

// The stages, in this order; each reports what it finds and leaves the model usable for the next.
void connect(Model& model, Problems& problems);        // wires.cc: names, links, segments, MACs
void carve_subnets(Model& model, Problems& problems);  // subnets.cc: prefixes, loopbacks, subnets
void serve_leases(Model& model, Problems& problems);   // leases.cc: DHCP clients, pools, relays
void assign_addresses(Model& model, Problems& problems);   // addressing.cc: hosts, gateways
void carve_subnets6(Model& model, Problems& problems);     // subnets6.cc: the same of IPv6
void serve_leases6(Model& model, Problems& problems);      // leases6.cc: SLAAC, DHCPv6
void assign_addresses6(Model& model, Problems& problems);  // addressing6.cc: hosts of IPv6
void build_zones(Model& model, Problems& problems);        // zones.cc: SOA, NS, glue, delegations

// The addresses of a subnet that a host can have.
AddressRange usable(const net::Prefix& subnet);

// Which gateway's site a system is; kNone: of none.
size_t gateway_of(const Model& model, size_t system);
// The part of its provider's prefix6 that the site behind that gateway asks for, or why it cannot
// have it: what is wrong and what to write instead; nothing to say where that was reported already.
// delegations.cc
struct Refusal {
  std::string message;
  std::string suggestion;
};
std::expected<Delegation, std::optional<Refusal>> delegate(const Model& model, size_t site,
                                                           size_t gateway);
// A relay of which nobody is to make use; leases.cc
void refuse_relay(const Node& router, Problems& problems);

// Whether the node may have IPv6 addresses at all.
bool speaks_ipv6(const Model& model, const Node& node);

// What the zones say together: chains of trust, and names that must not be aliases. zone_checks.cc
void check_zones(const Model& model, Problems& problems);

// The address other nodes know a node by: a router's loopback, a gateway's WAN side, else the
// first.
std::optional<net::Ipv4> primary_address(const Model& model, size_t node);
// The same of IPv6; nothing when the node has IPv4 alone, or finds its address in the lab.
std::optional<net::IpAddress> primary_address6(const Model& model, size_t node);
// One more address for a node in the subnet of its first interface that has an address: nobody has
// it, and no DHCP pool. Given to the interface; nothing when the subnet is full.
std::optional<net::Ipv4> add_address(Model& model, size_t node);
std::optional<net::IpAddress> add_address6(Model& model, size_t node);
// The index of the node of that name; reported with the nearest name when there is none.
size_t require_node(const Model& model, const Name& name, std::string_view what,
                    Problems& problems);

// A set of trees over 0..n-1.
class Groups {
 public:
  explicit Groups(size_t n) : parent_(n) {
    for (size_t i = 0; i < n; ++i) parent_[i] = i;
  }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // False when they were together already.
  bool join(size_t a, size_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    parent_[std::max(a, b)] = std::min(a, b);
    return true;
  }

 private:
  std::vector<size_t> parent_;
};

}  // namespace hoplab::topology
