// Routes: what OSPF, BGP and their kin choose, and why.
#include "tests/integration/lessons/lesson.h"

namespace hoplab::test {
namespace {

using ThreeRouters = Lesson<"three-routers">;

SHOWS(ThreeRouters, TheCheaperWayIsTakenThoughItIsLonger, "ospf-cost") {
  const v1::Journey journey = trace("client", {"ping", "-c", "1", "10.0.0.18"});
  EXPECT_TRUE(visits(journey, "r2"));
}

}  // namespace
}  // namespace hoplab::test
