// What the verdict says of whom: links, nodes, packets and their neighbours. Each cause with the
// evidence it stands on.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr uint64_t kAll = 0xffffffffffffULL;

TEST(CulpritSaid, AnInterfaceThatIsGone) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, first_syn());
  auto& links = *lab.capture("r").mutable_after()->mutable_links();
  ASSERT_EQ(links.Get(1).name(), "eth1");
  links.DeleteSubrange(1, 1);
  give_time(lab);
  const v1::Culprit culprit = culprit_of(whole(lab, 28, 0), "cause.link_missing");
  EXPECT_EQ(culprit.node(), "r");
  EXPECT_EQ(culprit.interface(), "eth1");
  EXPECT_EQ(culprit.peer_node(), "server");
  EXPECT_TRUE(culprit.on_path());
  EXPECT_THAT(culprit.cause(), says("cause.link_missing", {{"link", "r eth1 – server eth0"}}));
  EXPECT_THAT(proofs(culprit),
              Contains(says("evidence.link_state",
                            {{"node", "r"}, {"interface", "eth1"}, {"state", "missing"}})));
}

// The gateway's route leads to the router, the router's back to the gateway.
// It is the router that does not send as its table says.
TEST(CulpritSaid, ALoopIsTheDoingOfWhoStrays) {
  SmallLab lab;
  const Transport syn = first_syn();
  Transport outside = syn;
  outside.source_port = 51000;
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 64, 9, syn)));
  const uint64_t wan = SmallLab::mac("gw", "wan");
  const uint64_t r = SmallLab::mac("r", "eth0");
  for (uint8_t ttl = 63; ttl > 0; --ttl) {
    const bool out = ttl % 2 == 1;
    const Octets frame =
        ethernet(out ? r : wan, out ? wan : r, 0x0800, ipv4(kGatewayWan, kServer, ttl, 9, outside));
    lab.record(out ? "gw" : "r", out ? "wan" : "eth0", true, frame);
    lab.record(out ? "r" : "gw", out ? "eth0" : "wan", false, frame);
  }
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_THAT(told_at(j, "r"), Contains(says("ttl.expired", {{"field", "TTL"}})));
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "r");
  EXPECT_EQ(culprit.layer(), "network");
  EXPECT_THAT(culprit.cause(),
              says("cause.loop", {{"node", "r"}, {"others", "gw"}, {"field", "TTL"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.loop", {{"nodes", "2"}})));
}

TEST(CulpritSaid, ATtlTooSmallIsTheSendersDoing) {
  SmallLab lab;
  const Transport syn = first_syn();
  Transport outside = syn;
  outside.source_port = 51000;
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 2, 9, syn)));
  const Octets frame = ethernet(SmallLab::mac("r", "eth0"), SmallLab::mac("gw", "wan"), 0x0800,
                                ipv4(kGatewayWan, kServer, 1, 9, outside));
  lab.record("gw", "wan", true, frame);
  lab.record("r", "eth0", false, frame);
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "client");
  EXPECT_THAT(culprit.cause(),
              says("cause.low_ttl", {{"node", "client"}, {"field", "TTL"}, {"ttl", "2"}}));
  EXPECT_THAT(proofs(culprit),
              Contains(says("evidence.ttl_sent", {{"field", "TTL"}, {"ttl", "2"}})));
}

TEST(CulpritSaid, ANeighbourThatHearsTheArpRequestAndSaysNothing) {
  SmallLab lab;
  const uint64_t m = SmallLab::mac("client", "eth0");
  for (int i = 0; i < 3; ++i) {
    lab.lan_broadcast("client", ethernet(kAll, m, 0x0806, arp(1, m, kClient, 0, kGatewayLan)));
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 7, 0);
  const v1::Culprit culprit = culprit_of(j, "cause.arp_ignored");
  EXPECT_EQ(culprit.node(), "gw") << j.verdict().DebugString();
  EXPECT_EQ(culprit.layer(), "link");
  EXPECT_THAT(proofs(culprit),
              Contains(says("evidence.arp", {{"tries", "3"}, {"target", "192.168.10.1"}})));
}

Transport syn_unreachable(uint8_t code, uint8_t ttl) {
  return unreachable(code, ipv4(kGatewayWan, kServer, ttl, 0, {6, 51000, 80, 1000, 0, 2, {}, {}}));
}

TEST(CulpritSaid, TheSameErrorTwiceIsSaidOnceWithItsCount) {
  SmallLab lab;
  for (int i = 0; i < 2; ++i) {
    outward_as_far_as_router(lab, kServer, first_syn());
    pass(lab, "r", "eth0", "gw", "wan",
         ipv4(kRouterWan, kGatewayWan, 64, 33, syn_unreachable(1, 63)));
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 7, 0);
  ASSERT_FALSE(j.verdict().culprits().empty());
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_THAT(culprit.cause(),
              says("cause.dropped", {{"node", "r"}, {"destination", "203.0.113.10"}}));
  EXPECT_THAT(
      proofs(culprit),
      Contains(says("evidence.icmp_times",
                    {{"protocol", "ICMP"}, {"message", "host unreachable"}, {"count", "2"}})));
  EXPECT_THAT(proofs(culprit), Not(Contains(HasKey(std::string("evidence.icmp")))));
}

// Its own firewall rejects the SYN, and says so (RFC 1812, section 5.2.7.1).
TEST(CulpritSaid, AServerThatReportsAnErrorItself) {
  SmallLab lab;
  lab.outward("server", kServer, first_syn());
  const Transport error = syn_unreachable(13, 62);
  pass(lab, "server", "eth0", "r", "eth1", ipv4(kServer, kGatewayWan, 64, 34, error));
  pass(lab, "r", "eth0", "gw", "wan", ipv4(kServer, kGatewayWan, 63, 34, error));
  give_time(lab);
  const v1::Journey j = whole(lab, 7, 0);
  const v1::Culprit culprit = culprit_of(j, "cause.icmp");
  EXPECT_EQ(culprit.node(), "server") << j.verdict().DebugString();
  EXPECT_THAT(culprit.cause(),
              says("cause.icmp", {{"node", "server"}, {"message", "administratively prohibited"}}));
  EXPECT_THAT(proofs(culprit),
              Contains(says("evidence.icmp",
                            {{"protocol", "ICMP"}, {"message", "administratively prohibited"}})));
}

// A cache remembers failures for a while (RFC 9520): whatever failed may be well by now.
TEST(CulpritSaid, ACacheThatMayRememberAFailureIsNotAtFault) {
  SmallLab lab;
  lab.resolve_by_gateway(true, 2);
  give_time(lab);
  const v1::Journey j = whole(lab, 6, 0);
  EXPECT_EQ(j.verdict().culprits_size(), 0) << j.verdict().DebugString();
}

TEST(CulpritSaid, ACacheThatFailsAndAskedNobody) {
  for (const bool watched : {false, true}) {
    SmallLab lab;
    lab.resolve_by_gateway(true, 2);
    lab.bundle.set_cold(true);
    lab.bundle.mutable_drops()->set_watched(watched);
    give_time(lab);
    const v1::Journey j = whole(lab, 6, 0);
    ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
    const v1::Culprit& culprit = j.verdict().culprits(0);
    EXPECT_EQ(culprit.node(), "gw");
    EXPECT_EQ(culprit.layer(), watched ? "name" : "");
    EXPECT_THAT(culprit.cause(),
                says("cause.asked_nobody", {{"node", "gw"}, {"name", "www.naver.com."}}));
    EXPECT_THAT(
        proofs(culprit),
        Contains(says("evidence.dns_rcode", {{"rcode", "SERVFAIL"}, {"name", "www.naver.com."}})));
  }
}

TEST(CulpritSaid, AClientThatLearntTheAddressAndWentNoFurther) {
  SmallLab lab;
  lab.resolve();
  give_time(lab);
  lab.bundle.mutable_result()->set_error("Interrupted");
  const v1::Journey j = whole(lab, 4, 0);
  EXPECT_THAT(j.verdict().summary(), says("verdict.failed_other", {{"error", "Interrupted"}}));
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "client");
  EXPECT_THAT(culprit.cause(), says("cause.client_stopped", {{"node", "client"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.client_error", {{"error", "Interrupted"}})));
}

}  // namespace
}  // namespace hoplab::journey::testing
