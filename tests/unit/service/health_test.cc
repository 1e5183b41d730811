#include "agents/common/service/health.h"

#include <gtest/gtest.h>

#include <thread>

namespace hoplab::agent {
namespace {
using hoplab::v1::Condition;
using hoplab::v1::Health;

Condition condition(const std::string& name, bool ok, const std::string& detail = {}) {
  Condition condition;
  condition.set_name(name);
  condition.set_ok(ok);
  condition.set_detail(detail);
  return condition;
}

TEST(Judge, GoesFromWaitingToReadyAndThenIsDegraded) {
  const std::vector<Condition> good{condition("a", true)};
  const std::vector<Condition> bad{condition("a", true), condition("b", false, "not there")};
  EXPECT_EQ(judge(false, false, bad, {}).state(), Health::WAITING);
  EXPECT_EQ(judge(true, false, bad, {}).state(), Health::STARTING);
  EXPECT_EQ(judge(true, false, good, {}).state(), Health::READY);
  EXPECT_EQ(judge(true, true, bad, {}).state(), Health::DEGRADED);
  EXPECT_EQ(judge(true, true, good, {}).state(), Health::READY);
  EXPECT_EQ(judge(true, true, bad, {}).waiting_for(), "b: not there");
  EXPECT_EQ(judge(true, true, good, {}).waiting_for(), "");
}

TEST(Judge, WithoutConditionsItIsReadyOnceStarted) {
  EXPECT_EQ(judge(true, false, {}, {}).state(), Health::READY);
  EXPECT_EQ(judge(false, false, {}, {}).state(), Health::WAITING);
}

TEST(InterfaceConditions, SayWhatEachWireLacks) {
  hoplab::v1::NodeSpec spec;
  for (const auto* name : {"missing", "down", "dark", "fine"}) {
    spec.add_interfaces()->set_name(name);
    spec.mutable_interfaces(spec.interfaces_size() - 1)->set_peer_node("r1");
  }
  netlink::LinkInfo down;
  down.name = "down";
  netlink::LinkInfo dark;
  dark.name = "dark";
  dark.admin_up = true;
  netlink::LinkInfo fine = dark;
  fine.name = "fine";
  fine.carrier = true;
  const auto all = interface_conditions(spec, {down, dark, fine});
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].detail(), "the wire to r1 is not there yet");
  EXPECT_EQ(all[1].detail(), "it is down");
  EXPECT_EQ(all[2].detail(), "no carrier: the other end, at r1, is not up");
  EXPECT_TRUE(all[3].ok());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(all[static_cast<size_t>(i)].ok());
}

TEST(HealthBoard, AWatcherSeesEachDifferenceOnce) {
  HealthBoard board;
  Health waiting;
  waiting.set_state(Health::WAITING);
  EXPECT_TRUE(board.publish(waiting));
  EXPECT_FALSE(board.publish(waiting));
  const auto far = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto first = board.after(0, far);
  EXPECT_EQ(first.health.state(), Health::WAITING);
  Health ready;
  ready.set_state(Health::READY);
  std::thread publisher([&] { board.publish(ready); });
  EXPECT_EQ(board.after(first.version, far).health.state(), Health::READY);
  publisher.join();
  EXPECT_EQ(board.after(2, std::chrono::steady_clock::now()).version, 2U);
}

}  // namespace
}  // namespace hoplab::agent
