// Routes between systems: what BGP is told, what it believes, and which path it takes.
#include <thread>

#include "tests/integration/lessons/lesson.h"
#include "tests/integration/lessons/said.h"

namespace hoplab::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Reflector = Lesson<"reflector">;
using Policy = Lesson<"bgp-policy">;
using Relations = Lesson<"relations">;
using Redistribution = Lesson<"redistribute">;

std::string glass(const std::string& lab, const std::string& router, const std::string& prefix) {
  return hoplab({"looking-glass", router, prefix, "--lab", lab}).out;
}

// A prefix can be reached before the last path to it has come: waits until the router knows it.
void wait_until_known(const std::string& lab, const std::string& router, const std::string& prefix,
                      const std::string& path) {
  for (int i = 0; i < 50; ++i) {
    if (glass(lab, router, prefix).find(path) != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  ADD_FAILURE() << router << " never learnt " << path;
}

SHOWS(Reflector, PassesOnWhatABorderRouterLearnt, "route-reflector", "ebgp-ibgp") {
  wait_until_known(lab(), "b1", "198.51.100.0/24", "originator ");
  // Longer than a hello takes to come.
  const v1::Journey journey = trace("client", {"ping", "-c", "6", "-i", "0.2", "198.51.100.2"});
  EXPECT_THAT(said_at(journey, "l"),
              Contains(AllOf(StartsWith("route.bgp as_path=64512 64513"), HasSubstr("peer=b1"))));
  EXPECT_THAT(said_at(journey, "b1"),
              Contains(AllOf(StartsWith("route.ibgp as_path=64513"), HasSubstr("peer=rr"))));
  EXPECT_THAT(said_at(journey, "b1"), Contains("bgp.reflected originator=b2 peer=rr"));
  EXPECT_GT(background(journey, "background.bgp") + background(journey, "background.ospf"), 0U);
  EXPECT_THAT(glass(lab(), "b1", "198.51.100.0/24"), HasSubstr("originator "));
}

SHOWS(Policy, LocalPreferenceBeatsTheShorterPath, "local-preference") {
  wait_until_known(lab(), "home-r", "203.0.113.0/24", "64530 64540 64540");
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "203.0.113.2"});
  const auto said = said_at(journey, "home-r");
  EXPECT_THAT(said, Contains("best.local_preference paths=2"));
  EXPECT_THAT(said, Contains("bgp.attributes local_preference=200 med=0 origin=IGP"));
  EXPECT_TRUE(visits(journey, "isp-b-r"));
}

SHOWS(Policy, APrependedPathIsLonger, "prepend") {
  wait_until_known(lab(), "home-r", "203.0.113.0/24", "64530 64540 64540");
  EXPECT_THAT(glass(lab(), "isp-b-r", "203.0.113.0/24"), HasSubstr("AS path 64540 64540  origin"));
  EXPECT_THAT(glass(lab(), "home-r", "203.0.113.0/24"),
              HasSubstr("AS path 64530 64540 64540  origin"));
}

SHOWS(Policy, OfTwoLinksIntoOneAsTheLowerMedIsTaken, "med") {
  wait_until_known(lab(), "content-1", "192.0.2.0/24", "MED 50");
  wait_until_known(lab(), "content-1", "192.0.2.0/24", "MED 10");
  const std::string seen = glass(lab(), "content-1", "192.0.2.0/24");
  EXPECT_THAT(seen, AllOf(HasSubstr("MED 10"), HasSubstr("MED 50"),
                          HasSubstr("MED 50; the best has 10, and the lower wins")));
}

SHOWS(Policy, CommunitiesTravelWithTheRoute, "communities") {
  wait_until_known(lab(), "home-r", "203.0.113.0/24", "64530 64540 64540");
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "203.0.113.2"});
  EXPECT_THAT(said_at(journey, "home-r"),
              Contains(AllOf(StartsWith("bgp.communities "), HasSubstr("64540:80"),
                             HasSubstr("64540:100:2"))));
}

SHOWS(Policy, EveryPathWithTheStepThatDecided, "looking-glass") {
  const std::string seen = glass(lab(), "home-r", "203.0.113.0/24");
  EXPECT_THAT(seen, AllOf(HasSubstr("  * isp-b-r"), HasSubstr("the highest local preference"),
                          HasSubstr("local preference 100; the best has 200")));
  const std::string json =
      hoplab({"looking-glass", "home-r", "203.0.113.2", "--lab", lab(), "--format", "json"}).out;
  EXPECT_THAT(json, AllOf(HasSubstr("\"bestReason\": \"Local Pref\""),
                          HasSubstr("\"lost.local_preference\"")));
}

SHOWS(Relations, APeersRouteIsPreferredToAProvidersAndNotToldUpwards, "relations") {
  wait_until_known(lab(), "isp-a-r", "198.51.100.0/24", "isp-b-r");
  wait_until_known(lab(), "isp-a-r", "198.51.100.0/24", "tier1-r");
  wait_until_known(lab(), "tier1-r", "198.51.100.0/24", "isp-b-r");
  const v1::Journey journey = trace("shop-host", {"ping", "-c", "1", "198.51.100.2"});
  EXPECT_THAT(said_at(journey, "isp-a-r"),
              Contains(AllOf(StartsWith("bgp.attributes"), HasSubstr("local_preference=200"))));
  EXPECT_THAT(said_at(journey, "isp-a-r"), Contains("best.local_preference paths=2"));
  EXPECT_FALSE(visits(journey, "tier1-r"));
  // isp-a does not tell tier1 what it knows from its peer: one path, that of the customer's ISP.
  const std::string seen = glass(lab(), "tier1-r", "198.51.100.0/24");
  EXPECT_THAT(seen, AllOf(HasSubstr("isp-b-r"), Not(HasSubstr("isp-a-r"))));
}

SHOWS(Redistribution, BothWaysAndSaidAtTheHop, "redistribution") {
  wait_until_known(lab(), "out-r", "10.0.0.0/16", "10.0.0.0/30");
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "203.0.113.2"});
  const auto said = said_at(journey, "core");
  EXPECT_THAT(said, Contains(AllOf(StartsWith("route.ospf_external2 asbr=asbr"),
                                   HasSubstr("prefix=203.0.113.0/24"))));
  EXPECT_THAT(said, Contains("route.redistributed as_path=64520 asbr=asbr peer=out-r"));
  EXPECT_THAT(hoplab({"routes", "core", "203.0.113.2", "--lab", lab()}).out,
              HasSubstr("external type 2: brought in by asbr"));
  // The other way: single networks of the campus, which only OSPF can have told asbr of.
  EXPECT_THAT(glass(lab(), "out-r", "10.0.0.0/16"),
              AllOf(HasSubstr("10.0.0.0/30"), HasSubstr("origin incomplete")));
}

}  // namespace
}  // namespace hoplab::test
