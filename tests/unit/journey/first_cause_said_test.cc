// Which of several things that look broken is the first cause, and which only follow from it.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;

constexpr uint32_t kRouterServer = 0xcb007101;  // 203.0.113.1, the server's way out

std::vector<std::string> consequences(const v1::Culprit& culprit) {
  std::vector<std::string> all;
  for (const auto& x : culprit.consequences()) all.push_back(x.node() + " " + x.cause().key());
  return all;
}

// The SYN comes to the server, which asks for the MAC of its router in vain: nothing it could
// answer leaves it, and it is not to blame for that.
TEST(FirstCause, WhoWasKeptFromAnsweringIsNotAtFault) {
  SmallLab lab;
  auto& route = *lab.capture("server").mutable_after()->add_routes();
  route.set_prefix("0.0.0.0/0");
  route.set_protocol("static");
  route.add_next_hops()->set_interface("eth0");
  route.mutable_next_hops(0)->set_via("203.0.113.1");
  lab.outward("server", kServer, first_syn());
  const uint64_t m = SmallLab::mac("server", "eth0");
  for (int i = 0; i < 3; ++i) {
    const Octets frame =
        ethernet(0xffffffffffffULL, m, 0x0806, arp(1, m, kServer, 0, kRouterServer));
    lab.record("server", "eth0", true, frame);
    lab.record("r", "eth1", false, frame);
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "r");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.arp_ignored");
  EXPECT_THAT(consequences(j.verdict().culprits(0)), Contains("server cause.arp_unanswered"));
}

// The kernel asks once more right before it gives up; the questions before had their time.
TEST(FirstCause, ALastQuestionWithoutTimeExcusesNobody) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, first_syn());
  const uint64_t m = SmallLab::mac("r", "eth1");
  for (int i = 0; i < 4; ++i) {
    const Octets frame =
        ethernet(0xffffffffffffULL, m, 0x0806, arp(1, m, kRouterServer, 0, kServer));
    lab.record("r", "eth1", true, frame);
    lab.record("server", "eth0", false, frame);
    if (i < 3) lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_GE(j.verdict().culprits_size(), 1);
  EXPECT_EQ(j.verdict().culprits(0).node(), "server") << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.arp_ignored");
}

// Two neighbours that do not hear each other; the routes they would tell each other are missing.
TEST(FirstCause, NeighboursThatDoNotHearEachOtherExplainTheirMissingRoutes) {
  SmallLab lab;
  lab.resolve();
  lab.fetch();
  const auto complain = [&](const char* node, const char* name) {
    auto& condition = *lab.capture(node).mutable_after()->mutable_health()->add_conditions();
    condition.set_name(name);
    condition.set_detail("no hello heard");
  };
  complain("r", "prefix 10.1.0.0/24");
  complain("r", "prefix 10.2.0.0/24");
  complain("r", "OSPF with dns");
  complain("dns", "OSPF with r");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& first = j.verdict().culprits(0);
  EXPECT_EQ(first.node(), "r");
  EXPECT_EQ(first.peer_node(), "dns");
  EXPECT_EQ(first.layer(), "network");
  EXPECT_EQ(first.consequences_size(), 3);
}

// Its own filter keeps a balancer from its back ends, as its kernel tells: they did nothing.
TEST(FirstCause, ABalancersOwnFilter) {
  SmallLab lab;
  lab.add_backend();
  auto& backend = *lab.capture("server").mutable_after()->add_backends();
  backend.set_node("web");
  backend.set_status("DOWN");
  backend.set_check("L4TOUT");
  lab.fetch(503);
  auto& event = *lab.capture("server").add_events();
  event.set_daemon("kernel");
  event.set_time_ns(lab.now);
  auto& drop = *event.mutable_drop();
  drop.set_interface("eth1");
  drop.set_reason("NETFILTER_DROP");
  drop.set_ether_type(0x0800);
  drop.set_packet(ipv4(kBalancerInside, kWeb, 64, 7, first_syn()));
  lab.bundle.mutable_drops()->set_watched(true);
  const v1::Journey j = whole(lab, 22, 503);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& first = j.verdict().culprits(0);
  EXPECT_EQ(first.node(), "server");
  EXPECT_THAT(first.cause(),
              says("cause.dropped", {{"node", "server"}, {"destination", "10.0.0.2"}}));
}

// A gateway translates nothing whose checksum was spoiled before it came.
TEST(FirstCause, AGatewayLetsOutWhatCameInSpoiled) {
  SmallLab lab;
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() != "gw") continue;
    spec.mutable_gateway()->set_masquerade(true);
    spec.mutable_gateway()->set_lan_interface("lan");
    spec.mutable_gateway()->set_wan_interface("wan");
  }
  const uint64_t c = SmallLab::mac("client", "eth0");
  const uint64_t g = SmallLab::mac("gw", "lan");
  const Octets good = ipv4(kClient, kServer, 64, 9, first_syn());
  Octets bad = good;
  bad[20 + 16] = static_cast<char>(bad[20 + 16] ^ 0x55);
  const Octets before = ethernet(g, c, 0x0800, good);
  const Octets after = ethernet(g, c, 0x0800, bad);
  lab.record("client", "eth0", true, before);
  lab.record("sw", "p1", false, before);
  lab.record("sw", "p2", true, after);
  lab.record("gw", "lan", false, after);
  Octets outside = ipv4(kClient, kServer, 63, 9, first_syn());
  outside[20 + 16] = bad[20 + 16];
  pass(lab, "gw", "wan", "r", "eth0", outside);
  lab.now += 5'000'000'000;
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_GE(j.verdict().culprits_size(), 1);
  EXPECT_EQ(j.verdict().culprits(0).node(), "sw") << j.verdict().DebugString();
  EXPECT_EQ(culprit_of(j, "cause.not_translated").node(), "") << j.verdict().DebugString();
}

}  // namespace
}  // namespace hoplab::journey::testing
