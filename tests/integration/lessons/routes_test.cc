// Routes inside of a system: what OSPF and its kin choose, and why.
#include "tests/integration/lessons/lesson.h"
#include "tests/integration/lessons/said.h"

namespace hoplab::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using ThreeRouters = Lesson<"three-routers">;
using Rip = Lesson<"rip">;
using Eigrp = Lesson<"eigrp">;
using Isis = Lesson<"isis">;
using Ecmp = Lesson<"ecmp">;
using OspfAreas = Lesson<"ospf-areas">;
using OspfDr = Lesson<"ospf-dr">;

SHOWS(ThreeRouters, TheCheaperWayIsTakenThoughItIsLonger, "ospf-cost") {
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "10.0.0.18"});
  EXPECT_TRUE(visits(journey, "r2"));
}

// The frames of a protocol pass between the routers, and the journey knows them for what they are.
void expect_own_life(const std::string& lab, const v1::Journey& journey, const std::string& kind,
                     const std::string& frame) {
  EXPECT_GT(background(journey, kind), 0U);
  EXPECT_EQ(journey.completeness().left_over(), 0U);
  EXPECT_THAT(on_the_wire(lab, "r2:eth0", "6"), Contains(HasSubstr(frame)));
}

SHOWS(Rip, CountsHopsAndTellsItsTable, "rip") {
  const v1::Journey journey = trace("client", {"sh", "-c", "ping -c 1 10.0.0.14 && sleep 6"});
  EXPECT_THAT(said_at(journey, "r1"), Contains("route.rip hops=3 prefix=10.0.0.12/30"));
  EXPECT_THAT(said_at(journey, "r2"), Contains("route.rip hops=2 prefix=10.0.0.12/30"));
  expect_own_life(lab(), journey, "background.routing", "520");
}

SHOWS(Eigrp, AddsUpDelayAndBandwidth, "eigrp") {
  const v1::Journey journey = trace("client", {"sh", "-c", "ping -c 1 10.0.0.14 && sleep 6"});
  EXPECT_THAT(said_at(journey, "r1"), Contains("route.eigrp metric=33280 prefix=10.0.0.12/30"));
  expect_own_life(lab(), journey, "background.routing", "EIGRP");
}

SHOWS(Isis, TakesTheCheaperWayWithoutIpBetweenRouters, "isis") {
  const v1::Journey journey = trace("client", {"sh", "-c", "ping -c 1 10.0.0.18 && sleep 1"});
  EXPECT_THAT(said_at(journey, "r1"), Contains("route.isis metric=30 prefix=10.0.0.16/30"));
  EXPECT_TRUE(visits(journey, "r2"));
  expect_own_life(lab(), journey, "background.routing", "IS-IS Hello, point-to-point");
}

SHOWS(Ecmp, FlowsAreSpreadOverTwoEqualWays, "ecmp") {
  bool over[2] = {};
  // Each connection has a port of its own, and so a hash of its own.
  for (int i = 0; i < 12 && !(over[0] && over[1]); ++i) {
    const v1::Journey journey =
        trace("client", {"curl", "-s", "-o", "/dev/null", "http://10.0.0.22/"});
    EXPECT_THAT(said_at(journey, "r1"),
                Contains(AllOf(StartsWith("route.next_hop_of"), HasSubstr("count=2"))));
    over[0] = over[0] || visits(journey, "r2");
    over[1] = over[1] || visits(journey, "r3");
  }
  EXPECT_TRUE(over[0]) << "no flow over r2";
  EXPECT_TRUE(over[1]) << "no flow over r3";
}

SHOWS(OspfAreas, InsideAnAreaAndFromAnother, "ospf-areas") {
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "10.0.0.18"});
  EXPECT_THAT(said_at(journey, "r1"),
              Contains("route.ospf_inter area=0.0.0.1 metric=40 prefix=10.0.0.16/30 protocol=OSPF "
                       "rfc=2328 section=16.2"));
  EXPECT_THAT(said_at(journey, "r3"),
              Contains("route.ospf_intra area=0.0.0.2 metric=20 prefix=10.0.0.16/30 protocol=OSPF "
                       "rfc=2328 section=16.1"));
  // The hellos of each link name its area.
  EXPECT_THAT(on_the_wire(lab(), "r2:eth0", "1"), Contains(HasSubstr("area 0.0.0.1")));
  EXPECT_THAT(on_the_wire(lab(), "r2:eth1", "1"), Contains(HasSubstr("area 0.0.0.0")));
}

SHOWS(OspfDr, ALanElectsOneAndALinkOfTwoElectsNone, "ospf-dr") {
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "10.0.0.10"});
  EXPECT_THAT(said_at(journey, "r1"), Contains(StartsWith("ospf.designated")));
  EXPECT_THAT(said_at(journey, "r3"), Contains("ospf.point_to_point interface=eth1 protocol=OSPF"));
  EXPECT_THAT(on_the_wire(lab(), "r1:eth1", "1"),
              Contains(AllOf(HasSubstr("Hello"), HasSubstr("DR 10.0.10."))));
}

SHOWS(OspfDr, OspfForIpv6ElectsForItself, "ospf-dr") {
  const v1::Journey journey = trace("client", {"ping", "-6", "-c", "1", "2001:db8:10:4::2"});
  const auto said = said_at(journey, "r1");
  EXPECT_THAT(said, Contains(AllOf(StartsWith("ospf.designated6 backup=r"),
                                   HasSubstr("interface=eth1 router=r"))));
  EXPECT_THAT(said, Not(Contains(StartsWith("ospf.designated backup"))));
  EXPECT_THAT(said, Contains(AllOf(StartsWith("route.ospf_intra"), HasSubstr("rfc=5340"))));
  EXPECT_THAT(said, Contains(StartsWith("ttl.decremented after=63 before=64 field=hop limit")));
  EXPECT_THAT(said_at(journey, "r3"),
              Contains("ospf.point_to_point interface=eth1 protocol=OSPFv3"));
}

// Every prefix with the reason for its route.
SHOWS(OspfAreas, TheTableSaysWhy, "routes-command") {
  const std::string table = hoplab({"routes", "r1", "--lab", lab()}).out;
  EXPECT_THAT(table, AllOf(HasSubstr("* 10.0.0.16/30"), HasSubstr("of another area"),
                           HasSubstr("administrative distance 110")));
  const std::string one = hoplab({"routes", "r1", "10.0.0.18", "--lab", lab()}).out;
  EXPECT_THAT(one, AllOf(HasSubstr("matches 10.0.0.18 in 30 bits"), Not(HasSubstr("10.0.0.8/30"))));
  EXPECT_THAT(hoplab({"routes", "client", "--lab", lab()}).out, HasSubstr("the default route"));
  EXPECT_THAT(hoplab({"routes", "r1", "10.0.0.18", "--lab", lab(), "--format", "json"}).out,
              AllOf(HasSubstr("\"matches\""), HasSubstr("\"inter-area\"")));
}

}  // namespace
}  // namespace hoplab::test
