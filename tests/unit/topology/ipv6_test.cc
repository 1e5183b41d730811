// IPv6 beside IPv4: what is carved and derived, and what is refused.
#include <sstream>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Case {
  std::string name;
  std::string yaml;
  std::string at;          // "line:column: "
  std::string message;     // part of it
  std::string suggestion;  // part of it
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RefusedIpv6 : public testing::TestWithParam<Case> {};

TEST_P(RefusedIpv6, IsReportedAloneAtItsPlace) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(c.yaml), ElementsAre(AllOf(StartsWith(c.at), HasSubstr(c.message),
                                                     HasSubstr("(" + c.suggestion))));
}

// Two systems of a LAN and a router each; keys of the first system, its switch, its host, the link
// between the routers.
std::string two(const std::string& keys, const std::string& sw = "", const std::string& host = "",
                const std::string& link = "[ra, rb]") {
  return "name: t\nsystems:\n  a:\n    asn: 64512\n    " + keys +
         "\n    nodes:\n      ra: router\n      sw: { role: switch" + sw +
         " }\n      h1: { role: web_server" + host +
         " }\n      h2: { role: web_server }\n  b:\n    asn: 64513\n"
         "    prefix6: 2001:db8:b::/48\n    nodes: { rb: router }\n"
         "links:\n  - [sw, ra]\n  - [sw, h1]\n  - [sw, h2]\n  - " +
         link + "\n";
}
const std::string kA = "prefix6: 2001:db8:a::/48";

INSTANTIATE_TEST_SUITE_P(
    Prefix, RefusedIpv6,
    testing::Values(
        Case{"Ipv4", two("prefix6: 10.1.0.0/16"), "5:14: ", "prefix6 '10.1.0.0/16' is not an IPv6",
             "such as 2001:db8:40::/48"},
        Case{"HostBits", two("prefix6: 2001:db8:a::1/48"), "5:14: ", "is not an IPv6 prefix",
             "write 2001:db8:a::/48"},
        Case{"NarrowLink", two(kA, "", "", "{ ends: [ra, rb], mtu: 1000 }"),
             "19:28: ", "mtu 1000 is too small for IPv6", "use 1280 or more"},
        Case{"Public", two("prefix6: 2001:4860::/32"), "5:14: ", "is of no documentation or unique",
             "use 2001:db8::/32, 3fff::/20 or fd00::/8"},
        // What is suggested is not refused in its turn.
        Case{"HostBitsOfAnOddLength", two("prefix6: 2001:db8:a:1::1/63"),
             "5:14: ", "is not an IPv6 prefix", "write 2001:db8:a::/56"},
        Case{"LoopbackWithALength", two("prefix6: '::1/48'"), "5:14: ", "is not an IPv6 prefix",
             "use 2001:db8::/32"},
        Case{"UnknownKeyNearIt", two("prefx6: 2001:db8:a::/48", "", ", address6: 2001:db8:a:1::5"),
             "5:5: ", "unknown key 'prefx6'", "did you mean 'prefix6'?"},
        Case{"TooLong", two("prefix6: 2001:db8:a::/64"), "5:14: ",
             "prefix6 2001:db8:a::/64 of system 'a' has no good length", "use a /32 to /56"},
        Case{"Overlap", two("prefix6: 2001:db8::/40"), "13:14: ",
             "prefix6 2001:db8:b::/48 of system 'b' overlaps 2001:db8::/40 of system 'a'",
             "give each system a prefix6"},
        Case{"Eigrp",
             "name: t\nsystems:\n  a: { prefix6: 2001:db8:a::/48, igp: eigrp,\n"
             "       nodes: { r1: router, r2: router } }\nlinks: [ [r1, r2] ]\n",
             "3:17: ", "FRR's eigrpd knows IPv4 alone", "use 'igp: ospf', rip or isis"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Subnet, RefusedIpv6,
    testing::Values(Case{"Outside", two(kA, ", subnet6: 2001:db8:c::/64"),
                         "8:36: ", "subnet6 2001:db8:c::/64 is outside of 2001:db8:a::/48",
                         "choose one inside"},
                    Case{"NoPrefix6", two("igp: ospf", ", subnet6: 2001:db8:a:1::/64"),
                         "8:36: ", "system 'a' has no prefix6", "add 'prefix6:' that covers it"},
                    Case{"NotA64", two(kA, ", subnet6: 2001:db8:a:100::/56"), "8:36: ", "is no /64",
                         "write 2001:db8:a:100::/64"},
                    Case{"OddLengthWithHostBits", two(kA, ", subnet6: 2001:db8:a:3::/63"),
                         "8:36: ", "is not an IPv6 prefix", "write 2001:db8:a:3::/64"},
                    Case{"NotA64ThatCouldBeOne", two(kA, ", subnet6: 2001:db8:a::/56"),
                         "8:36: ", "is no /64", "leave it out"},
                    Case{"WhereAPinnedAddressStands",
                         two(kA, "", ", address6: 2001:db8:a:1::5",
                             "{ ends: [ra, rb], subnet6: 2001:db8:a:1::/64 }"),
                         "19:32: ",
                         "subnet6 2001:db8:a:1::/64 of 'ra – rb' holds address6 2001:db8:a:1::5 of "
                         "'h1', which stands on 'sw'",
                         "choose another subnet6, or an address6 of 2001:db8:a:2::/64"},
                    Case{"Loopbacks", two(kA, ", subnet6: 2001:db8:a::/64"),
                         "8:36: ", "where the loopbacks are", "choose another"},
                    Case{"Twice",
                         two(kA, ", subnet6: 2001:db8:a:7::/64", "",
                             "{ ends: [ra, rb], subnet6: 2001:db8:a:7::/64 }"),
                         "19:32: ", "subnet6 2001:db8:a:7::/64 is that of 'sw' already",
                         "give each LAN"},
                    Case{"OfALanAtALink",
                         two(kA, "", " }\n      h3: { role: client",
                             "[ra, rb]\n  - { ends: [sw, h3], subnet6: 2001:db8:a:7::/64 }"),
                         "21:32: ", "the subnet6 of a LAN belongs to its switch",
                         "write sw: { role: switch, subnet6: 2001:db8:a:7::/64 }"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Address, RefusedIpv6,
    testing::Values(
        Case{"Outside", two(kA, "", ", address6: 2001:db8:a:9::5"), "9:41: ",
             "address6 2001:db8:a:9::5 of 'h1' is not a host address of 2001:db8:a:1::/64",
             "use 2001:db8:a:1::5"},
        Case{"SubnetRouterAnycast", two(kA, "", ", address6: '2001:db8:a:1::'"),
             "9:41: ", "is not a host address of 2001:db8:a:1::/64", "use 2001:db8:a:1::1"},
        Case{"Ipv4", two(kA, "", ", address6: 10.1.0.5"),
             "9:41: ", "address6 '10.1.0.5' is not an IPv6 address", "such as 2001:db8:40:1::5"},
        Case{"WithLength", two(kA, "", ", address6: 2001:db8:a:1::5/64"),
             "9:41: ", "is not an IPv6 address", "write 2001:db8:a:1::5"},
        Case{"LinkLocalWithLength", two(kA, "", ", address6: fe80::5/64"),
             "9:41: ", "is not an IPv6 address", "such as 2001:db8:40:1::5"},
        Case{"LinkLocal", two(kA, "", ", address6: fe80::5"),
             "9:41: ", "address6 fe80::5 is a link-local address", "use 2001:db8::/32"},
        Case{"SuggestedTaken",
             two(kA, "",
                 ", address6: 2001:db8:a:9::5 }\n      h3: { role: client, address6: "
                 "2001:db8:a:1::5") +
                 "  - [sw, h3]\n",
             "9:41: ", "is not a host address", "choose a free one of it"},
        Case{"NoneOfAHost", two(kA, "", ", address6: none"),
             "9:41: ", "address6 'none' is not an IPv6 address",
             "write an address such as 2001:db8:40:1::5; IPv4 alone is what a system without"},
        Case{"NoneOfAClient",
             two(kA, "", " }\n      h3: { role: client, address6: none") + "  - [sw, h3]\n",
             "10:37: ", "address6 'none' is not an IPv6 address",
             "write slaac, dhcp, static or an address; IPv4 alone is what a system without"},
        Case{"WithoutIpv6", two("igp: ospf", "", ", address6: 2001:db8:a:1::5"),
             "9:41: ", "address6 2001:db8:a:1::5 of 'h1', and 'sw' has no IPv6",
             "add 'prefix6:' to system a"},
        Case{"TwoOwners",
             two(kA, "",
                 ", address6: 2001:db8:a:1::5 }\n      h3: { role: client, address6: "
                 "2001:db8:a:1::5") +
                 "  - [sw, h3]\n",
             "10:37: ", "duplicate address6 2001:db8:a:1::5: 'h1' has it already",
             "choose another"},
        Case{"TwoOfOneInterface",
             two(kA, "",
                 ", address6: 2001:db8:a:1::5, interfaces: { eth0: { address6: "
                 "2001:db8:a:1::6 } }"),
             "9:41: ", "eth0 of 'h1' has two IPv6 addresses", "remove this one"}),
    [](const auto& info) { return info.param.name; });

// Keys of the routers of `two`.
std::string routers(const std::string& ra, const std::string& rb,
                    const std::string& a = "prefix6: 2001:db8:a::/48") {
  return "name: t\nsystems:\n  a: { asn: 64512, " + a + ",\n       nodes: { ra: { role: router" +
         ra + " }, rb: { role: router" + rb + " } } }\nlinks: [ [ra, rb] ]\n";
}

INSTANTIATE_TEST_SUITE_P(
    Loopback6, RefusedIpv6,
    testing::Values(
        Case{"OfNoFirst64", routers(", loopback6: 2001:db8:a:1::1", ""), "4:48: ",
             "loopback6 2001:db8:a:1::1 is not one of 2001:db8:a::/64", "choose one of it"},
        Case{"Twice", routers(", loopback6: 2001:db8:a::7", ", loopback6: 2001:db8:a::7"),
             "4:96: ", "duplicate loopback6 2001:db8:a::7: 'ra' has it already", "choose another"},
        Case{"WithoutPrefix6", routers(", loopback6: 2001:db8:a::7", "", "igp: ospf"), "4:48: ",
             "loopback6 of 'ra', and its system has no prefix6", "add 'prefix6:' to system a"}),
    [](const auto& info) { return info.param.name; });

// Records that name an address: what no name can stand for is told for what it is.
std::string record(const std::string& value) {
  return "name: t\nsystems:\n  a: { prefix6: 2001:db8:a::/48, nodes: { ns: dns_server, sw: switch "
         "} }\nlinks: [ [ns, sw] ]\nzones:\n  x.test: { servers: [ns], records: { w: " +
         value + " } }\n";
}

INSTANTIATE_TEST_SUITE_P(
    Record, RefusedIpv6,
    testing::Values(Case{"LinkLocal", record("'fe80::1'"),
                         "6:42: ", "fe80::1 is a link-local address", "use 2001:db8::/32"},
                    Case{"Loopback", record("'::1'"), "6:42: ", "::1 is a loopback address",
                         "use 2001:db8::/32"},
                    Case{"Multicast", record("'ff02::1'"),
                         "6:42: ", "ff02::1 is a multicast address", "use 2001:db8::/32"},
                    Case{"Unspecified", record("'::'"), "6:42: ", ":: is the unspecified address",
                         "use 2001:db8::/32"},
                    Case{"Public", record("'2001:4860::1'"),
                         "6:42: ", "2001:4860::1 is a public address", "use 2001:db8::/32"},
                    Case{"Ipv4LinkLocal", record("169.254.1.1"),
                         "6:42: ", "169.254.1.1 is a link-local address", "use 10.0.0.0/8"},
                    Case{"Ipv4Loopback", record("127.0.0.1"),
                         "6:42: ", "127.0.0.1 is a loopback address", "use 10.0.0.0/8"},
                    Case{"MappedIpv4", record("'::ffff:10.1.0.1'"),
                         "6:42: ", "'::ffff:10.1.0.1' is an IPv4 address in the form of IPv6",
                         "write 10.1.0.1"}),
    [](const auto& info) { return info.param.name; });

std::vector<std::string> addresses_of(const Plan& plan, std::string_view node, int interface = 0) {
  const auto& list = plan.find(node)->spec.interfaces(interface).addresses();
  return {list.begin(), list.end()};
}

TEST(Ipv6, EverySegmentHasA64InTheOrderOfIpv4) {
  const Plan plan = plan_of(two(kA));
  EXPECT_THAT(addresses_of(plan, "ra", 0), ElementsAre("10.1.0.1/24", "2001:db8:a:1::1/64"));
  EXPECT_THAT(addresses_of(plan, "h1"), ElementsAre("10.1.0.2/24", "2001:db8:a:1::2/64"));
  EXPECT_THAT(addresses_of(plan, "h2"), ElementsAre("10.1.0.3/24", "2001:db8:a:1::3/64"));
  EXPECT_THAT(addresses_of(plan, "ra", 1), ElementsAre("10.1.1.1/30", "2001:db8:a:2::1/64"));
  EXPECT_THAT(addresses_of(plan, "rb"), ElementsAre("10.1.1.2/30", "2001:db8:a:2::2/64"));
  EXPECT_TRUE(plan.find("sw")->spec.interfaces(0).addresses().empty());
  EXPECT_EQ(net::to_string(*plan.systems[0].prefix6), "2001:db8:a::/48");
}

TEST(Ipv6, ThePinnedStaysAndTheOthersGoRoundIt) {
  const Plan plan = plan_of(two(kA, ", subnet6: 2001:db8:a:1::/64", ", address6: 2001:db8:a:1::1",
                                "{ ends: [ra, rb], subnet6: 2001:db8:a:9::/64 }"));
  EXPECT_THAT(addresses_of(plan, "h1"), ElementsAre("10.1.0.2/24", "2001:db8:a:1::1/64"));
  EXPECT_THAT(addresses_of(plan, "ra", 0), ElementsAre("10.1.0.1/24", "2001:db8:a:1::2/64"));
  EXPECT_THAT(addresses_of(plan, "rb"), ElementsAre("10.1.1.2/30", "2001:db8:a:9::2/64"));
}

TEST(Ipv6, APinnedLoopback6StaysAndTheOthersGoRoundIt) {
  const Plan plan = plan_of(routers(", loopback6: 2001:db8:a::2", "") + "");
  EXPECT_EQ(plan.find("ra")->spec.router().loopback6(), "2001:db8:a::2/128");
  EXPECT_EQ(plan.find("rb")->spec.router().loopback6(), "2001:db8:a::1/128");
  const Plan first = plan_of(routers(", loopback6: 2001:db8:a::1", ""));
  EXPECT_EQ(first.find("rb")->spec.router().loopback6(), "2001:db8:a::2/128");
}

TEST(Ipv6, HostsHaveADefaultRouteOfBoth) {
  const Plan plan = plan_of(two(kA));
  const auto& routes = plan.find("h1")->spec.routes();
  ASSERT_EQ(routes.size(), 2);
  EXPECT_EQ(routes[0].prefix(), "0.0.0.0/0");
  EXPECT_EQ(routes[0].via(), "10.1.0.1");
  EXPECT_EQ(routes[1].prefix(), "::/0");
  EXPECT_EQ(routes[1].via(), "2001:db8:a:1::1");
  EXPECT_TRUE(plan.find("ra")->spec.routes().empty());
}

// A link of a system that has none, and a router that stands in one: IPv4 alone.
TEST(Ipv6, WithoutPrefix6NothingHasIt) {
  const Plan plan = plan_of(two("igp: ospf"));
  EXPECT_THAT(addresses_of(plan, "h1"), ElementsAre("10.1.0.2/24"));
  EXPECT_THAT(addresses_of(plan, "rb"), ElementsAre("10.1.1.2/30"));
  EXPECT_EQ(plan.find("h1")->spec.routes().size(), 1);
  EXPECT_FALSE(plan.systems[0].prefix6.has_value());
}

// The ISP has IPv6; the site behind the gateway does not take part.
TEST(Ipv6, WithoutPrefix6AGatewayHasIpv4Alone) {
  const Plan plan = plan_of(
      "name: t\nsystems:\n  isp: { asn: 64512, prefix6: 2001:db8:a::/48, nodes: { r: router } }\n"
      "  home: { nodes: { g: gateway, c: client } }\nlinks: [ [c, g], [g, r] ]\n");
  EXPECT_THAT(addresses_of(plan, "r"), ElementsAre(HasSubstr("/30"), "2001:db8:a:1::1/64"));
  EXPECT_THAT(addresses_of(plan, "g", 1), ElementsAre(HasSubstr("/30")));
  EXPECT_THAT(addresses_of(plan, "c"), ElementsAre("192.168.10.2/30"));
}

const v1::RouterSpec& router_of(const Plan& plan, std::string_view node) {
  return plan.find(node)->spec.router();
}

TEST(Ipv6, SessionsBesideThoseOfIpv4) {
  const Plan plan = plan_of(
      "name: t\nsystems:\n  a: { asn: 64512, prefix: 10.1.0.0/16, prefix6: 2001:db8:a::/48,\n"
      "       nodes: { a1: router, a2: router } }\n"
      "  b: { asn: 64513, prefix: 10.2.0.0/16, prefix6: 2001:db8:b::/48, nodes: { b1: router } }\n"
      "links: [ [a1, a2], [a2, b1] ]\n");
  const auto& a2 = router_of(plan, "a2");
  std::vector<std::string> sessions;
  for (const auto& n : a2.bgp()) {
    sessions.push_back(n.node() + " " + n.address() + " from " + n.update_source());
  }
  EXPECT_THAT(sessions,
              ElementsAre("b1 10.1.0.6 from ", "a1 10.1.255.1 from 10.1.255.2",
                          "b1 2001:db8:a:2::2 from ", "a1 2001:db8:a::1 from 2001:db8:a::2"));
  EXPECT_EQ(a2.loopback6(), "2001:db8:a::2/128");
  EXPECT_THAT(a2.announce(), ElementsAre("10.1.0.0/16", "2001:db8:a::/48"));
  EXPECT_TRUE(a2.ospf(0).ipv6());
  EXPECT_THAT(router_of(plan, "a1").expected_prefixes(),
              testing::IsSupersetOf({"2001:db8:a::2/128", "2001:db8:a:2::/64", "2001:db8:b::/48"}));
  EXPECT_THAT(router_of(plan, "b1").expected_prefixes(),
              ElementsAre("10.1.0.0/16", "2001:db8:a::/48"));
}

// In the middle IPv4 alone: what is announced beyond it never comes, so nobody waits for it.
TEST(Ipv6, NobodyWaitsForWhatCannotCome) {
  const auto with = [](const std::string& middle) {
    return plan_of(
        "name: t\nsystems:\n  a: { asn: 64512, prefix6: 2001:db8:a::/48, nodes: { ra: router } }\n"
        "  m: { asn: 64513, " +
        middle +
        "nodes: { rm: router } }\n  b: { asn: 64514, prefix6: 2001:db8:b::/48, nodes: { rb: router "
        "} }\nlinks: [ [ra, rm], [rm, rb] ]\n");
  };
  EXPECT_THAT(router_of(with("prefix6: 2001:db8:c::/48, "), "ra").expected_prefixes(),
              testing::Contains("2001:db8:b::/48"));
  const Plan plan = with("");
  for (const auto& prefix : router_of(plan, "ra").expected_prefixes()) {
    EXPECT_THAT(prefix, Not(HasSubstr(":")));
  }
  for (const auto& n : router_of(plan, "rm").bgp()) EXPECT_THAT(n.address(), Not(HasSubstr(":")));
}

std::vector<std::string> records_of(const Plan& plan, std::string_view origin) {
  std::vector<std::string> texts;
  for (const auto& zone : plan.zones) {
    if (zone.origin() != origin) continue;
    for (const auto& r : zone.records()) {
      if (r.type() == "A" || r.type() == "AAAA") {
        texts.push_back(r.name() + " " + r.type() + " " + r.data());
      }
    }
  }
  return texts;
}

// One LAN: a resolver, a name server, a balancer with two web servers, a client.
const std::string kNames =
    "name: t\nsystems:\n  a:\n    prefix: 10.1.0.0/16\n    prefix6: 2001:db8:a::/48\n    nodes:\n"
    "      sw: switch\n      r: router\n      c: { role: client, address6: static }\n      res: "
    "resolver\n      ns: "
    "dns_server\n"
    "      lb: { role: load_balancer, backends: [web] }\n      web: web_server\n"
    "links: [ [r, sw], [c, sw], [res, sw], [ns, sw], [lb, sw], [web, sw] ]\nzones:\n"
    "  .: { servers: [ns], letters: 2 }\n  x.test: { servers: [ns], records: { www: lb, six: "
    "'2001:db8:a:1::6' } }\n";

TEST(Ipv6, NamesOfNodesHaveBothKindsOfAddress) {
  const Plan plan = plan_of(kNames);
  EXPECT_THAT(records_of(plan, "x.test."),
              ElementsAre("ns1.x.test. A 10.1.0.4", "ns1.x.test. AAAA 2001:db8:a:1::4",
                          "www.x.test. A 10.1.0.5", "www.x.test. AAAA 2001:db8:a:1::5",
                          "six.x.test. AAAA 2001:db8:a:1::6"));
  EXPECT_THAT(records_of(plan, "."),
              testing::IsSupersetOf({"a.root-servers.net. AAAA 2001:db8:a:1::4",
                                     "b.root-servers.net. AAAA 2001:db8:a:1::7",
                                     "ns1.x.test. AAAA 2001:db8:a:1::4"}));
}

TEST(Ipv6, ServicesListenOnBoth) {
  const Plan plan = plan_of(kNames);
  EXPECT_THAT(plan.find("ns")->spec.dns_server().listen(),
              ElementsAre("10.1.0.4", "2001:db8:a:1::4", "10.1.0.7", "2001:db8:a:1::7"));
  const auto& resolver = plan.find("res")->spec.resolver();
  EXPECT_THAT(resolver.listen(), ElementsAre("10.1.0.3", "2001:db8:a:1::3", "127.0.0.1"));
  EXPECT_THAT(resolver.allow(), ElementsAre("127.0.0.0/8", "10.1.0.0/16", "2001:db8:a::/48"));
  std::vector<std::string> hints;
  for (const auto& h : resolver.root_hints()) hints.push_back(h.name() + " " + h.address());
  EXPECT_THAT(hints,
              ElementsAre("a.root-servers.net. 10.1.0.4", "a.root-servers.net. 2001:db8:a:1::4",
                          "b.root-servers.net. 10.1.0.7", "b.root-servers.net. 2001:db8:a:1::7"));
  EXPECT_EQ(plan.find("lb")->spec.load_balancer().address6(), "2001:db8:a:1::5");
  EXPECT_EQ(plan.find("lb")->spec.load_balancer().backends(0).address(), "10.1.0.6");
  EXPECT_EQ(plan.find("web")->spec.web_server().address6(), "2001:db8:a:1::6");
  EXPECT_THAT(plan.find("c")->spec.name_servers(), ElementsAre("10.1.0.3", "2001:db8:a:1::3"));
}

TEST(Ipv6, RenderShowsBoth) {
  std::ostringstream out;
  render(plan_of(two(kA)), out);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("10.1.0.2/24 2001:db8:a:1::2/64"),
                               HasSubstr("10.1.0.0/16  2001:db8:a::/48")));
}

}  // namespace
}  // namespace hoplab::topology
