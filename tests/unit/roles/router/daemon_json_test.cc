#include "agents/router/daemon_json.h"

#include <gmock/gmock.h>

namespace hoplab::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DaemonJsonTest, BgpSessions) {
  const auto sessions = read_bgp_sessions(R"json({
    "routerId": "10.255.0.1", "as": 64520, "peerMemory": 1482928,
    "peers": {
      "10.0.0.2": {"remoteAs": 64510, "pfxRcd": 3, "pfxSnt": 5, "state": "Established", "peerState": "OK"},
      "10.0.0.6": {"remoteAs": 4200000001, "pfxRcd": 0, "state": "Idle (Admin)"}
    }, "totalPeers": 2})json");
  ASSERT_TRUE(sessions) << sessions.error().what;
  EXPECT_EQ(sessions->at("10.0.0.2"), (BgpSession{"Established", 64510, 3, 5}));
  EXPECT_EQ(sessions->at("10.0.0.6"), (BgpSession{"Idle (Admin)", 4200000001, 0, 0}));
}

TEST(DaemonJsonTest, NoPeersYet) {
  const auto sessions = read_bgp_sessions("{}");
  ASSERT_TRUE(sessions);
  EXPECT_THAT(*sessions, IsEmpty());
}

TEST(DaemonJsonTest, TimersOfEstablishedSessions) {
  using std::chrono::seconds;
  const auto timers = read_bgp_timers(R"json({
    "10.0.0.2": {"remoteAs": 64510, "bgpState": "Established", "bgpTimerLastRead": 2000,
                 "bgpTimerHoldTimeMsecs": 9000, "bgpTimerKeepAliveIntervalMsecs": 3000},
    "10.0.0.6": {"bgpState": "Active", "bgpTimerLastRead": 70000,
                 "bgpTimerHoldTimeMsecs": 9000}})json");
  ASSERT_TRUE(timers) << timers.error().what;
  ASSERT_EQ(timers->size(), 1U);
  EXPECT_EQ(timers->at("10.0.0.2").heard, seconds(2));
  EXPECT_EQ(timers->at("10.0.0.2").hold, seconds(9));
  EXPECT_EQ(timers->at("10.0.0.2").keepalive, seconds(3));
}

TEST(DaemonJsonTest, OspfAdjacenciesOnTheirInterfaces) {
  const auto adjacencies = read_ospf_adjacencies(R"({"neighbors": {
    "10.255.0.3": [{"nbrState": "ExStart/-", "ifaceAddress": "10.0.1.2",
                    "ifaceName": "eth1:10.0.1.1"}],
    "10.255.0.2": [{"nbrState": "Full/DROther", "ifaceAddress": "10.0.0.2",
                    "ifaceName": "eth0:10.0.0.1"}]}})");
  ASSERT_TRUE(adjacencies) << adjacencies.error().what;
  ASSERT_EQ(adjacencies->size(), 2U);
  EXPECT_EQ(adjacencies->at(0).router_id, "10.255.0.2");
  EXPECT_EQ(adjacencies->at(0).interface, "eth0");
  EXPECT_EQ(adjacencies->at(0).address, "10.0.0.2");
  EXPECT_EQ(adjacencies->at(0).state, "Full");
  EXPECT_EQ(adjacencies->at(1).state, "ExStart");
}

TEST(DaemonJsonTest, AdjacenciesOfOspfForIpv6) {
  const auto adjacencies = read_ospf6_adjacencies(R"({"neighbors": [
    {"neighborId": "10.1.255.2", "priority": 1, "deadTime": "00:00:02", "state": "Full",
     "ifState": "PointToPoint", "interfaceName": "eth1", "interfaceState": "PointToPoint"}]})");
  ASSERT_TRUE(adjacencies) << adjacencies.error().what;
  ASSERT_EQ(adjacencies->size(), 1U);
  EXPECT_EQ(adjacencies->at(0).router_id, "10.1.255.2");
  EXPECT_EQ(adjacencies->at(0).interface, "eth1");
  EXPECT_EQ(adjacencies->at(0).state, "Full");
}

TEST(DaemonJsonTest, IsisAdjacenciesWithoutThePassiveInterfaces) {
  const auto adjacencies = read_isis_adjacencies(R"({"areas": [{"area": "lab", "circuits": [
    {"circuit": 0, "adj": "r1", "interface": "eth0", "level": 2, "state": "Up"},
    {"circuit": 0}]}]})");
  ASSERT_TRUE(adjacencies) << adjacencies.error().what;
  ASSERT_EQ(adjacencies->size(), 1U);
  EXPECT_EQ(adjacencies->at(0).id, "r1");
  EXPECT_EQ(adjacencies->at(0).interface, "eth0");
  EXPECT_EQ(adjacencies->at(0).state, "Up");
}

TEST(DaemonJsonTest, WhatIsNotJsonIsAnError) {
  EXPECT_FALSE(read_bgp_sessions("% BGP instance not found\n"));
  EXPECT_FALSE(read_isis_adjacencies(""));
  EXPECT_FALSE(read_ospf_adjacencies("{\"neighbors\": {"));
}

TEST(DaemonJsonTest, AsPaths) {
  EXPECT_THAT(parse_as_path("64520 64530"), ElementsAre(64520, 64530));
  EXPECT_THAT(parse_as_path("1 {2,3} (4)"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(parse_as_path(""), IsEmpty());
}

}  // namespace
}  // namespace hoplab::router
