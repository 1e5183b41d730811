// The other IGPs' configuration, and BGP policy as route-maps.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "agents/router/bgp_policy.h"
#include "agents/router/render.h"

namespace hoplab::router {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::NodeSpec spec_of(const std::string& router) {
  v1::NodeSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "node: 'r1' interfaces { name: 'eth0' addresses: '10.0.0.1/30' } interfaces { name: 'eth1' "
      "addresses: '10.0.1.1/24' } router { router_id: '10.255.0.1' loopback: '10.255.0.1/32' " +
          router + " }",
      &spec));
  return spec;
}

const std::string kInterfaces =
    " igp_interfaces { interface: 'eth0' cost: 50 point_to_point: true neighbor_nodes: 'r2' }"
    " igp_interfaces { interface: 'eth1' passive: true }";

TEST(Igps, Rip) {
  EXPECT_EQ(render_ripd(spec_of("igp: IGP_RIP multipath: 2" + kInterfaces)),
            R"(frr defaults traditional
hostname r1
!
router rip
 timers basic 5 15 10
 allow-ecmp
 network eth0
 network eth1
 passive-interface eth1
 network lo
 passive-interface lo
exit
!
)");
}

TEST(Igps, Eigrp) {
  EXPECT_EQ(render_eigrpd(spec_of("igp: IGP_EIGRP" + kInterfaces)), R"(frr defaults traditional
hostname r1
!
router eigrp 1
 eigrp router-id 10.255.0.1
 network 10.0.0.0/30
 network 10.0.1.0/24
 network 10.255.0.1/32
exit
!
)");
}

TEST(Igps, IsisHasItsTitleLast) {
  EXPECT_EQ(render_isisd(spec_of("igp: IGP_ISIS redistribute_bgp: true" + kInterfaces)),
            R"(frr defaults traditional
hostname r1
!
interface eth0
 ip router isis lab
 isis metric 50
 isis network point-to-point
 isis hello-interval 1
 isis hello-multiplier 3
 isis csnp-interval 1
 isis psnp-interval 1
exit
!
interface eth1
 ip router isis lab
 isis passive
exit
!
interface lo
 ip router isis lab
 isis passive
exit
!
router isis lab
 is-type level-2-only
 lsp-gen-interval 1
 spf-delay-ietf init-delay 50 short-delay 100 long-delay 500 holddown 1000 time-to-learn 500
 log-adjacency-changes
 redistribute ipv4 bgp level-2
 net 49.0001.0102.5500.0001.00
exit
!
)");
}

TEST(Igps, OnlyTheirDaemonRunsBesideZebra) {
  const auto programs = daemon_programs(spec_of("igp: IGP_RIP multipath: 4").router());
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs[0].name, "ripd");
  EXPECT_THAT(programs[1].argv, ::testing::IsSupersetOf({"-e", "4"}));
}

TEST(Policy, RelationsPreferMarkAndHoldBack) {
  const std::string text = render_bgpd(
      spec_of("asn: 64512 bgp { address: '10.0.0.2' asn: 64513 node: 'up' relation: PROVIDER }"
              " bgp { address: '10.0.1.2' asn: 64514 node: 'down' relation: CUSTOMER }"),
      {});
  EXPECT_THAT(text, AllOf(HasSubstr("  neighbor 10.0.0.2 route-map from-up in\n"),
                          HasSubstr("  neighbor 10.0.0.2 route-map to-up out\n"),
                          HasSubstr("route-map from-up permit 10\n set local-preference 100\n"
                                    " set large-community 64512:1:3 additive\n"),
                          HasSubstr("route-map from-down permit 10\n set local-preference 300\n")));
  EXPECT_THAT(text, AllOf(HasSubstr("route-map to-up deny 5\n match large-community "
                                    "from-peers-and-providers\n"),
                          Not(HasSubstr("route-map to-down deny")),
                          HasSubstr("from-peers-and-providers permit 64512:1:2\n"),
                          HasSubstr(" set large-comm-list our-marks delete\n")));
}

TEST(Policy, WhatAPeerIsTold) {
  const std::string text = render_bgpd(
      spec_of("asn: 64512 bgp { address: '10.0.0.2' asn: 64513 node: 'x' med: 10 prepend: 2 "
              "local_preference: 50 communities: ['64512:80', '64512:1:9', 'no-export'] }"),
      {});
  EXPECT_THAT(text, HasSubstr("route-map from-x permit 10\n set local-preference 50\nexit\n"));
  EXPECT_THAT(text, HasSubstr("route-map to-x permit 10\n set metric 10\n"
                              " set as-path prepend 64512 64512\n"
                              " set community 64512:80 no-export additive\n"
                              " set large-community 64512:1:9 additive\nexit\n"));
}

TEST(Policy, RedistributionStaysInsideOfTheSystem) {
  const std::string text = render_bgpd(
      spec_of("asn: 64512 igp: IGP_OSPF redistribute_igp: true system_prefix: '10.0.0.0/16'"), {});
  EXPECT_THAT(text, AllOf(HasSubstr("  redistribute ospf route-map own\n"),
                          HasSubstr("  redistribute connected route-map own\n"),
                          HasSubstr("ip prefix-list own permit 10.0.0.0/16 le 32\n")));
}

TEST(Policy, ReflectorsAndSeveralPaths) {
  const std::string text = render_bgpd(
      spec_of("asn: 64512 multipath: 2 bgp { address: '10.255.0.2' asn: 64512 node: 'x' "
              "route_reflector_client: true }"),
      {});
  EXPECT_THAT(text, AllOf(HasSubstr("  neighbor 10.255.0.2 route-reflector-client\n"),
                          HasSubstr("  maximum-paths 2\n"),
                          HasSubstr(" bgp bestpath as-path multipath-relax\n")));
}

}  // namespace
}  // namespace hoplab::router
