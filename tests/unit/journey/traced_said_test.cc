// What is said of a command that is traced: only what the frames tell.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::IsEmpty;

TEST(TracedSaid, APageThatNobodyTellsTheSizeOf) {
  SmallLab lab;
  lab.fetch();
  lab.url = "curl http://www.naver.com/";
  EXPECT_THAT(phase_of(whole(lab, 0, 0), v1::Phase::PAGE).summary(),
              says("phase.page_seen", {{"path", "server"}, {"status", "200"}}));
  lab.bundle.mutable_result()->set_body_bytes(5);
  EXPECT_THAT(phase_of(whole(lab, 0, 0), v1::Phase::PAGE).summary(),
              says("phase.page", {{"path", "server"}, {"status", "200"}, {"bytes", "5"}}));
  lab.bundle.mutable_result()->set_body_bytes(0);
  lab.url = "http://www.naver.com/";  // a page that is empty
  EXPECT_THAT(phase_of(whole(lab), v1::Phase::PAGE).summary(),
              says("phase.page", {{"path", "server"}, {"status", "200"}, {"bytes", "0"}}));
}

class TracedBalancer : public ::testing::Test {
 protected:
  void SetUp() override {
    lab.add_backend();
    lab.bundle.set_client("server");
    lab.url = "sleep 2";
  }
  void ask(const Octets& what) {
    const auto size = static_cast<uint32_t>(what.size());
    lab.behind(45000, 100, 0, 2, false, {});
    lab.behind(45000, 200, 101, 18, true, {});
    lab.behind(45000, 101, 201, 24, false, what);
    lab.behind(45000, 201, 101 + size, 24, true, "HTTP/1.1 200 OK\r\n\r\n");
    lab.behind(45000, 101 + size, 220, 20, false, {});
  }
  static uint64_t checks(const v1::Journey& j) {
    uint64_t frames = 0;
    for (const auto& kind : j.completeness().background_kinds()) {
      if (kind.reason().key() == "background.health_check") frames += kind.frames();
    }
    return frames;
  }

  SmallLab lab;
};

TEST_F(TracedBalancer, ItsHealthChecksAreNotTheCommands) {
  lab.health_check();
  lab.behind(14001, 100, 0, 2, false, {});  // of a connection alone
  lab.behind(14001, 200, 101, 18, true, {});
  lab.behind(14001, 101, 201, 20, false, {});
  lab.behind(14002, 100, 0, 2, false, {});  // refused
  lab.behind(14002, 0, 101, 20, true, {});
  const v1::Journey j = whole(lab, 0, 0);
  EXPECT_THAT(j.phases(), IsEmpty()) << j.phases(0).DebugString();
  EXPECT_EQ(checks(j), 20U);
}

TEST_F(TracedBalancer, WhatItFetchesItselfIsTheCommands) {
  ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const v1::Journey j = whole(lab, 0, 0);
  EXPECT_EQ(exchange_of(j, "http").client(), "server");
  EXPECT_EQ(checks(j), 0U);
}

// Before a byte was said: the ports its daemon connects from are the daemon's alone.
TEST_F(TracedBalancer, AConnectionOfTheCommandsThatFailsIsNoHealthCheck) {
  lab.behind(45000, 100, 0, 2, false, {});
  lab.behind(45000, 0, 101, 20, true, {});
  const v1::Journey j = whole(lab, 7, 0);
  EXPECT_EQ(checks(j), 0U);
  EXPECT_EQ(culprit_of(j, "cause.refused").node(), "web") << j.verdict().DebugString();
}

TEST_F(TracedBalancer, AConnectionThatAsksForMoreThanHealthIsTheCommands) {
  ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(checks(whole(lab, 0, 0)), 0U);
}

TEST_F(TracedBalancer, AnotherPortOfTheBackEndIsTheCommands) {
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() != "server") continue;
    spec.mutable_load_balancer()->mutable_backends(0)->set_port(8080);
  }
  lab.health_check();
  const v1::Journey j = whole(lab, 0, 0);
  EXPECT_EQ(exchange_of(j, "http").client(), "server");
  EXPECT_EQ(checks(j), 0U);
}

}  // namespace
}  // namespace hoplab::journey::testing
