// `hoplab trace`: what a learner types, each with everything it caused.
#include <gmock/gmock.h>

#include <map>

#include "tests/integration/lab/naver_lab.h"

namespace hoplab::test {
namespace {

using testing::HasSubstr;

class Trace : public NaverLab {
 protected:
  // The journey of a command on the client; it must work, and leave no frame unexplained.
  static v1::Journey trace(const std::vector<std::string>& command) {
    v1::Journey journey = test::trace(kLab, "client", command);
    EXPECT_EQ(journey.result().exit_code(), 0);
    EXPECT_GT(journey.completeness().explained(), 0U);
    return journey;
  }
};

const v1::Trip* trip_of(const v1::Journey& journey, const v1::Exchange& exchange) {
  for (const auto& trip : journey.trips()) {
    if (exchange.trips_size() > 0 && trip.id() == exchange.trips(0)) return &trip;
  }
  return nullptr;
}

// Every router on the way says once that a probe's TTL ran out there, each as a child of a probe of
// its own that ended at that router.
void expect_expiries(const v1::Journey& journey, const std::string& probe_kind) {
  std::map<uint32_t, v1::Exchange> probes;
  for (const auto& probe : exchanges(journey, probe_kind)) probes[probe.id()] = probe;
  std::map<uint32_t, std::string> router_of_probe;
  for (const auto& error : exchanges(journey, "icmp")) {
    if (error.facts().empty() ||
        error.facts(0).args().at("message").find("exceeded") == std::string::npos) {
      continue;
    }
    ASSERT_TRUE(probes.contains(error.parent())) << error.DebugString();
    EXPECT_TRUE(router_of_probe.emplace(error.parent(), error.client()).second)
        << "two expiries of one probe: " << error.DebugString();
    const v1::Trip* trip = trip_of(journey, probes[error.parent()]);
    ASSERT_NE(trip, nullptr);
    EXPECT_EQ(trip->hops(trip->hops_size() - 1).node(), error.client())
        << "the probe's TTL ran out elsewhere";
  }
  std::vector<std::string> routers;
  for (const auto& [probe, router] : router_of_probe) routers.push_back(router);
  EXPECT_THAT(routers,
              testing::UnorderedElementsAre("home-gw", "isp-edge", "isp-core", "isp-asbr",
                                            "transit1", "transit3", "naver-border", "naver-core"));
}

TEST_F(Trace, PingIsAnEchoForEachQuestion) {
  const v1::Journey journey = trace({"ping", "-c", "3", "-i", "0.2", "203.0.113.10"});
  const auto echoes = exchanges(journey, "icmp");
  ASSERT_EQ(echoes.size(), 3U);
  for (const auto& echo : echoes) {
    EXPECT_EQ(echo.trips_size(), 2);
    EXPECT_EQ(echo.client(), "client");
    EXPECT_EQ(echo.server(), "naver-lb");
    EXPECT_EQ(echo.status(), v1::Exchange::OK);
  }
}

TEST_F(Trace, TracerouteWithUdpShowsWhichProbeExpiredWhere) {
  const v1::Journey journey =
      trace({"traceroute", "-n", "-q", "1", "-N", "1", "-w", "1", "203.0.113.10"});
  expect_expiries(journey, "flow");
}

TEST_F(Trace, TracerouteWithIcmpShowsWhichProbeExpiredWhere) {
  const v1::Journey journey =
      trace({"traceroute", "-I", "-n", "-q", "1", "-N", "1", "-w", "1", "203.0.113.10"});
  expect_expiries(journey, "icmp");
}

TEST_F(Trace, DigWalksTheTreeOfNameServers) {
  const v1::Journey journey = trace({"dig", "+short", "www.naver.com"});
  const auto questions = exchanges(journey, "dns");
  ASSERT_FALSE(questions.empty());
  EXPECT_EQ(questions.front().client(), "client");
  EXPECT_EQ(questions.front().server(), "home-gw");
  EXPECT_NE(phase(journey, v1::Phase::NAME), nullptr);
}

TEST_F(Trace, CurlHasThePhasesOfARequest) {
  const v1::Journey journey = trace({"curl", "-s", "-o", "/dev/null", "https://www.naver.com/"});
  for (const auto kind : {v1::Phase::NAME, v1::Phase::CONNECTION, v1::Phase::SECURITY}) {
    EXPECT_NE(phase(journey, kind), nullptr) << v1::Phase::Kind_Name(kind);
  }
}

TEST_F(Trace, NcIsATcpConnection) {
  const v1::Journey journey = trace({"nc", "-zv", "-w", "2", "203.0.113.10", "80"});
  const auto handshakes = exchanges(journey, "tcp handshake");
  ASSERT_FALSE(handshakes.empty());
  EXPECT_EQ(handshakes.front().client(), "client");
  EXPECT_EQ(handshakes.front().server(), "naver-lb");
}

TEST_F(Trace, ACommandThatCannotBeStartedOrDoesNotEndIsAFailure) {
  EXPECT_EQ(hoplab({"trace", "client", "--lab", kLab, "--", "no-such-program"}).exit_code, 1);
  EXPECT_EQ(
      hoplab({"trace", "client", "--timeout", "1s", "--lab", kLab, "--", "sleep", "20"}).exit_code,
      1);
}

TEST_F(Trace, WhatTheCommandPrintsIsNoPartOfTheReportForPrograms) {
  const Outcome outcome =
      hoplab({"trace", "client", "--lab", kLab, "--format", "json", "--", "echo", "hello"});
  EXPECT_THAT(outcome.err, HasSubstr("hello"));
  EXPECT_THAT(outcome.out, testing::StartsWith("{"));
}

}  // namespace
}  // namespace hoplab::test
