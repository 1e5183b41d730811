// Faults the agent holds itself: each changes what it says, and goes when cleared or when its lease
// ends.
#include <csignal>

#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::Fault;
using hoplab::v1::Health;
using std::chrono::steady_clock;

class Faults : public TwoNodes {
 protected:
  void TearDown() override {
    hoplab::v1::ClearFaultReply cleared;
    if (left_) left_->stub().ClearFault(within(std::chrono::seconds(5)).get(), {}, &cleared);
    if (right_) right_->stub().ClearFault(within(std::chrono::seconds(5)).get(), {}, &cleared);
  }
  static std::vector<std::string> clear(const AgentContainer& node) {
    hoplab::v1::ClearFaultReply reply;
    const auto status = node.stub().ClearFault(within(std::chrono::seconds(5)).get(), {}, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {reply.cleared().begin(), reply.cleared().end()};
  }
  static int held(const AgentContainer& node) {
    hoplab::v1::ListFaultsReply reply;
    EXPECT_TRUE(node.stub().ListFaults(within(std::chrono::seconds(5)).get(), {}, &reply).ok());
    return reply.faults_size();
  }
};

TEST_F(Faults, LinkDownAndItsRoutesBack) {
  Fault fault;
  fault.mutable_link_down()->set_interface("eth0");
  left_->add_fault(fault);
  EXPECT_TRUE(left_->becomes(Health::DEGRADED));
  EXPECT_NE(left_->run("ping -c 1 -W 1 192.0.2.2").exit_code, 0);
  EXPECT_EQ(clear(*left_).size(), 1U);
  EXPECT_TRUE(left_->becomes(Health::READY));
  EXPECT_EQ(left_->run("ping -c 1 -W 1 192.0.2.2").exit_code, 0);
}

TEST_F(Faults, ALeaseEndsByItself) {
  Fault fault;
  fault.mutable_link_down()->set_interface("eth0");
  fault.set_lease_ns(1'000'000'000);
  const auto begin = steady_clock::now();
  left_->add_fault(fault);
  EXPECT_TRUE(left_->becomes(Health::DEGRADED));
  EXPECT_TRUE(left_->becomes(Health::READY));
  EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(1000));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(4));
  EXPECT_EQ(held(*left_), 0);
}

TEST_F(Faults, DelayIsTheDelayAskedFor) {
  Fault fault;
  fault.mutable_link_delay()->set_interface("eth0");
  fault.mutable_link_delay()->set_delay_us(50'000);
  const auto added = left_->add_fault(fault);
  EXPECT_FALSE(added.mechanism().empty());
  const auto ping = left_->run("ping -c 3 -i 0.1 192.0.2.2 | tail -1").output;
  double shortest = 0;
  ASSERT_EQ(std::sscanf(ping.c_str(), "rtt min/avg/max/mdev = %lf/", &shortest), 1) << ping;
  EXPECT_GE(shortest, 50.0);
  EXPECT_LT(shortest, 70.0);
  clear(*left_);
  const auto after = left_->run("ping -c 3 -i 0.1 192.0.2.2 | tail -1").output;
  ASSERT_EQ(std::sscanf(after.c_str(), "rtt min/avg/max/mdev = %lf/", &shortest), 1) << after;
  EXPECT_LT(shortest, 10.0);
}

TEST_F(Faults, TotalLossLosesAllAndOnlyUntilCleared) {
  Fault fault;
  fault.mutable_link_loss()->set_interface("eth0");
  fault.mutable_link_loss()->set_percent(100);
  const auto added = left_->add_fault(fault);
  EXPECT_NE(added.fault().link_loss().seed(), 0U);
  EXPECT_NE(left_->run("ping -c 2 -i 0.1 -W 1 192.0.2.2").exit_code, 0);
  clear(*left_);
  EXPECT_EQ(left_->run("ping -c 1 -W 2 192.0.2.2").exit_code, 0);
}

TEST_F(Faults, AKilledDaemonStaysDownUntilCleared) {
  Fault fault;
  fault.mutable_daemon_killed();  // the main one
  const auto added = right_->add_fault(fault);
  EXPECT_EQ(added.fault().daemon_killed().daemon(), "sh");
  EXPECT_TRUE(right_->becomes(Health::DEGRADED));
  EXPECT_EQ(right_->health().daemons(0).pid(), 0);
  EXPECT_EQ(right_->health().daemons(0).last_exit(), "signal 9 (Killed)");
  clear(*right_);
  EXPECT_TRUE(right_->becomes(Health::READY));
}

TEST_F(Faults, ADaemonThatDiesByItselfIsShownAndComesBack) {
  const auto pid = right_->health().daemons(0).pid();
  const auto restarts = right_->health().daemons(0).restarts();
  right_->run("kill -9 " + std::to_string(pid));
  EXPECT_TRUE(right_->becomes(Health::READY, [&](const Health& health) {
    return health.daemons(0).restarts() > restarts;
  }));
}

TEST_F(Faults, WhatCannotBeIsRefused) {
  Fault fault;
  fault.mutable_link_down()->set_interface("eth7");
  hoplab::v1::AddFaultReply reply;
  auto status = left_->stub().AddFault(within(std::chrono::seconds(5)).get(), fault, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  fault.mutable_bgp_session_down()->set_neighbor("192.0.2.9");
  status = left_->stub().AddFault(within(std::chrono::seconds(5)).get(), fault, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(held(*left_), 0);
}

TEST_F(Faults, AWireThatWasCutIsConfiguredAgain) {
  disconnect(*left_);
  EXPECT_TRUE(left_->becomes(Health::DEGRADED));
  connect(*left_, *right_);
  EXPECT_TRUE(left_->becomes(Health::READY));
  EXPECT_TRUE(right_->becomes(Health::READY));
  EXPECT_EQ(left_->run("ping -c 1 -W 2 192.0.2.2").exit_code, 0);
}

}  // namespace
}  // namespace hoplab::agenttest
