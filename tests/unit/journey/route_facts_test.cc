// What is said of routes, and why each path of BGP is best or lost.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <set>

#include "controller/journey/decisions/route_choices.h"
#include "controller/journey/keys.h"

namespace hoplab::journey {
namespace {

using ::testing::ElementsAre;

std::string named(const std::string& address) { return "node-" + address; }

template <typename T>
T message(const std::string& text) {
  T result;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &result)) << text;
  return result;
}

std::vector<std::string> keys(const google::protobuf::RepeatedPtrField<v1::Fact>& facts) {
  std::vector<std::string> result;
  for (const auto& f : facts) result.push_back(f.key());
  return result;
}

std::string key_of(const std::string& route, const std::string& prefix = "192.0.2.0/24") {
  return route_fact(message<v1::Route>("prefix: '" + prefix + "' " + route), "eth0", named).key();
}

TEST(RouteFacts, EachProtocolInItsOwnWords) {
  EXPECT_EQ(key_of("protocol: 'rip' next_hops { via: '10.0.0.1' }"), "route.rip");
  EXPECT_EQ(key_of("protocol: 'rip' next_hops { via: 'fe80::1' }", "2001:db8::/64"), "route.ripng");
  EXPECT_EQ(key_of("protocol: 'eigrp'"), "route.eigrp");
  EXPECT_EQ(key_of("protocol: 'isis'"), "route.isis");
  EXPECT_EQ(key_of("protocol: 'ospf'"), "route.ospf");
  EXPECT_EQ(key_of("protocol: 'ospf' detail { type: 'intra-area' }"), "route.ospf_intra");
  EXPECT_EQ(key_of("protocol: 'ospf' detail { type: 'inter-area' }"), "route.ospf_inter");
  EXPECT_EQ(key_of("protocol: 'ospf' detail { type: 'external-1' }"), "route.ospf_external1");
  EXPECT_EQ(key_of("protocol: 'ospf' detail { type: 'external-2' }"), "route.ospf_external2");
}

// Each version of OSPF by its own standard.
TEST(RouteFacts, OspfForIpv6IsByRfc5340) {
  const auto source = [](const std::string& type, const std::string& prefix) {
    const auto f =
        route_fact(message<v1::Route>("prefix: '" + prefix + "' protocol: 'ospf' detail { type: '" +
                                      type + "' }"),
                   "eth0", named);
    return f.args().at("rfc") + " " + f.args().at("section");
  };
  EXPECT_EQ(source("intra-area", "192.0.2.0/24"), "2328 16.1");
  EXPECT_EQ(source("external-2", "192.0.2.0/24"), "2328 16.4");
  EXPECT_EQ(source("intra-area", "2001:db8::/48"), "5340 4.8.1");
  EXPECT_EQ(source("inter-area", "2001:db8::/48"), "5340 4.8.3");
  EXPECT_EQ(source("external-1", "2001:db8::/48"), "5340 4.8.5");
}

TEST(RouteFacts, AProtocolWithoutWordsOfItsOwnIsNamed) {
  const auto f = route_fact(
      message<v1::Route>(
          "prefix: '192.0.2.0/24' protocol: 'babel' metric: 96 next_hops { via: '10.0.0.1' }"),
      "eth0", named);
  EXPECT_EQ(f.key(), "route.other");
  EXPECT_EQ(f.args().at("protocol"), "babel");
  EXPECT_EQ(f.args().at("metric"), "96");
}

TEST(RouteFacts, TheMetricIsTheProtocolsOwn) {
  const auto f = route_fact(message<v1::Route>("protocol: 'rip' metric: 20 detail { metric: 3 }"),
                            "eth0", named);
  EXPECT_EQ(f.args().at("hops"), "3");
}

TEST(RouteFacts, BgpWithItsAttributesAndTheStepThatDecided) {
  const auto reasons = route_reasons(
      message<v1::Route>("protocol: 'bgp' bgp_peer: '10.0.0.9' local_preference: 200 detail { "
                         "med: 5 communities: ['64512:80'] originator_id: '10.255.0.1' "
                         "best_reason: 'Local Pref' paths: 2 }"),
      named);
  std::vector<std::string> said;
  for (const auto& f : reasons) said.push_back(f.key());
  EXPECT_THAT(said, ElementsAre("bgp.attributes", "bgp.communities", "bgp.reflected",
                                "best.local_preference"));
  EXPECT_EQ(reasons[0].args().at("med"), "5");
  EXPECT_EQ(reasons[2].args().at("originator"), "node-10.255.0.1");
}

TEST(RouteFacts, EveryStepOfTheChoiceHasItsSentence) {
  std::set<std::string> said;
  for (const char* word : {"Weight", "Local Pref", "Local Route", "AS Path", "Origin", "MED",
                           "Peer Type", "IGP Metric", "Older Path", "Router ID", "Cluster length",
                           "Neighbor IP", "Something new"}) {
    const v1::Fact f = best_step(word, 2);
    EXPECT_NE(find_key(f.key()), nullptr) << f.key();
    said.insert(f.key());
  }
  EXPECT_EQ(said.size(), 13U);
  EXPECT_EQ(best_step("First path received", 1).key(), "best.only");
}

const char* const kBest =
    "bgp_paths { prefix: '192.0.2.0/24' peer: '10.0.0.1' valid: true best: true as_path: [1, 2] "
    "local_preference: 200 detail { origin: 'IGP' med: 10 best_reason: 'x' metric: 1 } }";

std::string lost_by(const std::string& path) {
  const auto glass = looking_glass(
      "r1",
      message<v1::NodeState>(std::string(kBest) +
                             " bgp_paths { prefix: '192.0.2.0/24' peer: '10.0.0.2' " + path + " }"),
      "");
  EXPECT_EQ(glass.paths_size(), 2);
  return keys(glass.paths(1).reasons()).front();
}

TEST(LookingGlass, SaysAtWhichStepAPathLost) {
  const std::string equal = "valid: true local_preference: 200 ";
  EXPECT_EQ(lost_by("valid: false"), "lost.not_valid");
  EXPECT_EQ(lost_by("valid: true as_path: [1, 2]"), "lost.local_preference");
  EXPECT_EQ(lost_by(equal + "as_path: [1, 2, 3]"), "lost.as_path");
  EXPECT_EQ(lost_by(equal + "as_path: [1, 2] detail { origin: 'incomplete' }"), "lost.origin");
  EXPECT_EQ(lost_by(equal + "as_path: [1, 3] detail { origin: 'IGP' med: 50 }"), "lost.med");
  EXPECT_EQ(lost_by(equal + "as_path: [9, 3] internal: true detail { origin: 'IGP' med: 50 }"),
            "lost.internal");
  EXPECT_EQ(lost_by(equal + "as_path: [9, 3] detail { origin: 'IGP' metric: 7 }"),
            "lost.igp_metric");
  EXPECT_EQ(lost_by(equal + "as_path: [9, 3] detail { origin: 'IGP' metric: 1 }"), "lost.tie");
  EXPECT_EQ(lost_by("valid: true multipath: true"), "best.multipath");
}

TEST(LookingGlass, WhatIsMadeHereWinsOverWhatWasHeard) {
  const auto glass = looking_glass(
      "r1",
      message<v1::NodeState>(
          "bgp_paths { prefix: '192.0.2.0/24' valid: true best: true detail { origin: 'IGP' } } "
          "bgp_paths { prefix: '192.0.2.0/24' peer: '10.0.0.2' valid: true as_path: [1] }"),
      "");
  ASSERT_EQ(glass.paths_size(), 2);
  EXPECT_EQ(keys(glass.paths(1).reasons()).front(), "lost.local_route");
}

TEST(RouteTable, TheLongestMatchOfAnAddressAndWhatCompetedForIt) {
  const auto state = message<v1::NodeState>(R"(
    candidates { prefix: '0.0.0.0/0' protocol: 'static' detail { selected: true distance: 1 } }
    candidates { prefix: '192.0.2.0/24' protocol: 'ospf' next_hops { via: '10.0.0.2' }
                 detail { distance: 110 } }
    candidates { prefix: '192.0.2.0/24' protocol: 'bgp' next_hops { via: '10.0.0.3' }
                 detail { selected: true distance: 20 } })");
  const auto table = route_table("r1", state, "192.0.2.7", named);
  ASSERT_EQ(table.routes_size(), 2);
  EXPECT_FALSE(table.routes(0).used());
  EXPECT_THAT(keys(table.routes(0).reasons()), ElementsAre("route.ospf", "table.not_chosen"));
  EXPECT_EQ(table.routes(0).reasons(1).args().at("winner"), "bgp");
  EXPECT_TRUE(table.routes(1).used());
  EXPECT_TRUE(table.routes(1).matches());
  EXPECT_THAT(keys(table.routes(1).reasons()),
              ElementsAre("table.longest", "route.bgp", "bgp.attributes", "table.distance"));
  EXPECT_EQ(route_table("r1", state, "", named).routes_size(), 3);
  EXPECT_EQ(route_table("r1", state, "192.0.2.0/24", named).routes_size(), 2);
}

TEST(RouteTable, BothVersionsOfIpSideBySide) {
  const auto state = message<v1::NodeState>(R"(
    candidates { prefix: '0.0.0.0/0' protocol: 'static' detail { selected: true distance: 1 } }
    candidates { prefix: '2001:db8:3::/48' protocol: 'bgp' next_hops { via: 'fe80::2' }
                 detail { selected: true distance: 200 } }
    candidates { prefix: '2001:db8::/32' protocol: 'bgp' detail { selected: true distance: 20 } }
    candidates { prefix: 'fe80::/64' protocol: 'connected' detail { selected: true } })");
  const auto table = route_table("r1", state, "2001:db8:3:1::80", named);
  ASSERT_EQ(table.routes_size(), 1);
  EXPECT_EQ(table.routes(0).route().prefix(), "2001:db8:3::/48");
  EXPECT_EQ(table.routes(0).reasons(0).args().at("length"), "48");
  EXPECT_EQ(route_table("r1", state, "2001:db8::/32", named).routes_size(), 2);
  EXPECT_EQ(route_table("r1", state, "", named).routes_size(), 3) << "not the link-local prefix";
  EXPECT_EQ(route_table("r1", state, "2001:db9::1", named).routes_size(), 0);
}

TEST(RouteTable, OfANodeWithoutDaemonsIsTheKernels) {
  const auto table = route_table(
      "client",
      message<v1::NodeState>("routes { prefix: '0.0.0.0/0' protocol: 'dhcp' next_hops { via: "
                             "'192.168.10.1' interface: 'eth0' } }"),
      "8.8.8.8", named);
  ASSERT_EQ(table.routes_size(), 1);
  EXPECT_THAT(keys(table.routes(0).reasons()), ElementsAre("table.longest", "route.dhcp"));
}

}  // namespace
}  // namespace hoplab::journey
