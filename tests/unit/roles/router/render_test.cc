#include "agents/router/render.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>

namespace hoplab::router {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

v1::NodeSpec spec_of(const char* text) {
  v1::NodeSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return spec;
}

v1::NodeSpec border() {
  return spec_of(R"(
    node: "transit1"
    interfaces { name: "eth0" addresses: "10.0.0.1/30" }
    interfaces { name: "eth1" addresses: "10.0.1.2/30" }
    router {
      router_id: "10.255.0.1" loopback: "10.255.0.1/32" asn: 64520
      ospf { interface: "eth1" point_to_point: true cost: 10 neighbor_node: "transit2" }
      ospf { interface: "lan" area: 3 passive: true }
      bgp { address: "10.0.0.2" asn: 64510 node: "isp3" interface: "eth0" }
      bgp { address: "10.255.0.2" asn: 64520 node: "transit2" next_hop_self: true
            update_source: "10.255.0.1" }
      announce: "192.0.2.0/24"
    })");
}

TEST(RenderTest, ZebraHasTheLoopback) {
  EXPECT_EQ(render_zebra(border()), R"(frr defaults traditional
hostname transit1
!
no zebra nexthop kernel enable
interface lo
 ip address 10.255.0.1/32
exit
!
)");
}

TEST(RenderTest, ZebraAdvertisesThePrefix) {
  auto spec = spec_of(R"(
    node: "r"
    router {
      advertisements { interface: "eth0" prefix: "2001:db8:40:1::/64" autonomous: true
                       name_servers: "2001:db8:40:1::53" }
      advertisements { interface: "eth1" prefix: "2001:db8:40:2::/64" managed: true }
    })");
  EXPECT_THAT(render_zebra(spec), HasSubstr(R"(interface eth0
 no ipv6 nd suppress-ra
 ipv6 nd prefix 2001:db8:40:1::/64 86400 14400
 ipv6 nd rdnss 2001:db8:40:1::53 1800
 ipv6 nd ra-lifetime 1800
 ipv6 nd ra-retrans-interval 100
 ipv6 nd ra-interval 30
exit
!
interface eth1
 no ipv6 nd suppress-ra
 ipv6 nd prefix 2001:db8:40:2::/64 86400 14400 no-autoconfig
 ipv6 nd managed-config-flag
 ipv6 nd ra-lifetime 1800
 ipv6 nd ra-retrans-interval 100
 ipv6 nd ra-interval 30
exit
!
)"));
  spec.mutable_router()->set_standard_timers(true);
  EXPECT_THAT(render_zebra(spec), Not(HasSubstr("ra-retrans-interval")));
}

TEST(RenderTest, AnnouncedPrefixesEndInABlackholeThatAnyOtherRouteBeats) {
  EXPECT_EQ(render_staticd(border()), R"(frr defaults traditional
hostname transit1
!
ip route 192.0.2.0/24 blackhole 254
)");
}

TEST(RenderTest, Ospf) {
  EXPECT_EQ(render_ospfd(border()), R"(frr defaults traditional
hostname transit1
!
interface eth1
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf cost 10
 ip ospf dead-interval minimal hello-multiplier 4
 ip ospf retransmit-interval 1
exit
!
interface lan
 ip ospf area 3
 ip ospf passive
exit
!
interface lo
 ip ospf area 0
 ip ospf passive
exit
!
router ospf
 ospf router-id 10.255.0.1
 log-adjacency-changes
 timers throttle spf 0 50 500
 timers throttle lsa all 0
 timers lsa min-arrival 0
exit
!
)");
}

TEST(RenderTest, Bgp) {
  EXPECT_EQ(render_bgpd(border(), {}), R"(frr defaults traditional
hostname transit1
!
router bgp 64520
 bgp router-id 10.255.0.1
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath compare-routerid
 bgp graceful-restart-disable
 coalesce-time 0
 timers bgp 3 9
 neighbor 10.0.0.2 remote-as 64510
 neighbor 10.0.0.2 description isp3
 neighbor 10.0.0.2 advertisement-interval 0
 neighbor 10.0.0.2 timers connect 1
 neighbor 10.0.0.2 passive
 neighbor 10.255.0.2 remote-as 64520
 neighbor 10.255.0.2 description transit2
 neighbor 10.255.0.2 update-source 10.255.0.1
 neighbor 10.255.0.2 advertisement-interval 0
 neighbor 10.255.0.2 timers connect 1
 neighbor 10.255.0.2 passive
 !
 address-family ipv4 unicast
  network 192.0.2.0/24
  neighbor 10.255.0.2 next-hop-self
  maximum-paths 1
  maximum-paths ibgp 1
 exit-address-family
exit
!
)");
}

TEST(RenderTest, TheEndWithTheHigherAddressConnects) {
  v1::NodeSpec spec = border();
  spec.mutable_interfaces(0)->set_addresses(0, "10.0.0.3/30");
  EXPECT_THAT(render_bgpd(spec, {}), Not(HasSubstr("neighbor 10.0.0.2 passive")));
}

TEST(RenderTest, AShutSessionIsInTheFile) {
  const std::string text = render_bgpd(border(), {{"10.0.0.2", "fault f1"}});
  EXPECT_THAT(text, HasSubstr(" neighbor 10.0.0.2 shutdown message fault f1\n"));
  EXPECT_THAT(text, Not(HasSubstr("neighbor 10.255.0.2 shutdown")));
}

TEST(RenderTest, StandardTimersAreLeftToTheDaemons) {
  v1::NodeSpec spec = border();
  spec.mutable_router()->set_standard_timers(true);
  for (const std::string& text : {render_ospfd(spec), render_bgpd(spec, {})}) {
    EXPECT_THAT(text, Not(HasSubstr("timers")));
    EXPECT_THAT(text, Not(HasSubstr("interval")));
    EXPECT_THAT(text, Not(HasSubstr("passive\n neighbor")));
  }
}

TEST(RenderTest, OnlyTheDaemonsNeededRunAndAllWaitForZebra) {
  const auto names = [](const std::vector<agent::Program>& programs) {
    std::vector<std::string> result;
    for (const agent::Program& program : programs) result.push_back(program.name);
    return result;
  };
  EXPECT_THAT(names(daemon_programs(border().router())),
              ::testing::ElementsAre("bgpd", "ospfd", "staticd", "zebra"));
  EXPECT_THAT(names(daemon_programs({})), ::testing::ElementsAre("zebra"));
  for (const agent::Program& program : daemon_programs(border().router())) {
    EXPECT_EQ(program.after.empty(), program.name == "zebra") << program.name;
    EXPECT_THAT(program.argv, Contains("frrvty"));
  }
  EXPECT_EQ(config_files(border(), {}).size(), 4U);
  EXPECT_EQ(config_files(spec_of("node: 'r' router {}"), {}).size(), 1U);
}

TEST(RenderTest, ARelayListensOnBothSides) {
  v1::RouterSpec router;
  router.mutable_dhcp_relay()->add_client_interfaces("eth0");
  router.mutable_dhcp_relay()->add_server_interfaces("eth1");
  router.mutable_dhcp_relay()->add_servers("10.1.2.3");
  const auto programs = daemon_programs(router);
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs.front().name, "zebra");
  EXPECT_THAT(programs.back().argv,
              ::testing::ElementsAre("/usr/sbin/dhcrelay", "-4", "-d", "--no-pid", "-id", "eth0",
                                     "-iu", "eth1", "10.1.2.3"));
}

TEST(RenderTest, ARelayOfDhcpv6SendsOutOfEachInterfaceTowardsTheServers) {
  v1::RouterSpec router;
  auto& relay = *router.mutable_dhcp_relay();
  relay.add_server_interfaces("eth1");  // of IPv4 nothing is relayed
  relay.add_client_interfaces6("eth0");
  relay.add_server_interfaces6("eth1");
  relay.add_server_interfaces6("eth2");
  relay.add_servers6("2001:db8::3");
  const auto programs = daemon_programs(router);
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs.back().name, "dhcrelay6");
  EXPECT_THAT(programs.back().argv,
              ::testing::ElementsAre("/usr/sbin/dhcrelay", "-6", "-d", "--no-pid", "-I", "-l",
                                     "eth0", "-u", "2001:db8::3%eth1", "-u", "2001:db8::3%eth2"));
}

}  // namespace
}  // namespace hoplab::router
