// What the verdict says where packets were changed or led astray, and where the wrong node was
// asked.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const Octets kMss("\x02\x04\x05\xb4", 4);

// A packet that the router sends on as another.
struct Changed {
  uint32_t source = kGatewayWan;
  uint32_t destination = kServer;
  Transport transport{6, 51000, 80, 1000, 0, 2, kMss, {}};
};
v1::Culprit changed_by_router(const Changed& after, const Octets& payload = {}) {
  SmallLab lab;
  Changed before;
  before.transport.payload = payload;
  Transport inside = before.transport;
  inside.source_port = 50000;
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 64, 9, inside)));
  pass(lab, "gw", "wan", "r", "eth0",
       ipv4(before.source, before.destination, 63, 9, before.transport));
  pass(lab, "r", "eth1", "server", "eth0",
       ipv4(after.source, after.destination, 62, 9, after.transport));
  give_time(lab);
  v1::Culprit culprit = culprit_of(whole(lab, 28, 0), "cause.changed");
  EXPECT_EQ(culprit.node(), "r") << culprit.DebugString();
  return culprit;
}
auto field(const char* name) { return says("evidence.changed_header", {{"field", name}}); }

TEST(AstraySaid, WhichFieldOfAPacketChanged) {
  Changed source;
  source.source = 0x0a090909;
  EXPECT_THAT(proofs(changed_by_router(source)), ElementsAre(field("source address")));
  Changed destination;
  destination.destination = kServer + 1;
  EXPECT_THAT(proofs(changed_by_router(destination)), ElementsAre(field("destination address")));
  Changed from;
  from.transport.source_port = 7;
  EXPECT_THAT(proofs(changed_by_router(from)), ElementsAre(field("source port")));
  Changed to;
  to.transport.destination_port = 81;
  EXPECT_THAT(proofs(changed_by_router(to)), ElementsAre(field("destination port")));
  Changed mss;
  mss.transport.options = Octets("\x02\x04\x02\x18", 4);
  EXPECT_THAT(proofs(changed_by_router(mss)), ElementsAre(field("TCP options")));
  Changed number;
  number.transport.sequence = 4000;
  EXPECT_THAT(proofs(changed_by_router(number)), ElementsAre(field("header")));
}

TEST(AstraySaid, TheEvidenceOfAChangedFieldIsTheTripAndHopItLeftIn) {
  Changed after;
  after.transport.destination_port = 81;
  const v1::Culprit culprit = changed_by_router(after);
  ASSERT_EQ(culprit.evidence_size(), 1);
  EXPECT_NE(culprit.evidence(0).trip(), 0U);
  EXPECT_NE(culprit.evidence(0).hop(), 0U);
}

TEST(AstraySaid, TwoFieldsThatChangedAreBothSaid) {
  Changed after;
  after.transport.destination_port = 81;
  after.transport.options = Octets("\x02\x04\x02\x18", 4);
  EXPECT_THAT(proofs(changed_by_router(after)),
              ElementsAre(field("destination port"), field("TCP options")));
}

TEST(AstraySaid, BytesThatChangedAreCounted) {
  Changed after;
  after.transport.payload = "hallo";
  EXPECT_THAT(proofs(changed_by_router(after, "hello")),
              ElementsAre(says("evidence.changed", {{"bytes", "1"}})));
}

Octets spoiled(Octets packet, size_t at) {
  packet[at] = static_cast<char>(packet[at] ^ 0x55);
  return packet;
}
constexpr size_t kTcpSum = 20 + 16;

// It left the router, and was never seen to come in: it was on its way when the recording began.
TEST(AstraySaid, AChecksumSpoiledBeforeTheRecordingIsNobodysDoing) {
  SmallLab lab;
  const Transport outside{6, 51000, 80, 1000, 0, 2, {}, {}};
  lab.outward("server", kServer, first_syn());
  pass(lab, "r", "eth1", "server", "eth0",
       spoiled(ipv4(kGatewayWan, kServer, 62, 9, outside), kTcpSum));
  give_time(lab);
  EXPECT_THAT(culprit_of(whole(lab, 28, 0), "cause.checksum").node(), IsEmpty());
}

TEST(AstraySaid, AChecksumThatWasWrongFromTheStartIsTheSenders) {
  SmallLab lab;
  Transport outside = first_syn();
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           spoiled(ipv4(kClient, kServer, 64, 9, outside), kTcpSum)));
  outside.source_port = 51000;
  pass(lab, "gw", "wan", "r", "eth0", spoiled(ipv4(kGatewayWan, kServer, 63, 9, outside), kTcpSum));
  pass(lab, "r", "eth1", "server", "eth0",
       spoiled(ipv4(kGatewayWan, kServer, 62, 9, outside), kTcpSum));
  give_time(lab);
  const v1::Culprit culprit = culprit_of(whole(lab, 28, 0), "cause.checksum");
  EXPECT_EQ(culprit.node(), "client") << culprit.DebugString();
}

// A client without an address speaks from 0.0.0.0 (RFC 2131, section 4.1).
TEST(AstraySaid, AChecksumOfAClientWithoutAnAddressIsItsOwn) {
  SmallLab lab;
  const uint64_t m = SmallLab::mac("client", "eth0");
  const Transport discover{.source_port = 68,
                           .destination_port = 67,
                           .options = {},
                           .payload = dhcp_payload(1, 7, m, 0, 0)};
  lab.lan_broadcast("client", ethernet(0xffffffffffffULL, m, 0x0800,
                                       spoiled(ipv4(0, 0xffffffffU, 64, 9, discover), 20 + 6)));
  give_time(lab);
  lab.bundle.mutable_result()->set_dhcp_error("no answer");
  const v1::Culprit culprit = culprit_of(whole(lab, 7, 0), "cause.checksum");
  EXPECT_EQ(culprit.node(), "client") << culprit.DebugString();
}

// One question of the client's, which arrives.
void ask_for_name(SmallLab& lab, const std::string& server, uint32_t address) {
  lab.outward(server, address,
              {.source_port = 40000,
               .destination_port = 53,
               .options = {},
               .payload = dns_payload(5, false, 0, false, "www.naver.com.", 0)});
}
// Nobody listens on the port, as the asked node says.
void say_port_unreachable(SmallLab& lab, const std::string& server, uint32_t address,
                          const std::string& router_interface) {
  const auto error = [&](uint16_t port, uint32_t from) {
    return unreachable(
        3, ipv4(from, address, 62, 0,
                {.source_port = port, .destination_port = 53, .options = {}, .payload = {}}));
  };
  const Transport outside = error(41000, kGatewayWan);
  pass(lab, server, "eth0", "r", router_interface, ipv4(address, kGatewayWan, 64, 34, outside));
  pass(lab, "r", "eth0", "gw", "wan", ipv4(address, kGatewayWan, 63, 34, outside));
}

const Arguments kWrongServer = {{"node", "client"}, {"server", "server"}};
const Arguments kQuestion = {{"count", "1"}, {"name", "www.naver.com."}};

TEST(AstraySaid, WhoAsksAWebServerForNamesIsAtFault) {
  SmallLab lab;
  ask_for_name(lab, "server", kServer);
  give_time(lab);
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "client");
  EXPECT_EQ(culprit.layer(), "name");
  EXPECT_THAT(culprit.cause(), says("cause.asks_wrong_server", kWrongServer));
  EXPECT_THAT(proofs(culprit), ElementsAre(says("evidence.dns_silent", kQuestion)));
}

// The request gives up at once: no time has to pass.
TEST(AstraySaid, WhatTheAskedNodeSaysOfItIsEvidence) {
  SmallLab lab;
  ask_for_name(lab, "server", kServer);
  say_port_unreachable(lab, "server", kServer, "eth1");
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "client");
  EXPECT_THAT(culprit.cause(), says("cause.asks_wrong_server", kWrongServer));
  EXPECT_THAT(
      proofs(culprit),
      ElementsAre(says("evidence.dns_silent", kQuestion),
                  says("evidence.icmp", {{"protocol", "ICMP"}, {"message", "port unreachable"}})));
}

TEST(AstraySaid, ANameServerThatIsDownIsNoWrongServer) {
  SmallLab lab;
  ask_for_name(lab, "dns", kDns);
  say_port_unreachable(lab, "dns", kDns, "eth2");
  give_time(lab);
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_FALSE(j.verdict().culprits().empty());
  EXPECT_EQ(j.verdict().culprits(0).node(), "dns") << j.verdict().DebugString();
  EXPECT_THAT(culprit_of(j, "cause.asks_wrong_server").node(), IsEmpty());
}

// What a container is for is not told.
TEST(AstraySaid, AContainerMayBeANameServer) {
  SmallLab lab;
  for (auto& n : *lab.bundle.mutable_nodes()) {
    if (n.name() == "server") n.set_role(v1::CONTAINER);
  }
  ask_for_name(lab, "server", kServer);
  give_time(lab);
  const v1::Journey j = whole(lab, 6, 0);
  EXPECT_EQ(culprit_of(j, "cause.dns_silent").node(), "server") << j.verdict().DebugString();
}

// The node changes the destination of what comes from the client, and tells of it (conntrack).
v1::Journey led_astray(bool by_gateway, uint32_t meant = kServer) {
  SmallLab lab;
  const uint32_t between = by_gateway ? kDns : kServer;  // on the wire from gw to r
  const uint64_t g = SmallLab::mac("gw", "lan");
  const uint64_t m = SmallLab::mac("client", "eth0");
  const Transport syn = first_syn();
  Transport outside = syn;
  outside.source_port = 51000;
  const Transport reset{6, 80, 51000, 0, 1001, 20, {}, {}};
  Transport inside = reset;
  inside.destination_port = 50000;
  auto& mapping = *lab.capture(by_gateway ? "gw" : "r").mutable_after()->add_nat();
  mapping.set_protocol("tcp");
  mapping.set_source(by_gateway ? "192.168.10.100" : "100.64.1.2");
  mapping.set_source_port(by_gateway ? 50000 : 51000);
  mapping.set_destination(meant == kServer ? "203.0.113.10" : "192.168.10.1");
  mapping.set_destination_port(80);
  mapping.set_reply_source("198.51.100.5");
  mapping.set_reply_source_port(80);
  mapping.set_reply_destination("100.64.1.2");
  mapping.set_reply_destination_port(51000);
  lab.lan_unicast("client", "gw", ethernet(g, m, 0x0800, ipv4(kClient, meant, 64, 9, syn)));
  pass(lab, "gw", "wan", "r", "eth0", ipv4(kGatewayWan, between, 63, 9, outside));
  pass(lab, "r", "eth2", "dns", "eth0", ipv4(kGatewayWan, kDns, 62, 9, outside));
  pass(lab, "dns", "eth0", "r", "eth2", ipv4(kDns, kGatewayWan, 64, 3, reset));
  pass(lab, "r", "eth0", "gw", "wan", ipv4(between, kGatewayWan, 63, 3, reset));
  lab.lan_unicast("gw", "client", ethernet(m, g, 0x0800, ipv4(meant, kClient, 62, 3, inside)));
  return whole(lab, 7, 0);
}

TEST(AstraySaid, WhoLeadsASynElsewhereIsAtFaultForTheRefusal) {
  const v1::Journey j = led_astray(false);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "r");
  EXPECT_EQ(culprit.layer(), "network");
  EXPECT_THAT(culprit.cause(),
              says("cause.redirected",
                   {{"node", "r"}, {"before", "203.0.113.10"}, {"after", "198.51.100.5"}}));
  EXPECT_THAT(proofs(culprit), ElementsAre(field("destination address")));
  ASSERT_EQ(culprit.consequences_size(), 1);
  EXPECT_THAT(culprit.consequences(0).cause(),
              says("cause.refused", {{"node", "dns"}, {"port", "80"}}));
  EXPECT_NE(culprit.evidence(0).hop(), 0U);
}

// Port forwarding is what a gateway is for.
TEST(AstraySaid, AGatewayMayLeadElsewhere) {
  const v1::Journey j = led_astray(true, kGatewayLan);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_THAT(j.verdict().culprits(0).cause(),
              says("cause.refused", {{"node", "dns"}, {"port", "80"}}));
}

// What is not meant for it is not its to lead elsewhere.
TEST(AstraySaid, AGatewayThatLeadsOthersPacketsElsewhereIsAtFault) {
  const v1::Journey j = led_astray(true);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "gw");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.redirected");
}

}  // namespace
}  // namespace hoplab::journey::testing
