#include "agents/common/service/fault_keeper.h"

#include <gtest/gtest.h>

#include "tests/unit/service/fake_timers.h"

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;
using hoplab::v1::Fault;

class FaultKeeperTest : public ::testing::Test {
 protected:
  static Fault link_down(const std::string& interface, std::chrono::nanoseconds lease = 0ns) {
    Fault fault;
    fault.mutable_link_down()->set_interface(interface);
    fault.set_lease_ns(lease.count());
    return fault;
  }

  std::vector<std::string> done_;
  bool undo_fails_ = false;
  FakeTimers timers_;
  FaultKeeper keeper_{timers_,
                      {.apply = [this](Fault& fault) -> Result<std::string> {
                         if (object_of(fault) == "eth9")
                           return fail(ErrorKind::kNotFound, "no eth9");
                         done_.push_back("apply " + object_of(fault));
                         return "by hand";
                       },
                       .undo = [this](const Fault& fault) -> Status {
                         if (undo_fails_) return fail(ErrorKind::kInternal, "it is stuck");
                         done_.push_back("undo " + object_of(fault));
                         return {};
                       },
                       .background = [](auto task) { task(); },
                       .note = [](const std::string&) {}}};
};

TEST_F(FaultKeeperTest, HeldUntilCleared) {
  const auto added = keeper_.add(link_down("eth0"));
  ASSERT_TRUE(added);
  EXPECT_EQ(added->mechanism(), "by hand");
  EXPECT_FALSE(added->fault().id().empty());
  EXPECT_GT(added->fault().created_ns(), 0);
  timers_.advance(24h);
  EXPECT_EQ(keeper_.list().size(), 1U);
  EXPECT_EQ(keeper_.clear(added->fault().id()).value().size(), 1U);
  EXPECT_EQ(done_, (std::vector<std::string>{"apply eth0", "undo eth0"}));
  EXPECT_TRUE(keeper_.list().empty());
}

TEST_F(FaultKeeperTest, ALeaseUndoesItExactlyOnce) {
  ASSERT_TRUE(keeper_.add(link_down("eth0", 10s)));
  timers_.advance(9999ms);
  EXPECT_EQ(done_.size(), 1U);
  timers_.advance(1ms);
  EXPECT_EQ(done_, (std::vector<std::string>{"apply eth0", "undo eth0"}));
  timers_.advance(1h);
  EXPECT_EQ(done_.size(), 2U);
}

TEST_F(FaultKeeperTest, ClearedBeforeTheLeaseEndsItIsNotUndoneAgain) {
  ASSERT_TRUE(keeper_.add(link_down("eth0", 10s)));
  ASSERT_TRUE(keeper_.clear(""));
  EXPECT_EQ(timers_.pending(), 0U);
  timers_.advance(1h);
  EXPECT_EQ(done_.size(), 2U);
}

TEST_F(FaultKeeperTest, WhatCannotBeUndoneStaysListedAndIsTriedAgain) {
  ASSERT_TRUE(keeper_.add(link_down("eth0", 10s)));
  undo_fails_ = true;
  timers_.advance(10s);
  EXPECT_EQ(keeper_.list().size(), 1U);
  EXPECT_FALSE(keeper_.clear(""));
  EXPECT_EQ(keeper_.list().size(), 1U);
  undo_fails_ = false;
  timers_.advance(1s);
  EXPECT_TRUE(keeper_.list().empty());
}

TEST_F(FaultKeeperTest, WhatCouldNotBeAppliedIsNotHeld) {
  const auto added = keeper_.add(link_down("eth9", 1s));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(keeper_.list().empty());
  EXPECT_EQ(timers_.pending(), 0U);
}

TEST_F(FaultKeeperTest, TheSameTwiceIsRefusedAndNamesTheFirst) {
  const auto first = keeper_.add(link_down("eth0"));
  const auto second = keeper_.add(link_down("eth0"));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find(first->fault().id()), std::string::npos);
  EXPECT_TRUE(keeper_.add(link_down("eth1")));
  Fault loss;  // another kind on the same interface may be added
  loss.mutable_link_loss()->set_interface("eth0");
  EXPECT_TRUE(keeper_.add(loss));
}

TEST_F(FaultKeeperTest, ClearOfAnUnknownIdIsAnErrorOfNoneIsNot) {
  EXPECT_EQ(keeper_.clear("f77").error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(keeper_.clear("").value().empty());
}

TEST_F(FaultKeeperTest, AFaultWithoutAKindIsInvalid) {
  EXPECT_EQ(keeper_.add({}).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace hoplab::agent
