// Packets that reach somebody they are not for: whose doing that is.
#include <gtest/gtest.h>

#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;

class Misdirected : public ::testing::Test {
 protected:
  static Transport syn() { return {6, 50000, 80, 1000, 0, 2, {}, {}}; }
  // A wire between nodes of the LAN's other side, without the switch.
  void cross(const std::string& a, const std::string& ai, const std::string& b,
             const std::string& bi, const Octets& packet) {
    const Octets frame = ethernet(SmallLab::mac(b, bi), SmallLab::mac(a, ai), 0x0800, packet);
    lab.record(a, ai, true, frame);
    lab.record(b, bi, false, frame);
  }
  void route(const std::string& node, const std::string& prefix, const std::string& via,
             const std::string& interface) {
    auto& route = *lab.capture(node).mutable_after()->add_routes();
    route.set_prefix(prefix);
    route.set_protocol("static");
    auto& hop = *route.add_next_hops();
    hop.set_interface(interface);
    hop.set_via(via);
  }
  v1::Culprit culprit() {
    lab.now += 5'000'000'000;
    const v1::Journey j = whole(lab, 28, 0);
    EXPECT_GE(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
    return j.verdict().culprits_size() > 0 ? j.verdict().culprits(0) : v1::Culprit();
  }

  SmallLab lab;
};

// The router's route leads to the DNS server, which forwards nothing.
TEST_F(Misdirected, ANextHopThatIsNoRouter) {
  route("r", "203.0.113.10/32", "198.51.100.5", "eth2");
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 64, 9, syn())));
  Transport outside = syn();
  outside.source_port = 51000;
  cross("gw", "wan", "r", "eth0", ipv4(kGatewayWan, kServer, 63, 9, outside));
  cross("r", "eth2", "dns", "eth0", ipv4(kGatewayWan, kServer, 62, 9, outside));
  const v1::Culprit c = culprit();
  EXPECT_EQ(c.node(), "r");
  EXPECT_EQ(c.layer(), "network");
  EXPECT_THAT(c.cause(), says("cause.wrong_way",
                              {{"node", "r"}, {"destination", "203.0.113.10"}, {"host", "dns"}}));
  EXPECT_THAT(proofs(c), Contains(says("evidence.wrong_way", {{"prefix", "203.0.113.10/32"}})));
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_THAT(told_at(j, "dns"),
              Contains(says("deliver.no_forwarding", {{"destination", "203.0.113.10"}})));
}

// The switch sends what is for the gateway's MAC to the DHCP server.
TEST_F(Misdirected, APortBehindWhichTheMacIsNot) {
  const Octets frame = ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                                ipv4(kClient, kServer, 64, 9, syn()));
  route("client", "0.0.0.0/0", "192.168.10.1", "eth0");
  lab.record("client", "eth0", true, frame);
  lab.record("sw", "p1", false, frame);
  lab.record("sw", "p3", true, frame);
  lab.record("dhcp", "eth0", false, frame);
  const v1::Culprit c = culprit();
  EXPECT_EQ(c.node(), "sw");
  EXPECT_EQ(c.layer(), "link");
  EXPECT_EQ(c.cause().key(), "cause.wrong_port");
  EXPECT_EQ(c.cause().args().at("port"), "p3");
  EXPECT_THAT(proofs(c), Contains(says("evidence.wrong_port", {{"node", "dhcp"}})));
}

// The question reaches everybody but the gateway.
TEST_F(Misdirected, AQuestionThatIsKeptFromItsOwner) {
  const uint64_t m = SmallLab::mac("client", "eth0");
  for (int i = 0; i < 3; ++i) {
    const Octets frame = ethernet(0xffffffffffffULL, m, 0x0806, arp(1, m, kClient, 0, kGatewayLan));
    lab.record("client", "eth0", true, frame);
    lab.record("sw", "p1", false, frame);
    lab.record("sw", "p3", true, frame);
    lab.record("dhcp", "eth0", false, frame);
    lab.now += 1'000'000'000;
  }
  const v1::Culprit c = culprit();
  EXPECT_EQ(c.node(), "sw") << c.DebugString();
  EXPECT_EQ(c.cause().key(), "cause.dropped_by_switch");
}

// A gateway that should translate lets a private source out.
TEST_F(Misdirected, WhatAGatewayDoesNotTranslate) {
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() != "gw") continue;
    spec.mutable_gateway()->set_masquerade(true);
    spec.mutable_gateway()->set_lan_interface("lan");
    spec.mutable_gateway()->set_wan_interface("wan");
  }
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 64, 9, syn())));
  cross("gw", "wan", "r", "eth0", ipv4(kClient, kServer, 63, 9, syn()));
  cross("r", "eth1", "server", "eth0", ipv4(kClient, kServer, 62, 9, syn()));
  const v1::Culprit c = culprit();
  EXPECT_EQ(c.node(), "gw");
  EXPECT_THAT(c.cause(),
              says("cause.not_translated", {{"node", "gw"}, {"source", "192.168.10.100"}}));
  EXPECT_THAT(proofs(c), Contains(says("evidence.not_translated",
                                       {{"interface", "wan"}, {"source", "192.168.10.100"}})));
}

}  // namespace
}  // namespace hoplab::journey::testing
