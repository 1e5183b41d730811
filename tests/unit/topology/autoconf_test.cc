// IPv6 addresses that hosts find themselves or are given: SLAAC and DHCPv6.
#include <sstream>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A LAN with a client and a server, linked to a router or not.
struct Lan {
  std::string client = "{ role: client }";
  std::string server = "{ role: dhcp_server }";
  std::string prefix6 = "prefix6: 2001:db8:40::/48";
  std::string links = "[ [r, sw], [c, sw], [d, sw], [dns, sw] ]";
  std::string more = {};
};

std::string yaml(const Lan& lan) {
  return "name: t\nsystems:\n  a:\n    " + lan.prefix6 +
         "\n    nodes:\n"
         "      r: router\n"
         "      sw: switch\n"
         "      dns: { role: resolver, forward_to: [10.1.0.9] }\n"
         "      c: " +
         lan.client +
         "\n"
         "      d: " +
         lan.server + "\n" + lan.more + "links: " + lan.links + "\n";
}

const std::string kPool = "{ role: dhcp_server, pool6: '2001:db8:40:1::1000-2001:db8:40:1::1fff' }";

TEST(Autoconf, WhereARouterIsAClientFindsItsAddress) {
  const Plan plan = plan_of(yaml({}));
  const v1::NodeSpec& client = plan.find("c")->spec;
  EXPECT_EQ(client.client().autoconf_interface(), "eth0");
  EXPECT_FALSE(client.client().dhcpv6());
  EXPECT_THAT(client.interfaces(0).addresses(), IsEmpty());  // IPv4 by DHCP
  EXPECT_THAT(client.routes(), IsEmpty());
  const v1::RouterSpec& router = plan.find("r")->spec.router();
  ASSERT_EQ(router.advertisements_size(), 1);
  const v1::RouterAdvertisement& told = router.advertisements(0);
  EXPECT_EQ(told.interface(), "eth0");
  EXPECT_EQ(told.prefix(), "2001:db8:40:1::/64");
  EXPECT_TRUE(told.autonomous());
  EXPECT_FALSE(told.managed());
  EXPECT_THAT(told.name_servers(),
              ElementsAre("2001:db8:40:1::3"));  // after router and DHCP server
  EXPECT_EQ(plan.find("d")->spec.dhcp_server().subnets6_size(), 0);
  EXPECT_THAT(plan.find("d")->spec.interfaces(0).addresses(),
              ElementsAre(HasSubstr("10.1.0."), "2001:db8:40:1::2/64"));
}

TEST(Autoconf, APoolMakesTheLanManaged) {
  const Plan plan =
      plan_of(yaml({.server = "{ role: dhcp_server, lease: 60, renew: 10, domain: lan.test, "
                              "pool6: '2001:db8:40:1::2 - 2001:db8:40:1::ff' }"}));
  EXPECT_TRUE(plan.find("c")->spec.client().dhcpv6());
  const v1::RouterAdvertisement& told = plan.find("r")->spec.router().advertisements(0);
  EXPECT_TRUE(told.managed());
  EXPECT_FALSE(told.autonomous());
  ASSERT_EQ(plan.find("d")->spec.dhcp_server().subnets6_size(), 1);
  const v1::Dhcp6Subnet& subnet = plan.find("d")->spec.dhcp_server().subnets6(0);
  EXPECT_EQ(subnet.interface(), "eth0");
  EXPECT_EQ(subnet.subnet(), "2001:db8:40:1::/64");
  EXPECT_EQ(subnet.first() + " " + subnet.last(), "2001:db8:40:1::2 2001:db8:40:1::ff");
  EXPECT_EQ(subnet.lease_seconds(), 60U);
  EXPECT_EQ(subnet.renew_seconds(), 10U);
  EXPECT_EQ(subnet.domain(), "lan.test");
  // Hosts go round the pool.
  EXPECT_THAT(plan.find("d")->spec.interfaces(0).addresses(1), "2001:db8:40:1::100/64");
  EXPECT_THAT(subnet.name_servers(), ElementsAre("2001:db8:40:1::101"));
}

TEST(Autoconf, APoolHasHolesKeepsAddressesAndSharesTheLan) {
  const Plan plan = plan_of(
      yaml({.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                      "exclude6: ['2001:db8:40:1::12', '2001:db8:40:1::14-2001:db8:40:1::15'], "
                      "reservations6: { c: 2001:db8:40:1::2 } }",
            .links = "[ [r, sw], [c, sw], [d, sw], [e, sw], [dns, sw], [p, sw] ]",
            .more = "      e: { role: dhcp_server, pool6: '2001:db8:40:1::30-2001:db8:40:1::3f', "
                    "preference6: 9 }\n"
                    "      p: { role: web_server, address6: 2001:db8:40:1::12 }\n"}));
  const auto& subnet = plan.find("d")->spec.dhcp_server().subnets6(0);
  ASSERT_EQ(subnet.excluded_size(), 2);
  EXPECT_EQ(subnet.excluded(1).first() + " " + subnet.excluded(1).last(),
            "2001:db8:40:1::14 2001:db8:40:1::15");
  ASSERT_EQ(subnet.reservations_size(), 1);
  EXPECT_EQ(subnet.reservations(0).mac(), plan.find("c")->spec.interfaces(0).mac());
  EXPECT_EQ(subnet.reservations(0).address(), "2001:db8:40:1::2");
  EXPECT_EQ(subnet.preference(), 255U) << "waits for nobody, unless asked to";
  EXPECT_EQ(plan.find("e")->spec.dhcp_server().subnets6(0).preference(), 9U);
  // Who has a derived address goes round what is reserved; who pins one, may what is excluded.
  EXPECT_EQ(plan.find("d")->spec.interfaces(0).addresses(1), "2001:db8:40:1::3/64");
  EXPECT_EQ(plan.find("p")->spec.interfaces(0).addresses(1), "2001:db8:40:1::12/64");
}

// Two LANs around a router; the server is in the second.
std::string two_lans(const std::string& router, const std::string& client,
                     const std::string& server) {
  return "name: t\nsystems:\n  a:\n    prefix: 10.1.0.0/16\n    prefix6: 2001:db8:40::/48\n"
         "    nodes:\n      r: " +
         router +
         "\n      far: { role: switch, subnet6: '2001:db8:40:1::/64' }\n"
         "      sw: { role: switch, subnet6: '2001:db8:40:2::/64' }\n      c: " +
         client + "\n      n: { role: client, address: static }\n      d: " + server +
         "\nlinks: [ [r, far], [r, sw], [c, far], [n, sw], [d, sw] ]\n";
}

TEST(Autoconf, ARelayMakesALanElsewhereManaged) {
  const Plan plan =
      plan_of(two_lans("{ role: router, relay: [d] }", "{ role: client, address: static }",
                       "{ role: dhcp_server, pool6: '2001:db8:40:2::1000-2001:db8:40:2::1fff', "
                       "reservations6: { c: 2001:db8:40:1::7 } }"));
  EXPECT_TRUE(plan.find("c")->spec.client().dhcpv6());
  EXPECT_TRUE(plan.find("n")->spec.client().dhcpv6());
  const auto& router = plan.find("r")->spec.router();
  ASSERT_EQ(router.advertisements_size(), 2);
  EXPECT_TRUE(router.advertisements(0).managed());
  EXPECT_THAT(router.dhcp_relay().client_interfaces(), IsEmpty()) << "IPv4 is static";
  EXPECT_THAT(router.dhcp_relay().client_interfaces6(), ElementsAre("eth0"));
  EXPECT_THAT(router.dhcp_relay().server_interfaces6(), ElementsAre("eth1"));
  EXPECT_THAT(router.dhcp_relay().servers6(), ElementsAre("2001:db8:40:2::3"));
  const auto& d = plan.find("d")->spec.dhcp_server();
  ASSERT_EQ(d.subnets6_size(), 2);
  EXPECT_EQ(d.subnets6(0).subnet(), "2001:db8:40:1::/64");
  EXPECT_EQ(d.subnets6(0).first() + " " + d.subnets6(0).last(),
            "2001:db8:40:1::1000 2001:db8:40:1::1fff");
  EXPECT_EQ(d.subnets6(0).relay(), "2001:db8:40:1::1");
  EXPECT_EQ(d.subnets6(0).listen(), "2001:db8:40:2::3");
  EXPECT_EQ(d.subnets6(0).interface(), "eth0");
  ASSERT_EQ(d.subnets6(0).reservations_size(), 1);
  EXPECT_EQ(d.subnets6(1).relay(), "");
  EXPECT_EQ(d.subnets6(1).listen(), "");
  EXPECT_THAT(d.subnets6(1).reservations(), IsEmpty());
}

TEST(Autoconf, APoolMayLieInTheRelayedLanAlone) {
  const Plan plan =
      plan_of(two_lans("{ role: router, relay: [d] }", "client",
                       "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f' }"));
  EXPECT_TRUE(plan.find("c")->spec.client().dhcpv6());
  EXPECT_FALSE(plan.find("n")->spec.client().dhcpv6());
  const auto& d = plan.find("d")->spec.dhcp_server();
  ASSERT_EQ(d.subnets6_size(), 1);
  EXPECT_EQ(d.subnets6(0).first(), "2001:db8:40:1::10");
}

TEST(Autoconf, WhoFindsItsAddressIsNotRelayedFor) {
  const std::string server =
      "{ role: dhcp_server, pool6: '2001:db8:40:2::1000-2001:db8:40:2::1fff' }";
  const Plan plan = plan_of(
      two_lans("{ role: router, relay: [d] }", "{ role: client, address6: slaac }", server));
  EXPECT_FALSE(plan.find("c")->spec.client().dhcpv6());
  EXPECT_THAT(plan.find("r")->spec.router().dhcp_relay().client_interfaces(), ElementsAre("eth0"));
  EXPECT_THAT(plan.find("r")->spec.router().dhcp_relay().client_interfaces6(), IsEmpty());
  EXPECT_THAT(problems_of(two_lans("{ role: router, relay: [d] }",
                                   "{ role: client, address: static, address6: slaac }", server)),
              ElementsAre(AllOf(StartsWith("7:34: "), HasSubstr("'r' has nobody to relay for"),
                                HasSubstr("(leave relay out"))));
}

TEST(Autoconf, RenderSaysHow) {
  const auto rendered = [](const Lan& lan) {
    std::ostringstream out;
    render(plan_of(yaml(lan)), out);
    return out.str();
  };
  EXPECT_THAT(rendered({}), HasSubstr("by DHCP by SLAAC"));
  EXPECT_THAT(rendered({.server = kPool}),
              AllOf(HasSubstr("by DHCP by DHCPv6"),
                    HasSubstr(", pool6 2001:db8:40:1::1000-2001:db8:40:1::1fff")));
}

TEST(Autoconf, StaticWhenAskedFor) {
  const Plan asked = plan_of(yaml({.client = "{ role: client, address6: static }"}));
  EXPECT_EQ(asked.find("c")->spec.client().autoconf_interface(), "");
  EXPECT_EQ(asked.find("r")->spec.router().advertisements_size(), 0);
  const Plan pinned = plan_of(yaml({.client = "{ role: client, address6: 2001:db8:40:1::77 }"}));
  EXPECT_THAT(pinned.find("c")->spec.interfaces(0).addresses(),
              ElementsAre("2001:db8:40:1::77/64"));
}

struct Case {
  std::string name;
  Lan lan;
  std::string at;
  std::string message;
  std::string suggestion;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RefusedAutoconf : public testing::TestWithParam<Case> {};

TEST_P(RefusedAutoconf, IsReportedAloneAtItsPlace) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(yaml(c.lan)), ElementsAre(AllOf(StartsWith(c.at), HasSubstr(c.message),
                                                          HasSubstr("(" + c.suggestion))));
}

INSTANTIATE_TEST_SUITE_P(
    Address6, RefusedAutoconf,
    testing::Values(
        Case{"PoolOutside",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:41:1::1-2001:db8:41:1::9' }"},
             "10:38: ",
             "pool6 2001:db8:41:1::1-2001:db8:41:1::9 of 'd' is outside of its subnet6 "
             "2001:db8:40:1::/64",
             "choose addresses inside"},
        Case{"PoolWithoutIpv6",
             {.server = kPool, .prefix6 = "igp: ospf"},
             "10:38: ",
             "pool6 of 'd', and 'sw' has no IPv6",
             "add 'prefix6:' to system a"},
        Case{"NoRange",
             {.server = "{ role: dhcp_server, pool6: 10.1.0.1-10.1.0.9 }"},
             "10:38: ",
             "pool6 '10.1.0.1-10.1.0.9' is not a range of IPv6 addresses",
             "such as"},
        Case{"OverlappingPools",
             {.server = kPool,
              .links = "[ [r, sw], [c, sw], [d, sw], [e, sw], [dns, sw] ]",
              .more = "      e: { role: dhcp_server, pool: 10.1.0.60-10.1.0.70, pool6: "
                      "'2001:db8:40:1::1fff-2001:db8:40:1::2fff' }\n"},
             "11:65: ",
             "pool6 2001:db8:40:1::1fff-2001:db8:40:1::2fff of 'e' overlaps "
             "2001:db8:40:1::1000-2001:db8:40:1::1fff of 'd', the other DHCPv6 server on 'sw'",
             "servers of one LAN"},
        Case{"PoolTooSmall",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::11', "
                        "exclude6: ['2001:db8:40:1::10-2001:db8:40:1::11'] }"},
             "10:38: ",
             "the pool6 on 'sw' has 0 addresses for 1 clients",
             "make the pool larger"},
        Case{"ExcludedOutside",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "exclude6: ['2001:db8:40:1::20'] }"},
             "10:88: ",
             "exclusion 2001:db8:40:1::20 is outside of 2001:db8:40:1::10-2001:db8:40:1::1f, the "
             "pool6 of 'd'",
             "exclude addresses of the pool"},
        Case{"ExcludedWithoutPool",
             {.server = "{ role: dhcp_server, exclude6: ['2001:db8:40:1::20'] }"},
             "10:42: ",
             "exclude6 of 'd', which has no pool6",
             "add 'pool6: FIRST-LAST'"},
        Case{"PreferenceWithoutPool",
             {.server = "{ role: dhcp_server, preference6: 7 }"},
             "10:44: ",
             "preference6 of 'd', which has no pool6",
             "add 'pool6: FIRST-LAST'"},
        Case{"PreferenceTooHigh",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "preference6: 256 }"},
             "10:90: ",
             "preference6 is out of range: 256",
             "from 0 to 255"},
        Case{"ReservedOutside",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:41:1::7 } }"},
             "10:97: ",
             "reservation 2001:db8:41:1::7 is outside of 2001:db8:40:1::/64",
             "choose one inside"},
        Case{"ReservedForNobody",
             {.client = "{ role: client, address6: 2001:db8:40:1::7 }",
              .server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:40:1::8 } }"},
             "10:94: ",
             "'c' gets no IPv6 address from 'd'",
             "reserve for clients of this LAN that use DHCPv6"},
        Case{"ReservedWithoutPool",
             {.server = "{ role: dhcp_server, reservations6: { c: 2001:db8:40:1::8 } }"},
             "10:51: ",
             "reservations6 of 'd', which has no pool6",
             "add 'pool6: FIRST-LAST'"},
        Case{"ReservedTwice",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:40:1::8, e: 2001:db8:40:1::8 } }",
              .links = "[ [r, sw], [c, sw], [d, sw], [e, sw], [dns, sw] ]",
              .more = "      e: client\n"},
             "10:118: ",
             "2001:db8:40:1::8 is reserved for 'c' already",
             "choose another address"},
        Case{"ReservedTwiceByTwoServers",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:40:1::8 } }",
              .links = "[ [r, sw], [c, sw], [d, sw], [e, sw], [f, sw], [dns, sw] ]",
              .more = "      e: client\n"
                      "      f: { role: dhcp_server, pool: 10.1.0.60-10.1.0.70, pool6: "
                      "'2001:db8:40:1::20-2001:db8:40:1::2f', "
                      "reservations6: { e: 2001:db8:40:1::8 } }\n"},
             "12:",
             "2001:db8:40:1::8 is reserved for 'c' already",
             "choose another address"},
        Case{"ReservedInTheOtherServersPool",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:40:1::28 } }",
              .links = "[ [r, sw], [c, sw], [d, sw], [f, sw], [dns, sw] ]",
              .more = "      f: { role: dhcp_server, pool: 10.1.0.60-10.1.0.70, pool6: "
                      "'2001:db8:40:1::20-2001:db8:40:1::2f' }\n"},
             "10:",
             "2001:db8:40:1::28 is in the pool6 of 'f', the other DHCPv6 server there",
             "choose an address outside of that pool"},
        Case{"APoolThatLeavesNothing",
             {.server = "{ role: dhcp_server, pool6: "
                        "'2001:db8:40:1::1-2001:db8:40:1:ffff:ffff:ffff:ffff' }"},
             "",
             "the pool6 on 'sw' leaves no address of 2001:db8:40:1::/64 for 'r'",
             "make the pool smaller"},
        Case{"ExcludedFarBeyond",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "exclude6: ['2001:db8:40::-2001:db8:40:2::'] }"},
             "10:",
             "exclusion 2001:db8:40::-2001:db8:40:2:: is outside of",
             "exclude addresses of the pool"},
        Case{"PinnedAndReserved",
             {.server = "{ role: dhcp_server, pool6: '2001:db8:40:1::10-2001:db8:40:1::1f', "
                        "reservations6: { c: 2001:db8:40:1::8 } }",
              .links = "[ [r, sw], [c, sw], [d, sw], [e, sw], [dns, sw] ]",
              .more = "      e: { role: client, address6: 2001:db8:40:1::8 }\n"},
             "11:36: ",
             "address6 2001:db8:40:1::8 of 'e' is reserved for 'c'",
             "choose another address"},
        Case{"PinnedInThePool",
             {.client = "{ role: client, address6: 2001:db8:40:1::1234 }", .server = kPool},
             "9:36: ",
             "address6 2001:db8:40:1::1234 of 'c' is in the pool6 of 'd'",
             "choose an address outside"},
        Case{"SlaacWhereManaged",
             {.client = "{ role: client, address6: slaac }", .server = kPool},
             "9:36: ",
             "'d' manages the addresses on 'sw'",
             "leave address6 out"},
        Case{"SlaacWithoutIpv6",
             {.client = "{ role: client, address6: slaac }", .prefix6 = "igp: ospf"},
             "9:36: ",
             "'c' wants its IPv6 address by SLAAC, and 'sw' has no IPv6",
             "add 'prefix6:' to system a"},
        Case{"DhcpWithoutServer",
             {.client = "{ role: client, address6: dhcp }"},
             "9:36: ",
             "'c' wants its IPv6 address by DHCPv6, and no DHCPv6 server is on 'sw'",
             "give a dhcp_server there a pool6"}),
    [](const auto& info) { return info.param.name; });

// Without a router nobody tells hosts the prefix.
std::string without_router(const std::string& client, const std::string& server) {
  return "name: t\nsystems:\n  a:\n    prefix6: 2001:db8:40::/48\n    nodes:\n      sw: switch\n"
         "      c: " +
         client + "\n      d: " + server + "\nlinks: [ [c, sw], [d, sw] ]\n";
}

TEST(Autoconf, ALanWithoutRouterHasNeither) {
  EXPECT_THAT(
      problems_of(without_router("{ role: client, address6: slaac }", "dhcp_server")),
      ElementsAre(AllOf(StartsWith("7:36: "), HasSubstr("no router on 'sw' advertises a prefix"),
                        HasSubstr("(link a router to it"))));
  EXPECT_THAT(problems_of(without_router("client", kPool)),
              ElementsAre(AllOf(StartsWith("8:38: "), HasSubstr("no router on 'sw' tells hosts"),
                                HasSubstr("(link a router to it"))));
  EXPECT_THAT(
      plan_of(without_router("client", "dhcp_server")).find("c")->spec.interfaces(0).addresses(),
      ElementsAre("2001:db8:40:1::1/64"));
}

}  // namespace
}  // namespace hoplab::topology
