// Frames of a node, from armed to stop.
#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::CaptureReply;
using hoplab::v1::CaptureRequest;
using hoplab::v1::Frame;

struct Captured {
  std::vector<Frame> frames;
  std::vector<hoplab::v1::DaemonEvent> events;
  hoplab::v1::CaptureSummary summary;

  // ICMP echo requests (8) and replies (0).
  [[nodiscard]] int icmp(uint8_t type, Frame::Direction direction) const {
    return static_cast<int>(std::ranges::count_if(frames, [&](const Frame& frame) {
      const auto& data = frame.data();
      return frame.direction() == direction && data.size() > 34 &&
             data.substr(12, 2) == std::string("\x08\x00", 2) && data[23] == 1 &&
             static_cast<uint8_t>(data[34]) == type;
    }));
  }
};

class CaptureRpc : public TwoNodes {
 protected:
  static Captured during(const AgentContainer& node, const std::function<void()>& action) {
    Captured all;
    CaptureRequest request;
    request.set_capture_id("c1");
    request.set_events(true);
    const auto context = within(std::chrono::seconds(20));
    const auto stream = node.stub().Capture(context.get(), request);
    CaptureReply reply;
    EXPECT_TRUE(stream->Read(&reply));
    EXPECT_TRUE(reply.has_armed());
    EXPECT_THAT(reply.armed().interfaces(), ::testing::ElementsAre("eth0"));
    action();
    hoplab::v1::StopCaptureRequest stop;
    stop.set_capture_id("c1");
    hoplab::v1::StopCaptureReply stopped;
    EXPECT_TRUE(
        node.stub().StopCapture(within(std::chrono::seconds(5)).get(), stop, &stopped).ok());
    while (stream->Read(&reply)) {
      for (const auto& frame : reply.frames().frames()) all.frames.push_back(frame);
      if (reply.has_event()) all.events.push_back(reply.event());
      if (reply.has_summary()) all.summary = reply.summary();
    }
    EXPECT_TRUE(stream->Finish().ok());
    return all;
  }
};

TEST_F(CaptureRpc, EveryPingOnceInEachDirection) {
  const auto all =
      during(*left_, [] { EXPECT_EQ(left_->run("ping -c 20 -i 0.01 192.0.2.2").exit_code, 0); });
  EXPECT_EQ(all.icmp(8, Frame::OUT), 20);
  EXPECT_EQ(all.icmp(0, Frame::IN), 20);
  ASSERT_EQ(all.summary.interfaces_size(), 1);
  EXPECT_EQ(all.summary.interfaces(0).captured(), all.frames.size());
  EXPECT_EQ(all.summary.interfaces(0).ring_drops(), 0U);
}

TEST_F(CaptureRpc, ALinkThatGoesDownIsAnEvent) {
  const auto all = during(*left_, [] {
    hoplab::v1::Fault fault;
    fault.mutable_link_down()->set_interface("eth0");
    const auto added = right_->add_fault(fault);
    EXPECT_TRUE(left_->becomes(hoplab::v1::Health::DEGRADED));
    hoplab::v1::ClearFaultReply cleared;
    EXPECT_TRUE(
        right_->stub().ClearFault(within(std::chrono::seconds(5)).get(), {}, &cleared).ok());
    EXPECT_TRUE(left_->becomes(hoplab::v1::Health::READY));
  });
  std::vector<bool> seen;
  for (const auto& event : all.events) {
    if (event.has_link() && event.link().interface() == "eth0") seen.push_back(event.link().up());
  }
  EXPECT_EQ(seen, (std::vector<bool>{false, true}));
}

TEST_F(CaptureRpc, WhatTheEmulatorHeldIsToldWithTheFault) {
  std::string fault_id;
  std::string mechanism;
  const auto all = during(*left_, [&] {
    hoplab::v1::Fault fault;
    fault.mutable_link_delay()->set_interface("eth0");
    fault.mutable_link_delay()->set_delay_us(20'000);
    const auto added = left_->add_fault(fault);
    fault_id = added.fault().id();
    mechanism = added.mechanism();
    EXPECT_EQ(left_->run("ping -c 5 -i 0.01 192.0.2.2").exit_code, 0);
    hoplab::v1::ClearFaultReply cleared;
    EXPECT_TRUE(left_->stub().ClearFault(within(std::chrono::seconds(5)).get(), {}, &cleared).ok());
  });
  EXPECT_EQ(all.icmp(0, Frame::IN), 5);
  if (mechanism == "netem") GTEST_SKIP() << "the kernel's netem tells nothing of single frames";
  int told = 0;
  for (const auto& event : all.events) {
    if (!event.has_impairment()) continue;
    EXPECT_EQ(event.impairment().fault_id(), fault_id);
    EXPECT_EQ(event.impairment().interface(), "eth0");
    EXPECT_GE(event.impairment().delay_ns(), 20'000'000);
    EXPECT_FALSE(event.impairment().dropped());
    told += event.impairment().frame().size() == 98 ? 1 : 0;  // an echo request of ping
  }
  EXPECT_EQ(told, 5);
}

TEST_F(CaptureRpc, ACallerThatGoesAwayEndsTheCapture) {
  CaptureRequest request;
  request.set_capture_id("gone");
  for (int round = 0; round < 2; ++round) {
    const auto context = within(std::chrono::seconds(10));
    const auto stream = left_->stub().Capture(context.get(), request);
    CaptureReply reply;
    ASSERT_TRUE(stream->Read(&reply)) << "round " << round;
    context->TryCancel();
    stream->Finish();
    // The same id is free again once the agent has noticed.
    hoplab::v1::StopCaptureRequest stop;
    stop.set_capture_id("gone");
    hoplab::v1::StopCaptureReply stopped;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (left_->stub().StopCapture(within(std::chrono::seconds(5)).get(), stop, &stopped).ok() &&
           std::chrono::steady_clock::now() < deadline) {
    }
    EXPECT_LT(std::chrono::steady_clock::now(), deadline);
  }
}

}  // namespace
}  // namespace hoplab::agenttest
