#include "agents/common/capture/capture.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "agents/common/netlink/namespace.h"

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;
using hoplab::v1::CaptureReply;
using hoplab::v1::CaptureRequest;
using hoplab::v1::Frame;

struct Captured {
  std::vector<std::string> interfaces;
  std::vector<Frame> frames;
  std::vector<hoplab::v1::DaemonEvent> events;
  hoplab::v1::CaptureSummary summary;

  [[nodiscard]] size_t count(const std::string& name, Frame::Direction direction) const {
    return static_cast<size_t>(std::ranges::count_if(frames, [&](const Frame& frame) {
      return interfaces[frame.interface()] == name && frame.direction() == direction;
    }));
  }
};

// A wire west–east inside a namespace of the test's own.
class CaptureTest : public ::testing::Test {
 protected:
  // Runs the body in there; skips where namespaces cannot be made.
  template <typename Body>
  void on_a_wire(Body body) {
    auto space = netlink::NetworkNamespace::create();
    if (!space) GTEST_SKIP() << "needs root: " << space.error().what;
    const auto done = space->run([&]() -> Status {
      auto netlink = netlink::Netlink::open();
      if (!netlink) return std::unexpected(netlink.error());
      for (const auto& step : {netlink->add_veth("west", "east"), netlink->set_up("west", true),
                               netlink->set_up("east", true)}) {
        if (!step) return std::unexpected(step.error());
      }
      wait_until_carrying("west");
      wait_until_carrying("east");
      body(*netlink);
      return {};
    });
    ASSERT_TRUE(done) << done.error().what;
  }

  // The kernel gives a device that has just come up its queue in a work item of its own. Until then
  // each frame is taken from the sender without an error, counted as dropped by the device and
  // shown to no tap.
  static void wait_until_carrying(const std::string& interface) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    const FileDescriptor tap(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)));
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    ASSERT_EQ(::bind(tap.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    std::array<uint8_t, 64> frame{};
    for (;;) {
      (void)try_send(interface, kProbe, 60);
      ssize_t count = 0;
      while ((count = ::recv(tap.get(), frame.data(), frame.size(), 0)) > 0) {
        if (frame[12] == 0x88 && frame[13] == 0xB5) return;
      }
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << interface << " carries nothing";
      ::sched_yield();
    }
  }

  // One frame of our own Ethernet type, numbered, so that IPv6's chatter is told apart.
  // One socket for all: closing a packet socket waits for the kernel's readers.
  static void send(const std::string& interface, uint32_t number, size_t size = 60) {
    ASSERT_EQ(try_send(interface, number, size), static_cast<ssize_t>(size));
  }
  static ssize_t try_send(const std::string& interface, uint32_t number, size_t size) {
    thread_local const FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW, 0));
    std::vector<uint8_t> frame(size, 0xAB);
    std::fill_n(frame.begin(), 6, 0xFF);
    std::fill_n(frame.begin() + 6, 6, 0x02);
    frame[12] = 0x88;
    frame[13] = 0xB5;  // IEEE: local experiments
    std::memcpy(frame.data() + 14, &number, sizeof number);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    return ::sendto(socket.get(), frame.data(), frame.size(), 0,
                    reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  // Without the probes, unless they are what is looked for.
  static Captured collect(Capture& capture, bool probes = false) {
    Captured all;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (auto reply = capture.next(deadline)) {
      if (reply->has_armed()) {
        all.interfaces = {reply->armed().interfaces().begin(), reply->armed().interfaces().end()};
      }
      for (const auto& frame : reply->frames().frames()) {
        if (frame.data().substr(12, 2) != "\x88\xB5") continue;
        const bool probe = frame.data().substr(14, 4) == "\xFF\xFF\xFF\xFF";
        if (probe == probes) all.frames.push_back(frame);
      }
      if (reply->has_event()) all.events.push_back(reply->event());
      if (reply->has_summary()) all.summary = reply->summary();
    }
    EXPECT_TRUE(capture.finished());
    return all;
  }

  static constexpr uint32_t kProbe = ~uint32_t{0};
  EventHub hub_;
};

TEST_F(CaptureTest, EachFrameAtBothEndsWithItsDirection) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    auto capture = Capture::start({}, netlink, hub_);
    ASSERT_TRUE(capture) << capture.error().what;
    send("west", 1, 77);
    (*capture)->stop();
    const auto all = collect(**capture);
    auto names = all.interfaces;
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"east", "west"}));
    ASSERT_EQ(all.frames.size(), 2U);
    EXPECT_EQ(all.count("west", Frame::OUT), 1U);
    EXPECT_EQ(all.count("east", Frame::IN), 1U);
    for (const auto& frame : all.frames) {
      EXPECT_EQ(frame.length(), 77U);
      EXPECT_EQ(frame.data().size(), 77U);
      EXPECT_GT(frame.time_ns(), 1'600'000'000'000'000'000);
    }
  });
}

// What stop must deliver is what the kernel had taken, however short the capture was.
TEST_F(CaptureTest, NothingIsLostBetweenArmedAndStop) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    for (int round = 0; round < 20; ++round) {
      auto capture = Capture::start({}, netlink, hub_);
      ASSERT_TRUE(capture);
      for (uint32_t i = 0; i < 25; ++i) send("west", i);
      (*capture)->stop();
      const auto all = collect(**capture);
      ASSERT_EQ(all.count("west", Frame::OUT), 25U) << "round " << round;
      ASSERT_EQ(all.count("east", Frame::IN), 25U) << "round " << round;
      for (const auto& counters : all.summary.interfaces()) EXPECT_EQ(counters.ring_drops(), 0U);
    }
  });
}

TEST_F(CaptureTest, AFullRingIsCountedExactly) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    CaptureRequest request;
    request.add_interfaces("west");
    request.set_ring_bytes(1);  // the smallest: two blocks
    auto capture = Capture::start(request, netlink, hub_);
    ASSERT_TRUE(capture);
    constexpr uint32_t kSent = 3000;
    for (uint32_t i = 0; i < kSent; ++i) send("west", i, 1500);
    (*capture)->stop();
    const auto all = collect(**capture);
    ASSERT_EQ(all.summary.interfaces_size(), 1);
    const auto& counters = all.summary.interfaces(0);
    EXPECT_EQ(counters.tx_dropped(), 0U) << "frames never left";
    EXPECT_GE(counters.captured() + counters.ring_drops(), kSent);
    EXPECT_LE(counters.captured() + counters.ring_drops(), kSent + 50);  // IPv6's own frames
    EXPECT_EQ(all.frames.size() + counters.ring_drops() >= kSent, true);
  });
}

// What a device without a carrier takes from a sender reaches no tap: the device's own count tells.
TEST_F(CaptureTest, WhatNeverLeftIsCountedByTheDevice) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    ASSERT_TRUE(netlink.set_up("east", false));
    CaptureRequest request;
    request.add_interfaces("west");
    // The kernel takes the queue away in a work item of its own, too.
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    for (bool carried = true; carried;) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      auto probe = Capture::start(request, netlink, hub_);
      ASSERT_TRUE(probe);
      (void)try_send("west", kProbe, 60);  // refused for a moment, while the queue goes
      (*probe)->stop();
      carried = !collect(**probe, true).frames.empty();
    }
    auto capture = Capture::start(request, netlink, hub_);
    ASSERT_TRUE(capture);
    for (uint32_t i = 0; i < 10; ++i) send("west", i);
    (*capture)->stop();
    const auto all = collect(**capture);
    ASSERT_EQ(all.summary.interfaces_size(), 1);
    EXPECT_EQ(all.frames.size(), 0U);
    EXPECT_EQ(all.summary.interfaces(0).ring_drops(), 0U);
    EXPECT_GE(all.summary.interfaces(0).tx_dropped(), 10U);
    EXPECT_LE(all.summary.interfaces(0).tx_dropped(), 10U + 20);  // IPv6's own frames
  });
}

TEST_F(CaptureTest, ASnapLengthCutsDataNotLength) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    CaptureRequest request;
    request.set_snap_length(64);
    auto capture = Capture::start(request, netlink, hub_);
    ASSERT_TRUE(capture);
    send("east", 1, 1000);
    (*capture)->stop();
    const auto all = collect(**capture);
    ASSERT_EQ(all.frames.size(), 2U);
    EXPECT_EQ(all.frames[0].data().size(), 64U);
    EXPECT_EQ(all.frames[0].length(), 1000U);
  });
}

TEST_F(CaptureTest, AnInterfaceThatWasDownIsHeardWhenItComesUp) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    ASSERT_TRUE(netlink.set_up("west", false));
    auto capture = Capture::start({}, netlink, hub_);
    ASSERT_TRUE(capture) << capture.error().what;
    ASSERT_TRUE(netlink.set_up("west", true));
    send("west", 1);
    (*capture)->stop();
    EXPECT_EQ(collect(**capture).count("west", Frame::OUT), 1U);
  });
}

TEST_F(CaptureTest, AnInterfaceThatGoesDownCostsNoTime) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    auto capture = Capture::start({}, netlink, hub_);
    ASSERT_TRUE(capture);
    ASSERT_TRUE(netlink.set_up("west", false));
    const std::clock_t before = std::clock();  // of the whole process, so of the reading thread
    const auto end = std::chrono::steady_clock::now() + 300ms;
    while (std::chrono::steady_clock::now() < end) (void)(*capture)->next(end);
    EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.1);
    (*capture)->stop();
    collect(**capture);
  });
}

TEST_F(CaptureTest, EventsOfDaemonsAreDeliveredToo) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    CaptureRequest request;
    request.set_events(true);
    auto capture = Capture::start(request, netlink, hub_);
    ASSERT_TRUE(capture);
    hoplab::v1::DaemonEvent event;
    event.set_daemon("nginx");
    hub_.emit(event);
    (*capture)->stop();
    hub_.emit(event);  // logged a moment after the answer
    const auto all = collect(**capture);
    EXPECT_EQ(all.events.size(), 2U);
  });
}

TEST_F(CaptureTest, AnUnknownInterfaceIsAnError) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    CaptureRequest request;
    request.add_interfaces("north");
    const auto capture = Capture::start(request, netlink, hub_);
    ASSERT_FALSE(capture);
    EXPECT_EQ(capture.error().kind, ErrorKind::kNotFound);
  });
}

TEST_F(CaptureTest, ToolsOfTheAgentAreNoLabInterfaces) {
  on_a_wire([&](const netlink::Netlink& netlink) {
    ASSERT_TRUE(netlink.add_veth("hop-a", "hop-b"));
    ASSERT_TRUE(netlink.add_bridge("br0"));
    auto names = lab_interfaces(netlink.links().value());
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"east", "west"}));
  });
}

}  // namespace
}  // namespace hoplab::agent
