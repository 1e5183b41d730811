#include "controller/fault/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/fault/parse_target.h"
#include "tests/unit/fault/small_lab.h"

namespace hoplab::fault {
namespace {

using testing::HasSubstr;

class Parse : public testing::Test {
 protected:
  Result<v1::Fault> with(std::string_view kind, std::string_view target,
                         const std::vector<std::string>& parameters = {}) {
    return parse(kind, target, parameters, std::chrono::nanoseconds{0}, lab_);
  }
  void refused(std::string_view kind, std::string_view target,
               const std::vector<std::string>& parameters, std::string_view what,
               std::string_view remedy) {
    const auto fault = with(kind, target, parameters);
    ASSERT_FALSE(fault) << kind << " " << target;
    EXPECT_EQ(fault.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(fault.error().what, HasSubstr(what));
    EXPECT_THAT(fault.error().remedy, HasSubstr(remedy));
  }
  std::vector<v1::NodeSpec> lab_ = test::small_lab();
};

TEST_F(Parse, LinkByItsTwoEndsIsHeldByTheFirst) {
  for (const char* target : {"home-gw--isp1", "home-gw:wan", "home-gw isp1", "home-gw, isp1",
                             "home-gw:wan--isp1", "home-gw--isp1:eth0"}) {
    const auto fault = with("link-down", target);
    ASSERT_TRUE(fault) << target << ": " << fault.error().what;
    EXPECT_EQ(fault->node(), "home-gw");
    EXPECT_EQ(fault->link_down().interface(), "wan");
    EXPECT_EQ(fault->target(), target);
  }
  EXPECT_EQ(with("link-down", "isp1--home-gw")->link_down().interface(), "eth0");
  EXPECT_EQ(with("link-down", "client")->link_down().interface(), "eth0");
}

TEST_F(Parse, LinkThatIsNotThereOrNotOneIsRefused) {
  refused("link-down", "home-gw", {}, "which link of home-gw", "lan (to hub), wan (to isp1)");
  refused("link-down", "client--isp2", {}, "no link between client and isp2", "eth0 (to hub)");
  refused("link-down", "isp1--isp2", {}, "joined by 2 links", "isp1:eth1, isp1:eth2");
  refused("link-down", "isp1:eth9", {}, "isp1 has no interface \"eth9\"", "did you mean eth0?");
  refused("link-down", "home-gv:wan", {}, "no node \"home-gv\"", "did you mean home-gw?");
  refused("link-down", "home-gw:lan--isp1", {}, "leads to hub, not to isp1", "wan (to isp1)");
  refused("link-down", "home-gw--isp2:eth1", {}, "not two ends of one link", "wan (to isp1)");
}

// Whatever daemons a node's spec makes its agent run.
TEST_F(Parse, DaemonsOfBothVersionsAndOfEveryIgp) {
  auto& router = lab_.emplace_back();
  router.set_node("six");
  auto& ospf = *router.mutable_router()->add_ospf();
  EXPECT_FALSE(with("daemon-kill", "six", {"daemon=ospf6d"}));
  ospf.set_ipv6(true);
  EXPECT_TRUE(with("daemon-kill", "six", {"daemon=ospf6d"}));
  auto& rip = lab_.emplace_back();
  rip.set_node("rip");
  rip.mutable_router()->set_igp(v1::IGP_RIP);
  rip.mutable_router()->add_igp_interfaces()->set_ipv6(true);
  EXPECT_TRUE(with("daemon-kill", "rip", {"daemon=ripd"}));
  EXPECT_TRUE(with("daemon-kill", "rip", {"daemon=ripngd"}));
  EXPECT_FALSE(with("daemon-kill", "rip", {"daemon=isisd"}));
  auto& server = lab_.emplace_back();
  server.set_node("leases");
  server.mutable_dhcp_server()->add_subnets6();
  EXPECT_TRUE(with("daemon-kill", "leases", {"daemon=kea-dhcp6"}));
  EXPECT_FALSE(with("daemon-kill", "leases", {"daemon=kea-dhcp4"}));
  auto& gateway = lab_.emplace_back();
  gateway.set_node("home6");
  EXPECT_FALSE(with("daemon-kill", "home6", {"daemon=radvd"}));
  gateway.mutable_gateway()->add_advertisements();
  EXPECT_TRUE(with("daemon-kill", "home6", {"daemon=radvd"}));
  auto& edge = lab_.emplace_back();
  edge.set_node("edge");
  edge.mutable_router()->add_static_routes();
  EXPECT_TRUE(with("daemon-kill", "edge", {"daemon=staticd"}));
  auto& relay = lab_.emplace_back();
  relay.set_node("relay");
  relay.mutable_router()->mutable_dhcp_relay()->add_client_interfaces6("eth0");
  EXPECT_TRUE(with("daemon-kill", "relay", {"daemon=dhcrelay6"}));
  EXPECT_FALSE(with("daemon-kill", "relay", {"daemon=dhcrelay"}));
  relay.mutable_router()->mutable_dhcp_relay()->add_client_interfaces("eth0");
  EXPECT_TRUE(with("daemon-kill", "relay", {"daemon=dhcrelay"}));
}

TEST_F(Parse, LossTakesPercentAndSeed) {
  const auto fault = with("link-loss", "home-gw--isp1", {"percent=12.5%", "seed=42"});
  ASSERT_TRUE(fault) << fault.error().what;
  EXPECT_DOUBLE_EQ(fault->link_loss().percent(), 12.5);
  EXPECT_EQ(fault->link_loss().seed(), 42U);
  EXPECT_DOUBLE_EQ(with("link-loss", "client", {"percent=100"})->link_loss().percent(), 100);
  for (const char* bad : {"percent=0", "percent=100.1", "percent=-3"}) {
    refused("link-loss", "client", {bad}, "out of range", "more than 0, at most 100");
  }
  refused("link-loss", "client", {"percent=lots"}, "not a percent", "percent=20");
  refused("link-loss", "client", {"seed=1.5"}, "not a whole number", "seed=0");
}

TEST_F(Parse, DelayTakesUnits) {
  const auto fault = with("link-delay", "client", {"delay=1.5s", "jitter=250us"});
  ASSERT_TRUE(fault) << fault.error().what;
  EXPECT_EQ(fault->link_delay().delay_us(), 1500000U);
  EXPECT_EQ(fault->link_delay().jitter_us(), 250U);
  refused("link-delay", "client", {"delay=50"}, "delay=50: not a duration", "50ms");
  refused("link-delay", "client", {"delay=11s"}, "out of range", "1us to 10s");
  refused("link-delay", "client", {"delay=0"}, "out of range", "1us to 10s");
  refused("link-delay", "client", {"delay=1ms", "jitter=2ms"}, "jitter is larger",
          "0 to the delay");
}

TEST_F(Parse, UnknownWordsGetTheNearestKnownOne) {
  refused("link-los", "client", {}, "no fault kind \"link-los\"", "did you mean link-loss?");
  refused("link-loss", "client", {"percnt=3"}, "no parameter \"percnt\"", "did you mean percent?");
  refused("link-loss", "client", {"percent"}, "not key=value", "percent, seed");
  refused("link-loss", "client", {"percent=3", "percent=4"}, "given twice", "once");
  refused("node-stop", "web1", {"x=1"}, "node-stop has no parameter \"x\"", "takes none");
  refused("node-stop", "web7", {}, "no node \"web7\"", "did you mean web1?");
}

TEST_F(Parse, ImpossibleTargetsAreRefusedWithThePossibleOnes) {
  refused("dns-servfail", "web1", {}, "web1 (web_server) cannot have", "home-gw, ns-naver");
  refused("web-status", "ns-naver", {}, "ns-naver (dns_server) cannot have", "here: web1");
  refused("daemon-kill", "hub", {}, "hub (switch) cannot have", "home-gw");
  refused("daemon-kill", "isp1", {"daemon=bgp"}, "runs no daemon \"bgp\"", "did you mean bgpd?");
  refused("bgp-down", "client", {}, "client (client) has no BGP session", "router");
}

TEST_F(Parse, ServfailNamesAZoneTheServerServes) {
  EXPECT_EQ(with("dns-servfail", "ns-naver")->dns_servfail().zone(), "");
  EXPECT_EQ(with("dns-servfail", "ns-naver", {"zone=Naver.com"})->dns_servfail().zone(),
            "naver.com.");
  EXPECT_EQ(with("dns-servfail", "home-gw")->node(), "home-gw");
  refused("dns-servfail", "home-gw", {"zone=com"}, "home-gw (gateway) serves no zones", "zone=");
  refused("dns-servfail", "ns-naver", {"zone=nave.com"}, "does not serve the zone nave.com.",
          "did you mean naver.com.?");
}

TEST_F(Parse, BgpSessionByEitherManner) {
  for (const auto& [target, parameter] : std::vector<std::pair<std::string, std::string>>{
           {"isp2--transit1", ""}, {"isp2", "neighbor=transit1"}, {"isp2", "neighbor=10.0.9.1"}}) {
    const auto fault =
        with("bgp-down", target,
             parameter.empty() ? std::vector<std::string>{} : std::vector<std::string>{parameter});
    ASSERT_TRUE(fault) << target << ": " << fault.error().what;
    EXPECT_EQ(fault->node(), "isp2");
    EXPECT_EQ(fault->bgp_session_down().neighbor(), "10.0.9.1");
    EXPECT_EQ(fault->bgp_session_down().neighbor_node(), "transit1");
  }
  EXPECT_EQ(with("bgp-down", "isp1")->bgp_session_down().neighbor_node(), "isp2");
  // A session of each IP version: the node's name means both, an address one.
  for (auto& node : lab_) {
    if (node.node() != "isp2") continue;
    v1::BgpNeighbor six;
    six.set_node("transit1");
    six.set_address("2001:db8:9::1");
    *node.mutable_router()->add_bgp() = six;
  }
  EXPECT_EQ(with("bgp-down", "isp2--transit1")->bgp_session_down().neighbor(), "");
  EXPECT_EQ(with("bgp-down", "isp2--transit1")->bgp_session_down().neighbor_node(), "transit1");
  EXPECT_EQ(with("bgp-down", "isp2", {"neighbor=2001:db8:9::1"})->bgp_session_down().neighbor(),
            "2001:db8:9::1");
  refused("bgp-down", "isp2", {}, "which session of isp2", "isp1 (10.0.0.1)");
  refused("bgp-down", "isp2--transit2", {}, "no BGP session with transit2", "transit1");
  refused("bgp-down", "isp2--isp1", {"neighbor=transit1"}, "two neighbours", "A--B");
}

TEST_F(Parse, WebStatusAndDaemon) {
  EXPECT_EQ(with("web-status", "web1", {"status=500"})->web_status().status(), 500U);
  refused("web-status", "web1", {"status=200"}, "out of range", "400 to 599");
  EXPECT_EQ(with("daemon-kill", "isp1", {"daemon=bgpd"})->daemon_killed().daemon(), "bgpd");
  EXPECT_EQ(with("daemon-kill", "web1")->daemon_killed().daemon(), "");
}

}  // namespace
}  // namespace hoplab::fault
