// IPv6 behind a gateway: what is delegated, who sends it where, and what is refused.
#include <sstream>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// An ISP with two routers, a resolver and a web server; a home with a client behind a gateway.
struct Home {
  std::string isp = "asn: 64512, prefix6: 2001:db8:a::/48, igp: ospf";
  std::string home = "prefix6: 2001:db8:a:100::/56";
  std::string isp_nodes = "edge: router, border: router, dns: resolver";
  std::string nodes = "g: gateway, c: client, d: { role: dhcp_server }, sw: switch";
  std::string links = "[c, sw], [d, sw], [g:lan, sw], [g:wan, edge]";
};

std::string yaml(const Home& h) {
  return "name: t\nsystems:\n"
         "  isp: { " +
         h.isp + ", nodes: { " + h.isp_nodes +
         " } }\n"
         "  home: { " +
         h.home + ", nodes: { " + h.nodes +
         " } }\n"
         "links: [ " +
         h.links + ", [edge, border], [dns, border] ]\nzones: { '.': { servers: [ns] } }\n";
}

// The same, complete: a name server at the border.
std::string whole(Home h = {}) {
  h.isp_nodes += ", ns: dns_server";
  h.links += ", [ns, border]";
  return yaml(h);
}

std::vector<std::string> addresses_of(const Plan& plan, std::string_view node, int interface) {
  const auto& list = plan.find(node)->spec.interfaces(interface).addresses();
  return {list.begin(), list.end()};
}

std::vector<std::string> routes_of(const Plan& plan, std::string_view node) {
  std::vector<std::string> texts;
  for (const auto& r : plan.find(node)->spec.routes()) texts.push_back(r.prefix() + " " + r.via());
  return texts;
}

TEST(Gateway6, ItsLanIsTheFirst64OfWhatIsDelegated) {
  const Plan plan = plan_of(whole());
  EXPECT_THAT(addresses_of(plan, "g", 0), Contains("2001:db8:a:100::1/64"));
  EXPECT_THAT(addresses_of(plan, "g", 1), Contains("2001:db8:a:1::2/64"));
  EXPECT_THAT(addresses_of(plan, "edge", 0), Contains("2001:db8:a:1::1/64"));
  EXPECT_THAT(addresses_of(plan, "d", 0), Contains("2001:db8:a:100::2/64"));
  EXPECT_EQ(plan.find("c")->spec.client().autoconf_interface(), "eth0");
}

TEST(Gateway6, ItsWayOutIsTheIspAndNothingGoesRoundInCircles) {
  const Plan plan = plan_of(whole());
  EXPECT_THAT(routes_of(plan, "g"), ElementsAre(StartsWith("0.0.0.0/0 "), "::/0 2001:db8:a:1::1",
                                                "2001:db8:a:100::/56 "));
  // All of a /64 is its LAN.
  EXPECT_THAT(routes_of(plan_of(whole({.home = "prefix6: 2001:db8:a:7::/64"})), "g"),
              ElementsAre(StartsWith("0.0.0.0/0 "), "::/0 2001:db8:a:1::1"));
  EXPECT_THAT(routes_of(plan, "d"), Contains("::/0 2001:db8:a:100::1"));
}

TEST(Gateway6, TheIspSendsTheSitesPrefixToItsGateway) {
  const Plan plan = plan_of(whole());
  const v1::RouterSpec& edge = plan.find("edge")->spec.router();
  ASSERT_EQ(edge.static_routes_size(), 1);
  EXPECT_EQ(edge.static_routes(0).prefix(), "2001:db8:a:100::/56");
  EXPECT_EQ(edge.static_routes(0).via(), "2001:db8:a:1::2");
  EXPECT_THAT(edge.expected_prefixes(), Contains("2001:db8:a:100::/56"));
  const v1::RouterSpec& border = plan.find("border")->spec.router();
  EXPECT_EQ(border.static_routes_size(), 0);
  EXPECT_THAT(border.expected_prefixes(), Contains("2001:db8:a:100::/56"));
}

TEST(Gateway6, ItAdvertisesAndIsTheLansNameServer) {
  const Plan plan = plan_of(whole());
  const v1::GatewaySpec& g = plan.find("g")->spec.gateway();
  EXPECT_EQ(g.prefix6(), "2001:db8:a:100::/56");
  ASSERT_EQ(g.advertisements_size(), 1);
  EXPECT_EQ(g.advertisements(0).interface(), "lan");
  EXPECT_EQ(g.advertisements(0).prefix(), "2001:db8:a:100::/64");
  EXPECT_TRUE(g.advertisements(0).autonomous());
  EXPECT_THAT(g.advertisements(0).name_servers(), ElementsAre("2001:db8:a:100::1"));
  EXPECT_THAT(g.resolver().listen(), Contains("2001:db8:a:100::1"));
  EXPECT_THAT(g.resolver().allow(), Contains("2001:db8:a:100::/64"));
}

TEST(Gateway6, APoolMakesItsLanManaged) {
  const Plan plan =
      plan_of(whole({.nodes = "g: gateway, c: client, sw: switch, d: { role: dhcp_server, "
                              "pool6: '2001:db8:a:100::1000-2001:db8:a:100::1fff' }"}));
  const v1::RouterAdvertisement& told = plan.find("g")->spec.gateway().advertisements(0);
  EXPECT_TRUE(told.managed());
  EXPECT_FALSE(told.autonomous());
  EXPECT_TRUE(plan.find("c")->spec.client().dhcpv6());
  EXPECT_THAT(plan.find("d")->spec.dhcp_server().subnets6(0).name_servers(),
              ElementsAre("2001:db8:a:100::1"));
}

TEST(Gateway6, StaticHostsAskTheGatewayOverBothVersions) {
  const Plan plan = plan_of(
      whole({.nodes = "g: gateway, sw: switch, d: web_server, "
                      "c: { role: client, address: static, address6: 2001:db8:a:100::10 }"}));
  EXPECT_THAT(plan.find("c")->spec.name_servers(),
              ElementsAre(StartsWith("192.168."), "2001:db8:a:100::1"));
  EXPECT_EQ(plan.find("g")->spec.gateway().advertisements_size(), 1) << "as home gateways do";
}

// What the ISP numbers itself goes round what it delegated.
TEST(Gateway6, TheIspLeavesOutWhatItDelegated) {
  const Plan plan = plan_of(whole({.home = "prefix6: 2001:db8:a:1::/64"}));
  EXPECT_THAT(addresses_of(plan, "g", 0), Contains("2001:db8:a:1::1/64"));
  EXPECT_THAT(addresses_of(plan, "g", 1), Contains("2001:db8:a:2::2/64"));
}

TEST(Gateway6, ARecordOfAGatewayIsItsOutside) {
  const Plan plan = plan_of(
      "name: t\nsystems:\n"
      "  isp: { asn: 64512, prefix6: 2001:db8:a::/48,"
      " nodes: { r: router, ns: dns_server } }\n"
      "  home: { prefix6: 2001:db8:a:100::/56, nodes: { g: gateway, c: client } }\n"
      "links: [ [c, g], [g, r], [ns, r] ]\n"
      "zones: { '.': { servers: [ns], records: { g.test: g } } }\n");
  bool found = false;
  for (const auto& r : plan.zones.at(0).records()) {
    found = found || (r.type() == "AAAA" && r.data() == "2001:db8:a:1::2");
  }
  EXPECT_TRUE(found);
}

struct Case {
  std::string name;
  Home home;
  std::string at;          // "line:column: "
  std::string message;     // part of it
  std::string suggestion;  // part of it
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RefusedGateway6 : public testing::TestWithParam<Case> {};

TEST_P(RefusedGateway6, IsReportedAloneAtItsPlace) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(whole(c.home)), ElementsAre(AllOf(StartsWith(c.at), HasSubstr(c.message),
                                                            HasSubstr("(" + c.suggestion))));
}

INSTANTIATE_TEST_SUITE_P(
    Gateway6, RefusedGateway6,
    testing::Values(
        Case{"NotTheIsps",
             {.home = "prefix6: 2001:db8:c::/56"},
             "4:20: ",
             "prefix6 2001:db8:c::/56 of system 'home' is no part of 2001:db8:a::/48, the prefix6 "
             "of its provider 'isp', and nobody announces it: there is no NAT for IPv6",
             "use a part of it, such as 2001:db8:a:100::/56"},
        Case{"AllOfTheIsps",
             {.home = "prefix6: 2001:db8:a::/48"},
             "4:20: ",
             "is no part of",
             "use a part of it"},
        Case{"MoreThanTheIsps",
             {.home = "prefix6: 2001:db8::/40"},
             "4:20: ",
             "is no part of",
             "use a part of it"},
        Case{"Loopbacks",
             {.home = "prefix6: 2001:db8:a::/56"},
             "4:20: ",
             "holds the first /64 of 2001:db8:a::/48, where the loopbacks of 'isp' are",
             "use another part of it, such as 2001:db8:a:100::/56"},
        Case{"TooLong",
             {.home = "prefix6: 2001:db8:a:100::/72"},
             "4:20: ",
             "has no good length",
             "use one no longer than /64, such as 2001:db8:a:100::/56"},
        Case{"IspWithout",
             {.isp = "asn: 64512, igp: ospf"},
             "4:20: ",
             "system 'home' has prefix6, and its provider 'isp' has none: nothing would find the "
             "way back",
             "add 'prefix6:' to system isp, or leave it out"},
        Case{"IspDamaged",
             {.isp = "asn: 64512, igp: ospf, prefix6: 10.0.0.0/8"},
             "3:42: ",
             "is not an IPv6 prefix",
             "such as"},
        Case{"TwoGateways",
             {.nodes = "g: gateway, c: client, d: { role: dhcp_server }, sw: switch, h: gateway",
              .links = "[c, sw], [d, sw], [g:lan, sw], [g:wan, edge], [h:lan, sw], [h:wan, edge]"},
             "4:20: ",
             "has prefix6 and two gateways: 'g' and 'h'",
             "give each gateway a system of its own"},
        Case{"RouterBehind",
             {.nodes = "g: { role: gateway, wan: wan }, c: client, d: { role: dhcp_server }, "
                       "sw: switch, r: router",
              .links = "[c, sw], [d, sw], [g:lan, sw], [g:wan, edge], [r, sw]"},
             "4:20: ",
             "gateway 'g' has no IPv6 route to what is behind router 'r'",
             "put the hosts into the gateway's own LAN"},
        Case{"LanOutside",
             {.nodes = "g: gateway, c: client, d: { role: dhcp_server }, sw: switch, out: switch",
              .links = "[c, sw], [d, sw], [g:lan, sw], [g:wan, out], [out, edge]"},
             "4:20: ",
             "numbers 'out', which is on the WAN side of its gateway 'g'",
             "put that switch into system isp"},
        Case{"OfTheIspsOwn",
             {.nodes = "c: client, d: { role: dhcp_server }, sw: switch, g: gateway",
              .links = "[c, sw], [d, sw], [g:lan, sw], { ends: [g:wan, edge], "
                       "subnet6: 2001:db8:a:100::/64 }"},
             "5:73: ",
             "subnet6 2001:db8:a:100::/64 is part of 2001:db8:a:100::/56, which system "
             "'home' has",
             "choose another"}),
    [](const auto& info) { return info.param.name; });

TEST(Gateway6, AGatewayInAnAutonomousSystemIsRefused) {
  EXPECT_THAT(problems_of("name: t\nsystems:\n"
                          "  isp: { asn: 64512, prefix6: 2001:db8:a::/48,"
                          " nodes: { r: router, g: gateway, c: client } }\n"
                          "links: [ [c, g], [g, r] ]\n"),
              ElementsAre(AllOf(StartsWith("3:31: "),
                                HasSubstr("has an asn and prefix6, and gateway 'g' stands in it"),
                                HasSubstr("(put the gateway and what is behind it"))));
}

TEST(Gateway6, TwoSitesHaveTwoParts) {
  const auto two = [](const std::string& second) {
    return "name: t\nsystems:\n"
           "  isp: { asn: 64512, prefix6: 2001:db8:a::/48, nodes: { r: router } }\n"
           "  one: { prefix6: 2001:db8:a:100::/56, nodes: { g1: gateway, c1: client } }\n"
           "  two: { prefix6: " +
           second +
           ", nodes: { g2: gateway, c2: client } }\n"
           "links: [ [c1, g1], [g1, r], [c2, g2], [g2, r] ]\n";
  };
  EXPECT_THAT(problems_of(two("2001:db8:a:180::/57")),
              ElementsAre(AllOf(StartsWith("5:19: "),
                                HasSubstr("overlaps 2001:db8:a:100::/56 of system 'one'"),
                                HasSubstr("such as 2001:db8:a:200::/56"))));
  const Plan plan = plan_of(two("2001:db8:a:200::/56"));
  EXPECT_EQ(plan.find("r")->spec.router().static_routes_size(), 2);
}

TEST(Gateway6, ThePlanForReadingTellsOfIt) {
  std::ostringstream out;
  render(plan_of(whole()), out);
  EXPECT_THAT(out.str(), HasSubstr("lan ▸ wan with NAT, 2001:db8:a:100::/56 without, DNS cache"));
}

}  // namespace
}  // namespace hoplab::topology
