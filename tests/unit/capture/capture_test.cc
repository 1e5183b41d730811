#include "agents/common/capture/capture.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
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
      body(*netlink);
      return {};
    });
    ASSERT_TRUE(done) << done.error().what;
  }

  // One frame of our own Ethernet type, numbered, so that IPv6's chatter is told apart.
  // One socket for all: closing a packet socket waits for the kernel's readers.
  static void send(const std::string& interface, uint32_t number, size_t size = 60) {
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
    ASSERT_EQ(::sendto(socket.get(), frame.data(), frame.size(), 0,
                       reinterpret_cast<const sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(size));
  }

  static Captured collect(Capture& capture) {
    Captured all;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (auto reply = capture.next(deadline)) {
      if (reply->has_armed()) {
        all.interfaces = {reply->armed().interfaces().begin(), reply->armed().interfaces().end()};
      }
      for (const auto& frame : reply->frames().frames()) {
        if (frame.data().substr(12, 2) == "\x88\xB5") all.frames.push_back(frame);
      }
      if (reply->has_event()) all.events.push_back(reply->event());
      if (reply->has_summary()) all.summary = reply->summary();
    }
    EXPECT_TRUE(capture.finished());
    return all;
  }

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
    EXPECT_GE(counters.captured() + counters.ring_drops(), kSent);
    EXPECT_LE(counters.captured() + counters.ring_drops(), kSent + 50);  // IPv6's own frames
    EXPECT_EQ(all.frames.size() + counters.ring_drops() >= kSent, true);
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
