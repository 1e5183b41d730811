// The topology as written: typed, every value with its place, nothing derived yet. References
// between nodes are still names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"
#include "controller/topology/problem.h"
#include "proto/node.pb.h"

namespace hoplab::topology {

template <typename T>
struct Located {
  T value;
  Place at;
};
template <typename T>
using Maybe = std::optional<Located<T>>;
using Name = Located<std::string>;

struct SourceInterface {
  Name name;
  Maybe<net::Ipv4> address;
  Maybe<net::IpAddress> address6;
  Maybe<net::Mac> mac;
};

struct AddressRange {  // both inclusive
  net::Ipv4 first;
  net::Ipv4 last;
  [[nodiscard]] bool contains(net::Ipv4 a) const { return a >= first && a <= last; }
};

struct Address6Range {  // both inclusive
  net::IpAddress first;
  net::IpAddress last;
  [[nodiscard]] bool contains(const net::IpAddress& a) const { return a >= first && a <= last; }
};

struct Reservation {
  Name node;
  Located<net::Ipv4> address;
};

struct Reservation6 {
  Name node;
  Located<net::IpAddress> address;
};

// What one BGP neighbour is told and believed.
struct SourcePeer {
  Name node;
  Maybe<uint32_t> local_preference;
  Maybe<uint32_t> med;
  uint32_t prepend = 0;
  std::vector<std::string> communities;  // in the words of bgpd
};

// Declared by one side of two systems: what the other is to it.
struct SourceRelation {
  Name other;
  v1::Relation relation = v1::RELATION_UNSPECIFIED;
};

enum class AddressMode { kDerived, kDhcp, kBootp, kStatic };
enum class Address6Mode { kDerived, kSlaac, kDhcp, kStatic };

struct SourceNode {
  Name name;
  v1::Role role = v1::ROLE_UNSPECIFIED;  // unspecified: was wrong, and reported
  Place role_at;
  size_t system = 0;
  std::vector<Name> after;
  std::vector<SourceInterface> interfaces;
  AddressMode mode = AddressMode::kDerived;
  Place address_at;
  Maybe<net::Ipv4> address;   // of the first interface
  Maybe<net::Prefix> subnet;  // switch
  bool subnet_damaged = false;
  Address6Mode mode6 = Address6Mode::kDerived;
  Place address6_at;
  Maybe<net::IpAddress> address6;  // of the first interface
  Maybe<net::IpPrefix> subnet6;    // switch
  bool subnet6_damaged = false;
  Maybe<AddressRange> pool;  // dhcp_server
  Maybe<Address6Range> pool6;
  bool pool6_damaged = false;
  uint32_t lease_seconds = 600;
  Maybe<uint32_t> renew_seconds;
  Maybe<uint32_t> rebind_seconds;
  std::vector<Located<AddressRange>> exclude;
  std::string domain;
  std::vector<Reservation> reservations;
  std::vector<Located<Address6Range>> exclude6;
  std::vector<Reservation6> reservations6;
  Maybe<uint32_t> preference6;
  Maybe<std::string> wan;  // gateway: interface
  bool masquerade = true;
  std::vector<Name> forward_to;  // gateway, resolver: nodes or addresses
  bool qname_minimisation = false;
  bool validate = true;  // resolver: DNSSEC, when the root is signed
  bool full_answers = false;
  std::vector<Name> name_servers;  // client: nodes or addresses
  bool cache = false;              // client: of names, nscd
  Maybe<net::Ipv4> router_id;      // router
  Maybe<net::Ipv4> loopback;
  Maybe<net::IpAddress> loopback6;
  std::vector<Located<net::Prefix>> announce;
  std::optional<Place> redistribute_bgp;  // into the IGP; where it is asked for
  std::optional<Place> redistribute_igp;  // into BGP
  std::vector<SourcePeer> peers;
  std::vector<Name> relay;     // DHCP servers
  std::vector<Name> backends;  // load_balancer
  std::string algorithm = "roundrobin";
  std::vector<Name> serves;  // load_balancer, web_server
  uint32_t port = 80;        // web_server
  std::string body;
  std::string image;  // container
  std::vector<std::string> command;
  std::vector<std::string> environment;
};

struct SourceSystem {
  Name name;
  Maybe<uint32_t> asn;
  Maybe<net::Prefix> prefix;
  Maybe<net::IpPrefix> prefix6;
  bool prefix6_damaged = false;
  v1::Igp igp = v1::IGP_OSPF;
  Place igp_at;
  uint32_t multipath = 1;  // next hops a prefix may have
  std::vector<Name> route_reflectors;
  std::vector<SourceRelation> relations;
  Maybe<std::string> resolver;
  bool damaged = false;  // its asn or prefix was wrong, and reported
};

struct SourceEnd {
  Name node;
  Maybe<std::string> interface;
};

struct SourceLink {
  Place at;
  SourceEnd a;
  SourceEnd b;
  Maybe<net::Prefix> subnet;
  bool subnet_damaged = false;
  Maybe<net::IpPrefix> subnet6;
  bool subnet6_damaged = false;
  uint32_t mtu = 1500;
  Place mtu_at;  // where it was written
  bool offload = false;
  Maybe<uint32_t> cost;
  Maybe<uint32_t> area;
};

struct SourceRecord {
  Name name;         // relative to the zone; "@" is the zone itself
  Name value;        // a node, an address, or the data of the type
  std::string type;  // empty: the value is a node or an address
  uint32_t ttl = 0;
};

struct SourceServer {
  Name node;
  std::string name;  // fully qualified; empty: derived
};

enum class Dnssec { kOff, kOn, kWrongDs };

struct SourceZone {
  Name origin;                 // fully qualified, lower case
  Maybe<std::string> primary;  // node; the other servers transfer from it
  Maybe<uint32_t> letters;     // root: names of servers, spread over the nodes
  uint32_t negative_ttl = 60;  // seconds that caches may remember that a name is not there
  Dnssec dnssec = Dnssec::kOff;
  Place dnssec_at;
  std::vector<SourceServer> servers;
  std::vector<SourceRecord> records;
};

struct Source {
  Name name;
  bool standard_timers = false;
  std::vector<SourceSystem> systems;
  std::vector<SourceNode> nodes;  // in order of the file
  std::vector<SourceLink> links;
  std::vector<SourceZone> zones;
  // Some link or zone could not be read: what seems to be missing may have been in it.
  bool links_damaged = false;
  bool zones_damaged = false;
};

}  // namespace hoplab::topology
