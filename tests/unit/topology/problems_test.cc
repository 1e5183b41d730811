// Every kind of problem: exactly this one, at exactly this place, with a way out. That no second
// problem shows is part of the test: a mistake must not drag others behind it.
#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  std::string name;
  std::string yaml;
  std::string at;          // "line:column: "
  std::string message;     // part of it
  std::string suggestion;  // part of it
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class OneProblem : public testing::TestWithParam<Case> {};

TEST_P(OneProblem, IsReportedAloneAtItsPlace) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(c.yaml), ElementsAre(AllOf(StartsWith(c.at), HasSubstr(c.message),
                                                     HasSubstr("(" + c.suggestion))));
}

// Two hosts on a wire, wrapped around what a case adds.
std::string site(const std::string& nodes, const std::string& rest) {
  return "name: t\nsystems:\n  s:\n    nodes:\n" + nodes + "links:\n" + rest;
}
const std::string kPair = "      a: client\n      b: web_server\n";
const std::string kWire = "  - [a, b]\n";
// Two autonomous systems of one router each.
std::string two(const std::string& first, const std::string& second) {
  return "name: t\nsystems:\n  x: { " + first + ", nodes: { r1: router } }\n  y: { " + second +
         ", nodes: { r2: router } }\nlinks: [ [r1, r2] ]\n";
}

INSTANTIATE_TEST_SUITE_P(
    Structure, OneProblem,
    testing::Values(
        Case{"UnknownTopKey", site(kPair, kWire) + "zonse: {}\n",
             "9:1: ", "unknown key 'zonse' in the topology", "did you mean 'zones'?"},
        Case{"UnknownSystemKey", two("asn: 64512, prefx: 10.0.0.0/16", "asn: 64513"),
             "3:20: ", "unknown key 'prefx'", "did you mean 'prefix'?"},
        Case{"UnknownKeyNearAsn", two("asnn: 64512", "asn: 64513"), "3:8: ", "unknown key 'asnn'",
             "did you mean 'asn'?"},
        Case{"UnknownNodeKey",
             site("      a: { role: client, adress: dhcp }\n      b: web_server\n", kWire),
             "5:26: ", "unknown key 'adress' in a node of role client", "did you mean 'address'?"},
        Case{"KeyOfAnotherRole",
             site("      a: { role: client, backends: [b] }\n      b: web_server\n", kWire),
             "5:26: ", "unknown key 'backends'", "known here: role, after, interfaces, address"},
        Case{"UnknownLinkKey", site(kPair, "  - { ends: [a, b], mtuu: 9000 }\n"),
             "8:21: ", "unknown key 'mtuu' in a link", "did you mean 'mtu'?"},
        Case{"UnknownRole", site("      a: clinet\n      b: web_server\n", kWire),
             "5:10: ", "unknown role 'clinet'", "did you mean 'client'?"},
        Case{"NoRole", site("      a: { address: dhcp }\n      b: web_server\n", kWire),
             "5:7: ", "node 'a' has no role", "one of: client, dhcp_server"},
        Case{"WrongTypeNodes", "name: t\nsystems:\n  s:\n    nodes: [a, b]\n",
             "4:12: ", "nodes must be a map, not a list", "write { key: value"},
        Case{"WrongTypeLinks", "name: t\nsystems: { s: { nodes: {} } }\nlinks: a-b\n",
             "3:8: ", "links must be a list, not text", "write [a-b]"},
        Case{"WrongTypeAsn", two("asn: AS64512", "asn: 64513"),
             "3:13: ", "asn must be a number, not 'AS64512'", "from 1 to 4294967294"},
        Case{"WrongTypeMtu", site(kPair, "  - { ends: [a, b], mtu: big }\n"),
             "8:26: ", "mtu must be a number, not 'big'", "from 576 to 9216"},
        Case{"WrongTypeOffload", site(kPair, "  - { ends: [a, b], offload: maybe }\n"),
             "8:30: ", "offload must be true or false", "write true or false"},
        Case{"NoName", "systems: { s: { nodes: {} } }\n", "1:1: ", "the topology has no name",
             "add 'name: mylab'"},
        Case{"NoSystems", "name: t\n", "1:1: ", "the topology has no systems", "add 'systems:"},
        Case{"NoNodes", "name: t\nsystems: { s: {} }\n", "2:12: ", "system 's' has no nodes",
             "add 'nodes:"},
        Case{"DuplicateKey", site("      a: client\n      b: web_server\n      a: client\n", kWire),
             "7:7: ", "duplicate key 'a', first at line 5", "remove or rename"},
        Case{"DuplicateNode",
             "name: t\nsystems:\n  s: { nodes: { a: client, b: client } }\n  u: { nodes: { a: "
             "client } }\n"
             "links: [ [a, b] ]\n",
             "4:17: ", "a node 'a' is there already, at line 3", "names of nodes are unique"},
        Case{"Syntax", "name: t\nsystems: { s: { nodes: { a: client }\n",
             "3:1: ", "YAML syntax: ", "check indentation"},
        Case{"SyntaxIndent", "name: t\n  systems: {}\n",
             "2:10: ", "YAML syntax: ", "check indentation"},
        Case{"LongLab", "name: a-lab-with-a-very-long-name\nsystems: { s: { nodes: {} } }\n",
             "1:7: ", "is too long: 27 characters, at most 20",
             "for example 'a-lab-with-a-very-lo'"},
        Case{"LongNode",
             site("      a23456789012345678901234567890123: client\n      b: client\n",
                  "  - [a23456789012345678901234567890123, b]\n"),
             "5:7: ", "is too long: 33 characters, at most 32",
             "for example 'a2345678901234567890123456789012'"},
        Case{"LongInterface", site(kPair, "  - ['a:interface-of-mine', b]\n"),
             "8:9: ", "is too long: 17 characters, at most 15", "for example 'interface-of-mi'"},
        Case{"BadNodeName", site("      Web_1: web_server\n      b: client\n", "  - [Web_1, b]\n"),
             "5:7: ", "node name 'Web_1' may only have", "for example 'web-1'"},
        Case{"BadInterfaceName", site(kPair, "  - [a:lo, b]\n"),
             "8:8: ", "'lo' cannot be the name of an interface", "use letters"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Wires, OneProblem,
    testing::Values(
        Case{"NoSuchNode",
             site("      alpha: client\n      beta: web_server\n",
                  "  - [alpha, beta]\n  - [alpha, betta]\n"),
             "9:13: ", "there is no node 'betta'", "did you mean 'beta'?"},
        Case{"NoSuchNodeUnlinksNobody",
             site(kPair + "      c: client\n", kWire + "  - [c, zzzzzz]\n"),
             "10:9: ", "there is no node 'zzzzzz'", "add it to the nodes"},
        Case{"InterfaceTwice",
             site(kPair + "      c: client\n", "  - [a, b:eth7]\n  - [c, b:eth7]\n"), "10:11: ",
             "interface 'eth7' of 'b' is used twice, first at line 9", "an interface has one link"},
        Case{"SelfLink", site(kPair, kWire + "  - [a, a]\n"), "9:9: ", "'a' is linked to itself",
             "a link joins two nodes"},
        Case{"ThreeEnds", site(kPair, kWire + "  - [a, b, a]\n"),
             "9:5: ", "a link has two ends, not 3", "write [a, b]"},
        Case{"Unlinked", site(kPair + "      c: client\n", kWire),
             "7:7: ", "client 'c' has no link", "add '- [c, NODE]' to links"},
        Case{"SwitchLoop",
             site("      a: client\n      b: client\n      s1: switch\n      s2: switch\n",
                  "  - [a, s1]\n  - [b, s2]\n  - [s1, s2]\n  - [s2, s1]\n"),
             "13:6: ", "closes a loop of switches", "switches speak no spanning tree"},
        Case{"TwiceInOneLan",
             site("      a: client\n      b: client\n      sw: switch\n",
                  "  - [a, sw]\n  - [b, sw]\n  - [a, sw]\n"),
             "11:6: ", "'a' has two interfaces in one LAN", "remove one of the links"},
        Case{"SubnetOfSwitchOnLink",
             site("      a: client\n      b: client\n      sw: switch\n",
                  "  - [a, sw]\n  - { ends: [b, sw], subnet: 10.9.0.0/24 }\n"),
             "10:30: ", "the subnet of a LAN belongs to its switch",
             "write sw: { role: switch, subnet: 10.9.0.0/24 }"},
        Case{"CostWithoutRouter", site(kPair, "  - { ends: [a, b], cost: 5 }\n"),
             "8:27: ", "cost on a link without a router", "cost is the OSPF cost"},
        Case{"PinOfNoInterface",
             site("      a: { role: client, interfaces: { eth5: { mac: 02:00:00:00:00:01 } } }\n   "
                  "   b: client\n",
                  kWire),
             "5:40: ", "'a' has no interface 'eth5'", "did you mean 'eth0'?"},
        Case{"CyclicStart",
             site("      a: { role: client, after: [c] }\n      b: { role: client, after: [a] }\n"
                  "      c: { role: client, after: [b] }\n      sw: switch\n",
                  "  - [a, sw]\n  - [b, sw]\n  - [c, sw]\n"),
             "6:34: ", "cyclic start condition: a after c after b after a", "remove one of these"},
        Case{"StartAfterItself",
             site("      a: { role: client, after: [a] }\n      b: client\n", kWire),
             "5:34: ", "cyclic start condition: a after a", "remove one"},
        Case{"StartAfterNobody",
             site("      a: { role: client, after: [bb] }\n      b: client\n", kWire),
             "5:34: ", "there is no node 'bb'", "did you mean 'b'?"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Addresses, OneProblem,
    testing::Values(
        Case{"PublicPrefix", two("asn: 64512, prefix: 8.8.0.0/16", "asn: 64513"),
             "3:28: ", "prefix 8.8.0.0/16 holds public addresses", "use 10.0.0.0/8"},
        Case{"PublicAddress",
             site("      a: { role: client, address: 9.9.9.9 }\n      b: client\n", kWire),
             "5:35: ", "address 9.9.9.9 is a public address", "use 10.0.0.0/8"},
        Case{"HostBits", two("asn: 64512, prefix: 10.1.2.3/16", "asn: 64513"),
             "3:28: ", "is not an IPv4 prefix", "write 10.1.0.0/16"},
        Case{"AddressWithLength",
             site("      a: { role: client, address: 10.0.0.1/24 }\n      b: client\n", kWire),
             "5:35: ", "is not an IPv4 address", "write 10.0.0.1: the length"},
        Case{"DuplicateAddress",
             site("      a: { role: client, address: 10.9.0.5 }\n      b: { role: client, address: "
                  "10.9.0.5 }\n"
                  "      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [a, sw]\n  - [b, sw]\n"),
             "6:35: ", "duplicate address 10.9.0.5: 'a' has it already", "choose another"},
        Case{"DuplicateMac",
             site("      a: { role: client, interfaces: { eth0: { mac: 02:00:00:00:00:01 } } }\n"
                  "      b: { role: client, interfaces: { eth0: { mac: 02:00:00:00:00:01 } } }\n",
                  kWire),
             "6:53: ", "MAC address 02:00:00:00:00:01 is that of 'a' already", "leave mac out"},
        Case{"OutsideSubnet",
             site("      a: { role: client, address: 10.8.0.5 }\n      b: client\n"
                  "      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [a, sw]\n  - [b, sw]\n"),
             "5:35: ", "is not a host address of 10.9.0.0/24", "use 10.9.0.1 to 10.9.0.254"},
        Case{"OverlappingPrefixes",
             two("asn: 64512, prefix: 10.1.0.0/16", "asn: 64513, prefix: 10.1.128.0/24"),
             "4:28: ", "prefix 10.1.128.0/24 of system 'y' overlaps 10.1.0.0/16 of system 'x'",
             "give each system"},
        Case{"OverlappingSubnets",
             site("      a: client\n      b: client\n      s1: { role: switch, subnet: 10.9.0.0/24 "
                  "}\n"
                  "      s2: { role: switch, subnet: 10.9.0.128/25 }\n",
                  "  - [a, s1]\n  - [b, s2]\n"),
             "8:35: ", "subnet 10.9.0.128/25 overlaps 10.9.0.0/24 of 's1'", "give each LAN"},
        Case{"SubnetOutsidePrefix",
             "name: t\nsystems:\n  x:\n    asn: 64512\n    prefix: 10.1.0.0/16\n    nodes:\n      "
             "r: router\n"
             "      a: client\n      sw: { role: switch, subnet: 10.2.0.0/24 }\nlinks: [ [r, sw], "
             "[a, sw] ]\n",
             "9:35: ", "subnet 10.2.0.0/24 is outside of 10.1.0.0/16, the prefix of system 'x'",
             "choose one inside"},
        Case{"SubnetTooSmall",
             site("      a: client\n      b: client\n      c: client\n      sw: { role: switch, "
                  "subnet: 10.9.0.0/30 }\n",
                  "  - [a, sw]\n  - [b, sw]\n  - [c, sw]\n"),
             "8:35: ", "subnet 10.9.0.0/30 is too small for the 3 nodes on 'sw'",
             "use a /29 or shorter"},
        Case{"PrefixTooSmall", two("asn: 64512, prefix: 10.1.0.0/30", "asn: 64513"), "3:28: ",
             "prefix 10.1.0.0/30 of system 'x' is too small: no room for 'r1 – r2' (a /30)",
             "use a /28 or shorter"},
        Case{"InsidePool",
             site("      d: dhcp_server\n      b: { role: web_server, address: 10.9.0.150 }\n"
                  "      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [d, sw]\n  - [b, sw]\n"),
             "6:39: ", "is inside the DHCP pool 10.9.0.100-10.9.0.199", "choose one outside"},
        Case{"PoolOutside",
             site("      d: { role: dhcp_server, pool: 10.7.0.1-10.7.0.9 }\n      b: client\n"
                  "      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [d, sw]\n  - [b, sw]\n"),
             "5:37: ", "the pool of 'd' is outside of its subnet 10.9.0.0/24",
             "choose addresses inside"},
        Case{"OverlappingPools",
             site("      d: { role: dhcp_server, pool: 10.9.0.50-10.9.0.60 }\n"
                  "      e: { role: dhcp_server, pool: 10.9.0.60-10.9.0.70 }\n"
                  "      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [d, sw]\n  - [e, sw]\n"),
             "6:37: ", "pool 10.9.0.60-10.9.0.70 of 'e' overlaps 10.9.0.50-10.9.0.60 of 'd'",
             "servers of one LAN know nothing of each other"},
        Case{"ExclusionOutside",
             site("      d: { role: dhcp_server, exclude: [10.9.0.101, 10.8.0.1-10.8.0.9] }\n"
                  "      b: client\n      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [d, sw]\n  - [b, sw]\n"),
             "5:53: ", "exclusion 10.8.0.1-10.8.0.9 is outside of 10.9.0.0/24",
             "exclude addresses"},
        Case{"NothingLeftOfThePool",
             site("      d: { role: dhcp_server, pool: 10.9.0.8-10.9.0.9, exclude: [10.9.0.9] }\n"
                  "      b: client\n      c: client\n      sw: { role: switch, subnet: 10.9.0.0/24 "
                  "}\n",
                  "  - [d, sw]\n  - [b, sw]\n  - [c, sw]\n"),
             "5:37: ", "the DHCP pool on 'sw' has 1 addresses for 2 clients", "make the pool"},
        Case{"ReservationOutside",
             site("      d: { role: dhcp_server, reservations: { b: 10.8.0.5 } }\n"
                  "      b: client\n      sw: { role: switch, subnet: 10.9.0.0/24 }\n",
                  "  - [d, sw]\n  - [b, sw]\n"),
             "5:50: ", "reservation 10.8.0.5 is outside of 10.9.0.0/24", "choose one inside"},
        Case{"TwoReservationsOfOneAddress",
             site("      d: { role: dhcp_server, reservations: { b: 10.9.0.5, c: 10.9.0.5 } }\n"
                  "      b: client\n      c: client\n      sw: { role: switch, subnet: 10.9.0.0/24 "
                  "}\n",
                  "  - [d, sw]\n  - [b, sw]\n  - [c, sw]\n"),
             "5:63: ", "duplicate address 10.9.0.5: 'b' has it already", "choose another"},
        Case{"RebindAfterTheLease",
             site("      d: { role: dhcp_server, lease: 20, rebind: 20 }\n      b: client\n",
                  "  - [d, b]\n"),
             "5:50: ", "rebind 20 s is not before the end of the lease, 20 s", "renew < rebind"},
        Case{"RenewAfterRebind",
             site("      d: { role: dhcp_server, lease: 16, renew: 14 }\n      b: client\n",
                  "  - [d, b]\n"),
             "5:49: ", "renew 14 s is not before rebind, 14 s", "renew < rebind < lease"},
        Case{"RelayToNoServer",
             site("      r: { role: router, relay: [w] }\n      a: client\n      w: web_server\n",
                  "  - [a, r]\n  - [w, r]\n"),
             "5:34: ", "'w' leases no addresses: it is a web_server", "relay to a node of role"},
        Case{"RelayForNobody",
             site("      r: { role: router, relay: [d] }\n      a: client\n"
                  "      d: dhcp_server\n      sw: switch\n",
                  "  - [a, sw]\n  - [d, sw]\n  - [r, sw]\n"),
             "5:34: ", "'r' has nobody to relay for", "leave relay out"},
        Case{"NoDhcpServer",
             site("      a: { role: client, address: dhcp }\n      b: web_server\n", kWire),
             "5:35: ", "no DHCP server is in the LAN of 'a'", "add a node of role dhcp_server"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Systems, OneProblem,
    testing::Values(
        Case{"NoRouter",
             "name: t\nsystems:\n  x:\n    asn: 64512\n    nodes: { a: client, b: client }\nlinks: "
             "[ [a, b] ]\n",
             "3:3: ", "autonomous system 'x' has no router", "add a node of role router"},
        Case{"DuplicateAsn", two("asn: 64512", "asn: 64512"),
             "4:13: ", "asn 64512 is that of system 'x' already", "give each autonomous system"},
        Case{"NoIgp",
             "name: t\nsystems:\n  x: { asn: 64512, igp: none, nodes: { r1: router, r2: router } "
             "}\nlinks: [ [r1, r2] ]\n",
             "3:25: ", "system 'x' has 2 routers and no igp", "write 'igp: ospf'"},
        Case{"Partitioned",
             "name: t\nsystems:\n  x: { asn: 64512, nodes: { r1: router, r2: router, a: client, b: "
             "client } }\n"
             "links: [ [r1, a], [r2, b] ]\n",
             "3:41: ", "router 'r2' has no way to 'r1' inside of system 'x'", "link the routers"},
        Case{"SiteRouterAcross",
             "name: t\nsystems:\n  x: { asn: 64512, nodes: { r1: router } }\n  y: { nodes: { r2: "
             "router } }\n"
             "links: [ [r1, r2] ]\n",
             "5:10: ", "stand in two systems, and 'y' has no asn", "give it an asn"},
        Case{"GatewayWithoutRouter",
             site("      g: gateway\n      a: client\n      b: client\n",
                  "  - [g, a]\n  - [g, b]\n"),
             "5:7: ", "gateway 'g' has 0 links to routers", "link one side to a router"},
        Case{"GatewayOneLink", site("      g: gateway\n      a: client\n", "  - [g, a]\n"),
             "5:7: ", "gateway 'g' has 1 links", "a gateway has one link"},
        Case{"BackendNotWeb",
             site("      l: { role: load_balancer, backends: [a] }\n      a: client\n",
                  "  - [l, a]\n"),
             "5:44: ", "'a' cannot be a backend: it is a client", "name nodes of role web_server"},
        Case{"NoBackends", site("      l: load_balancer\n      a: client\n", "  - [l, a]\n"),
             "5:10: ", "load balancer 'l' has no backends", "write { role: load_balancer"},
        Case{"NoImage", site("      l: container\n      a: client\n", "  - [l, a]\n"),
             "5:10: ", "container 'l' has no image", "write { role: container"}),
    [](const auto& info) { return info.param.name; });

// Wrong values whose absence must not be blamed on anything else.
INSTANTIATE_TEST_SUITE_P(
    WithoutAfterEffects, OneProblem,
    testing::Values(
        Case{"SwitchMisspelt",
             "name: t\nsystems:\n  i: { asn: 64512, nodes: { r: router } }\n"
             "  s:\n    nodes: { a: { role: client, address: dhcp }, d: dhcp_server, g: gateway, "
             "sw: swich }\n"
             "links: [ [a, sw], [d, sw], [g, sw], [g, r] ]\n",
             "5:82: ", "unknown role 'swich'", "did you mean 'switch'?"},
        Case{"PrefixWrong",
             "name: t\nsystems:\n  x: { asn: 64512, prefix: 10.1, nodes: { r: router, a: client, "
             "sw: { role: "
             "switch, subnet: 10.1.0.0/24 } } }\nlinks: [ [a, sw], [r, sw] ]\n",
             "3:28: ", "prefix '10.1' is not an IPv4 prefix", "such as"},
        Case{"SamePrefixTwice",
             two("asn: 64512, prefix: 10.1.0.0/16", "asn: 64513, prefix: 10.1.0.0/16"),
             "4:28: ", "overlaps", "give each system"},
        Case{"SubnetWrong",
             site("      a: { role: client, address: 10.9.0.5 }\n      b: client\n"
                  "      sw: { role: switch, subnet: 10.9.0/24 }\n",
                  "  - [a, sw]\n  - [b, sw]\n"),
             "7:35: ", "subnet '10.9.0/24' is not an IPv4 prefix", "such as"},
        Case{"BackendsWrong",
             site("      l: { role: load_balancer, backends: a }\n      a: web_server\n",
                  "  - [l, a]\n"),
             "5:43: ", "backends must be a list", "write [a]"},
        Case{"ZonesWrong",
             "name: t\nsystems: { s: { nodes: { ns: dns_server, r: resolver } } }\nlinks: [ [ns, "
             "r] ]\nzones: []\n",
             "4:8: ", "zones must be a map, not a list", "write { key"},
        Case{"LinksWrong",
             "name: t\nsystems: { s: { nodes: { a: client, b: client } } }\nlinks: { a: b }\n",
             "3:8: ", "links must be a list, not a map", "write [a, b]"}),
    [](const auto& info) { return info.param.name; });

std::string zoned(const std::string& zones) {
  return "name: t\nsystems: { s: { nodes: { a: web_server, ns: dns_server } } }\nlinks: [ [a, ns] "
         "]\nzones:\n" +
         zones;
}

INSTANTIATE_TEST_SUITE_P(
    Zones, OneProblem,
    testing::Values(
        Case{"WithoutServer", zoned("  x.test: { records: { www: a } }\n"),
             "5:3: ", "zone 'x.test' has no servers", "add 'servers: [NODE]'"},
        Case{"EmptyServers", zoned("  x.test: { servers: [] }\n"),
             "5:22: ", "zone 'x.test' has no servers", "add 'servers: [NODE]'"},
        Case{"WrongRole", zoned("  x.test: { servers: [ns] }\n  y.test: { servers: [a] }\n"),
             "6:23: ", "'a' cannot serve zone 'y.test.': it is a web_server",
             "name a node of role dns_server"},
        Case{"NoSuchServer", zoned("  x.test: { servers: [nss] }\n"),
             "5:23: ", "there is no node 'nss'", "did you mean 'ns'?"},
        Case{"SameZoneTwice", zoned("  x.test: { servers: [ns] }\n  X.test.: { servers: [ns] }\n"),
             "6:3: ", "zone 'x.test.' is there already, at line 5", "merge the two"},
        Case{"NoSuchRecordNode", zoned("  x.test: { servers: [ns], records: { www: nss } }\n"),
             "5:44: ", "record 'www.x.test.': there is no node 'nss'", "did you mean 'ns'?"},
        Case{"PublicRecord", zoned("  x.test: { servers: [ns], records: { www: 8.8.8.8 } }\n"),
             "5:44: ", "8.8.8.8 is a public address", "use 10.0.0.0/8"},
        Case{"BadType",
             zoned("  x.test: { servers: [ns], records: { www: { type: CNMAE, data: a.x.test. } } "
                   "}\n"),
             "5:52: ", "unknown record type 'CNMAE'", "did you mean 'CNAME'?"},
        Case{"CnameBeside",
             zoned("  x.test: { servers: [ns], records: { www: [a, { type: CNAME, data: b.x.test. "
                   "}] } }\n"),
             "5:39: ", "'www.x.test.' has a CNAME beside other records", "a CNAME stands alone"},
        Case{"Delegated",
             zoned(
                 "  test: { servers: [ns], records: { www.x: a } }\n  x.test: { servers: [ns] }\n"),
             "5:37: ", "'www.x.test.' belongs to zone 'x.test.'", "move it there"},
        Case{"IdleServer",
             "name: t\nsystems: { s: { nodes: { a: web_server, ns: dns_server } } }\nlinks: [ [a, "
             "ns] ]\n",
             "2:41: ", "DNS server 'ns' serves no zone", "add it to zones"},
        Case{"NoRoot",
             "name: t\nsystems: { s: { nodes: { a: web_server, r: resolver } } }\nlinks: [ [a, r] "
             "]\n",
             "2:41: ", "resolver 'r' has nowhere to start", "add a zone '.'"}),
    [](const auto& info) { return info.param.name; });

TEST(Problems, AllOfAFileAtOnceInItsOrder) {
  const std::string yaml =
      "name: Too-Long-Name-For-A-Lab\n"
      "systems:\n"
      "  x: { asn: 64512, prefix: 8.0.0.0/8, nodes: { a: clinet } }\n"
      "links: [ [a, b] ]\n"
      "zone: {}\n";
  EXPECT_THAT(problems_of(yaml),
              ElementsAre(StartsWith("1:7: "), StartsWith("3:28: "), StartsWith("3:51: "),
                          StartsWith("4:14: "), StartsWith("5:1: ")));
}

TEST(Problems, TextFormNamesTheFile) {
  EXPECT_EQ(to_string(Problem{"a.yaml", 3, 7, "wrong", "do right"}),
            "a.yaml:3:7: wrong (do right)");
  EXPECT_EQ(to_string(Problem{"a.yaml", 3, 7, "wrong", ""}), "a.yaml:3:7: wrong");
}

TEST(Problems, LabNameFromOutside) {
  const std::string good = site(kPair, kWire);
  EXPECT_THAT(problems_of(good, "My_Lab"),
              ElementsAre(AllOf(StartsWith("1:1: lab name 'My_Lab'"), HasSubstr("'my-lab'"))));
  EXPECT_THAT(problems_of(good, "mine"), ElementsAre());
}

}  // namespace
}  // namespace hoplab::topology
