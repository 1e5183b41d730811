// Who made up an address that no zone has, and who leads packets to somebody they are not meant
// for: first, before whatever befell the packets there.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr uint32_t kNowhere = 0xcb00714d;  // 203.0.113.77

class FalseNames : public ::testing::Test {
 protected:
  FalseNames() {
    for (auto& spec : *lab.bundle.mutable_specs()) {
      if (spec.node() != "dns") continue;
      auto& zone = *spec.mutable_dns_server()->mutable_zones(0);
      for (const auto& [name, type, data] :
           {std::tuple("www.naver.com.", "A", "203.0.113.10"),
            std::tuple("alias.naver.com.", "CNAME", "www.naver.com."),
            std::tuple("*.wild.naver.com.", "A", "203.0.113.77")}) {
        auto& r = *zone.add_records();
        r.set_name(name);
        r.set_type(type);
        r.set_data(data);
      }
    }
  }

  // The gateway answers by itself; the client goes there, and the router discards it.
  void answered(uint32_t address, const std::string& name = "www.naver.com.") {
    const auto udp = [&](uint16_t from, uint16_t to, const Octets& payload) {
      return Transport{
          .source_port = from, .destination_port = to, .options = {}, .payload = payload};
    };
    const uint64_t c = SmallLab::mac("client", "eth0");
    const uint64_t g = SmallLab::mac("gw", "lan");
    lab.lan_unicast("client", "gw",
                    ethernet(g, c, 0x0800,
                             ipv4(kClient, kGatewayLan, 64, 1,
                                  udp(40001, 53, dns_payload(9, false, 0, false, name, 0)))));
    lab.lan_unicast("gw", "client",
                    ethernet(c, g, 0x0800,
                             ipv4(kGatewayLan, kClient, 64, 2,
                                  udp(53, 40001, dns_payload(9, true, 0, false, name, address)))));
  }
  void goes_to(uint32_t address) {
    outward_as_far_as_router(lab, address, first_syn());
    lab.now += 5'000'000'000;
  }
  void local_name(const std::string& node, const std::string& source, const std::string& data) {
    auto& n = *lab.capture(node).mutable_after()->add_local_names();
    n.set_source(source);
    n.set_name("www.naver.com.");
    n.set_type("A");
    n.set_data(data);
  }
  void keeps(const std::string& node, const std::string& data) {
    auto& n = *lab.capture(node).mutable_after()->add_cached_names();
    n.set_name("www.naver.com.");
    n.set_type("A");
    n.set_data(data);
  }
  v1::Culprit first() {
    const v1::Journey j = whole(lab, 28, 0);
    EXPECT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
    return j.verdict().culprits_size() > 0 ? j.verdict().culprits(0) : v1::Culprit();
  }
  static std::vector<std::string> consequences(const v1::Culprit& culprit) {
    std::vector<std::string> all;
    for (const auto& x : culprit.consequences()) all.push_back(x.node() + " " + x.cause().key());
    return all;
  }

  SmallLab lab;
};

TEST_F(FalseNames, ACacheWithARecordOfItsOwn) {
  answered(kNowhere);
  goes_to(kNowhere);
  local_name("gw", "local data", "203.0.113.77");
  const v1::Culprit c = first();
  EXPECT_EQ(c.node(), "gw");
  EXPECT_EQ(c.layer(), "name");
  EXPECT_THAT(c.cause(),
              says("cause.false_answer",
                   {{"node", "gw"}, {"name", "www.naver.com."}, {"data", "203.0.113.77"}}));
  EXPECT_THAT(
      proofs(c),
      Contains(says("evidence.local_data",
                    {{"name", "www.naver.com."}, {"type", "A"}, {"data", "203.0.113.77"}})));
  EXPECT_THAT(proofs(c), Contains(says("evidence.in_no_zone",
                                       {{"name", "www.naver.com."}, {"data", "203.0.113.77"}})));
  EXPECT_THAT(consequences(c), Contains("r cause.dropped"));
}

// Whatever made it up: its cache has no such record.
TEST_F(FalseNames, ACacheThatAnswersWhatItDoesNotHold) {
  answered(kNowhere);
  goes_to(kNowhere);
  keeps("gw", "203.0.113.10");
  EXPECT_EQ(first().cause().key(), "cause.false_answer");
}

// What a cache was told once may have been true: nobody is named, least of all the router.
TEST_F(FalseNames, ACacheThatIsBehindIsNotCertain) {
  answered(kNowhere);
  goes_to(kNowhere);
  keeps("gw", "203.0.113.77");
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(j.verdict().culprits_size(), 0) << j.verdict().DebugString();
}

// The forwarder made it up; the gateway keeps it.
TEST_F(FalseNames, WhoeverToldTheCache) {
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() == "gw") {
      spec.mutable_gateway()->mutable_resolver()->add_forwarders("203.0.113.10");
    }
  }
  for (auto& node : *lab.bundle.mutable_nodes()) {
    if (node.name() == "server") node.set_role(v1::RESOLVER);
  }
  answered(kNowhere);
  goes_to(kNowhere);
  keeps("gw", "203.0.113.77");
  local_name("server", "local data", "203.0.113.77");
  EXPECT_EQ(first().node(), "server");
}

// What a zone has is true, of a wildcard too.
TEST_F(FalseNames, WhatAZoneHasIsNoLie) {
  answered(kNowhere, "any.wild.naver.com.");
  goes_to(kNowhere);
  EXPECT_EQ(first().cause().key(), "cause.dropped");
}

// One stands for names of any depth (RFC 4592).
TEST_F(FalseNames, AWildcardStandsForNamesOfAnyDepth) {
  answered(kNowhere, "very.deep.wild.naver.com.");
  goes_to(kNowhere);
  EXPECT_EQ(first().cause().key(), "cause.dropped");
}

TEST_F(FalseNames, AnEntryInTheClientsOwnFile) {
  goes_to(kNowhere);
  local_name("client", "/etc/hosts", "203.0.113.77");
  const v1::Culprit c = first();
  EXPECT_EQ(c.node(), "client");
  EXPECT_EQ(c.layer(), "name");
  EXPECT_THAT(c.cause(),
              says("cause.own_name",
                   {{"node", "client"}, {"name", "www.naver.com."}, {"address", "203.0.113.77"}}));
  EXPECT_THAT(proofs(c), Contains(says("evidence.hosts_file",
                                       {{"address", "203.0.113.77"}, {"name", "www.naver.com."}})));
  EXPECT_THAT(consequences(c), Contains("r cause.dropped"));
}

// An entry that says what the zones say leads nobody astray.
TEST_F(FalseNames, ATrueEntryInTheClientsOwnFile) {
  lab.outward("server", kServer, first_syn());
  lab.now += 5'000'000'000;
  local_name("client", "/etc/hosts", "203.0.113.10");
  EXPECT_EQ(first().cause().key(), "cause.syn_unanswered");
}

TEST_F(FalseNames, AConnectionThatNoQuestionCameBefore) {
  goes_to(kNowhere);
  const v1::Culprit c = first();
  EXPECT_EQ(c.node(), "client");
  EXPECT_THAT(proofs(c), Contains(says("evidence.no_question", {{"name", "www.naver.com."}})));
}

// A router sends the SYN to another host, which keeps silent.
TEST_F(FalseNames, ASynThatWasLedAstrayAndNobodyAnswered) {
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                           ipv4(kClient, kServer, 64, 9, first_syn())));
  Transport outside = first_syn();
  outside.source_port = 51000;
  pass(lab, "gw", "wan", "r", "eth0", ipv4(kGatewayWan, kServer, 63, 9, outside));
  pass(lab, "r", "eth2", "dns", "eth0", ipv4(kGatewayWan, kDns, 62, 9, outside));
  auto& mapping = *lab.capture("r").mutable_after()->add_nat();
  mapping.set_protocol("tcp");
  mapping.set_source("100.64.1.2");
  mapping.set_source_port(51000);
  mapping.set_destination("203.0.113.10");
  mapping.set_destination_port(80);
  mapping.set_reply_source("198.51.100.5");
  mapping.set_reply_source_port(80);
  mapping.set_reply_destination("100.64.1.2");
  mapping.set_reply_destination_port(51000);
  lab.now += 5'000'000'000;
  answered(kServer);
  const v1::Culprit c = first();
  EXPECT_EQ(c.node(), "r");
  EXPECT_EQ(c.cause().key(), "cause.redirected");
  EXPECT_THAT(consequences(c), Contains("dns cause.syn_unanswered"));
}

}  // namespace
}  // namespace hoplab::journey::testing
