// IPv6 beside IPv4 on a router: configuration, conditions, the kernel's table.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "agents/router/conditions.h"
#include "agents/router/render.h"

namespace hoplab::router {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::NodeSpec spec_of(const char* text) {
  v1::NodeSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return spec;
}

v1::NodeSpec border() {
  return spec_of(R"(
    node: "ra1"
    interfaces { name: "eth0" addresses: "10.1.1.1/30" addresses: "2001:db8:a:2::1/64" }
    interfaces { name: "eth1" addresses: "10.1.2.1/30" addresses: "2001:db8:a:3::1/64" }
    interfaces { name: "eth2" addresses: "10.1.3.1/30" }
    router {
      router_id: "10.1.255.1" loopback: "10.1.255.1/32" loopback6: "2001:db8:a::1/128" asn: 64512
      system_prefix: "10.1.0.0/16" system_prefix6: "2001:db8:a::/48" igp: IGP_OSPF
      ospf { interface: "eth0" area: 0 cost: 7 point_to_point: true neighbor_node: "ra2" ipv6: true }
      ospf { interface: "eth1" passive: true ipv6: true }
      ospf { interface: "eth2" passive: true }
      bgp { address: "10.1.2.2" asn: 64513 node: "rb1" interface: "eth1" relation: PEER }
      bgp { address: "2001:db8:a:3::2" asn: 64513 node: "rb1" interface: "eth1" relation: PEER }
      bgp { address: "2001:db8:a::2" asn: 64512 node: "ra2" next_hop_self: true
            update_source: "2001:db8:a::1" }
      announce: "10.1.0.0/16" announce: "2001:db8:a::/48"
      expected_prefixes: "2001:db8:b::/48"
    })");
}

TEST(Ipv6Router, OspfForIpv6WhereInterfacesHaveIt) {
  EXPECT_EQ(render_ospf6d(border()), R"(frr defaults traditional
hostname ra1
!
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 network point-to-point
 ipv6 ospf6 cost 7
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 3
 ipv6 ospf6 retransmit-interval 1
exit
!
interface eth1
 ipv6 ospf6 area 0
 ipv6 ospf6 passive
exit
!
interface lo
 ipv6 ospf6 area 0
 ipv6 ospf6 passive
exit
!
router ospf6
 ospf6 router-id 10.1.255.1
 log-adjacency-changes
 timers throttle spf 0 50 500
 timers lsa min-arrival 0
exit
!
)");
}

TEST(Ipv6Router, EachSessionCarriesTheRoutesOfItsVersion) {
  const std::string text = render_bgpd(border(), {});
  EXPECT_THAT(text, HasSubstr(R"( address-family ipv4 unicast
  network 10.1.0.0/16
  neighbor 10.1.2.2 route-map from-rb1 in
  neighbor 10.1.2.2 route-map to-rb1 out
  no neighbor 2001:db8:a:3::2 activate
  no neighbor 2001:db8:a::2 activate
  maximum-paths 1
  maximum-paths ibgp 1
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:a::/48
  neighbor 2001:db8:a:3::2 activate
  neighbor 2001:db8:a:3::2 route-map from-rb1 in
  neighbor 2001:db8:a:3::2 route-map to-rb1 out
  neighbor 2001:db8:a::2 activate
  neighbor 2001:db8:a::2 next-hop-self
  maximum-paths 1
)"));
  EXPECT_THAT(text, HasSubstr(" neighbor 2001:db8:a:3::2 passive\n")) << "the lower end listens";
  EXPECT_THAT(text, HasSubstr(" neighbor 2001:db8:a::2 update-source 2001:db8:a::1\n"));
  const size_t first = text.find("route-map from-rb1 permit 10");
  EXPECT_EQ(text.find("route-map from-rb1 permit 10", first + 1), std::string::npos);
}

TEST(Ipv6Router, WhatIsAnnouncedEndsHere) {
  EXPECT_THAT(render_staticd(border()), AllOf(HasSubstr("ip route 10.1.0.0/16 blackhole 254\n"),
                                              HasSubstr("ipv6 route 2001:db8:a::/48 blackhole")));
  EXPECT_THAT(render_zebra(border()), HasSubstr(" ipv6 address 2001:db8:a::1/128\n"));
}

TEST(Ipv6Router, RipngAndIsis) {
  v1::NodeSpec spec = spec_of(R"(
    node: "r1"
    router { router_id: "10.1.255.1" loopback: "10.1.255.1/32" loopback6: "2001:db8:a::1/128"
             igp: IGP_RIP
             igp_interfaces { interface: "eth0" ipv6: true }
             igp_interfaces { interface: "lan" passive: true ipv6: true }
             igp_interfaces { interface: "old" } })");
  EXPECT_EQ(render_ripngd(spec), R"(frr defaults traditional
hostname r1
!
router ripng
 timers basic 5 15 10
 network eth0
 network lan
 passive-interface lan
 network lo
 passive-interface lo
exit
!
)");
  EXPECT_TRUE(needs_ripngd(spec.router()));
  spec.mutable_router()->set_igp(v1::IGP_ISIS);
  EXPECT_FALSE(needs_ripngd(spec.router()));
  EXPECT_THAT(render_isisd(spec),
              AllOf(HasSubstr("interface eth0\n ip router isis lab\n ipv6 router isis lab\n"),
                    HasSubstr("interface old\n ip router isis lab\n isis hello"),
                    HasSubstr("interface lo\n ip router isis lab\n ipv6 router isis lab\n")));
}

// The way to a site behind a gateway: a static route, told to the IGP and, where that is told to
// BGP, there too; never what ends the announced prefixes.
TEST(Ipv6Router, SitesBehindGateways) {
  v1::NodeSpec spec = border();
  v1::StaticRoute& site = *spec.mutable_router()->add_static_routes();
  site.set_prefix("2001:db8:a:100::/56");
  site.set_via("2001:db8:a:4::2");
  EXPECT_TRUE(needs_staticd(spec.router()));
  EXPECT_THAT(render_staticd(spec),
              HasSubstr("\nipv6 route 2001:db8:a:100::/56 2001:db8:a:4::2\n"));
  const std::string map =
      "ipv6 prefix-list sites permit 2001:db8:a:100::/56\nroute-map sites permit 10\n"
      " match ipv6 address prefix-list sites\nexit\n!\nrouter ";
  EXPECT_THAT(render_ospf6d(spec),
              AllOf(HasSubstr(map), HasSubstr(" redistribute static route-map sites\n")));
  EXPECT_THAT(render_ripngd(spec),
              AllOf(HasSubstr(map), HasSubstr(" redistribute static route-map sites\n")));
  EXPECT_THAT(
      render_isisd(spec),
      AllOf(HasSubstr(map), HasSubstr(" redistribute ipv6 static level-2 route-map sites\n")));
  EXPECT_THAT(render_bgpd(spec, {}), Not(HasSubstr("redistribute static")));
  spec.mutable_router()->set_redistribute_igp(true);
  EXPECT_THAT(render_bgpd(spec, {}), HasSubstr("  redistribute static route-map own6\n"));
}

// As the kernel writes it: a connected network, a blackhole, a route by an interface, one's own
// address, multicast.
constexpr const char* kTable6 =
    "20010db8000a00020000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
    "20010db8000a00000000000000000000 30 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 000000fe 00000001 00000000 00200200       lo\n"
    "20010db8000b00000000000000000000 30 00000000000000000000000000000000 00 "
    "fe80000000000000006800fffe000001 00000014 00000001 00000000 00000003     eth1\n"
    "20010db8000a00020000000000000001 80 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth0\n"
    "ff000000000000000000000000000000 08 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n";

TEST(Ipv6Router, TheKernelsTableIsRead) {
  const Fib fib = parse_route_table6(kTable6);
  EXPECT_EQ(fib.size(), 4U) << "a blackhole is not up";
  EXPECT_EQ(fib.at(*net::parse_ip_prefix("2001:db8:b::/48")), FibKind::kForward);
  EXPECT_TRUE(parse_route_table6("nonsense\n\n20010db8 40").empty());
}

TEST(Ipv6Router, AnExpectedPrefixIsWaitedFor) {
  auto missing = prefix_conditions(border().router(), {});
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_FALSE(missing[0].ok());
  EXPECT_TRUE(prefix_conditions(border().router(), parse_route_table6(kTable6))[0].ok());
}

TEST(Ipv6Router, SessionsOfBothVersionsAreConditions) {
  Sessions sessions;
  sessions.bgp = std::map<std::string, BgpSession>{
      {"10.1.2.2", {.state = "Established", .prefixes = 1, .told = 1}},
      {"2001:db8:a:3::2", {.state = "Active"}},
      {"2001:db8:a::2", {.state = "Established", .prefixes = 1, .told = 1}}};
  sessions.ospf = std::vector<OspfAdjacency>{
      {.router_id = "10.1.255.2", .address = {}, .interface = "eth0", .state = "Full"}};
  sessions.ospf6 = std::vector<OspfAdjacency>{};
  std::vector<std::string> unmet;
  for (const auto& c : session_conditions(border().router(), sessions, {})) {
    if (!c.ok()) unmet.push_back(c.detail());
  }
  EXPECT_THAT(unmet, testing::ElementsAre("OSPFv3 with ra2 on eth0: no hello heard",
                                          "BGP over IPv6 with rb1: Active"));
}

}  // namespace
}  // namespace hoplab::router
