// Physics: what was asked is measured on a wire between two interfaces, for each mechanism.
#include "agents/common/link_emulation/emulator.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <set>
#include <thread>

#include "agents/common/link_emulation/packet_port.h"
#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::link_emulation {
namespace {

using namespace std::chrono_literals;
using netlink::Message;
using netlink::must;
using std::chrono::steady_clock;

constexpr uint16_t kTestType = 0x88b5;  // IEEE 802: local experimental
constexpr size_t kFrameSize = 200;
constexpr int64_t kMs = 1'000'000;

int64_t wall_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Arrival {
  uint32_t number;
  int64_t latency_ns;
};

// Queues and interfaces there are: what must be the same after as before.
std::multiset<std::string> inventory(const netlink::Netlink& netlink) {
  std::multiset<std::string> result;
  for (const auto& link : must(netlink.links())) result.insert("link " + link.name);
  Message request(RTM_GETQDISC, 0);
  request.header(tcmsg{});
  const auto answer = netlink.socket().dump(
      request,
      [&](const nlmsghdr* message) {
        const auto* header = static_cast<const tcmsg*>(NLMSG_DATA(message));
        result.insert(fmt::format("queue {:x} of {}", header->tcm_handle, header->tcm_ifindex));
      },
      [&] { result.clear(); });
  EXPECT_TRUE(answer.ok());
  return result;
}

// eth0 ═══ far, in one namespace; frames of ours go out of eth0 and are read at far.
class EmulatorTest : public netlink::OwnNamespace {
 protected:
  void SetUp() override {
    OwnNamespace::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_wire();
  }
  void make_wire() {
    ASSERT_TRUE(must(net().add_veth("eth0", "far")));
    must(net().set_up("eth0", true));
    must(net().set_up("far", true));
    inside([&]() -> Status {
      auto reader = PacketReader::open(must(net().link("far")).index);
      if (!reader) return std::unexpected(reader.error());
      far_.emplace(*std::move(reader));
      sender_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
      sockaddr_ll address{};
      address.sll_family = AF_PACKET;
      address.sll_ifindex = must(net().link("eth0")).index;
      if (::bind(sender_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        return fail_errno("bind", errno);
      }
      return {};
    });
  }
  void inside(const std::function<Status()>& work) {
    const Status done = space_->run(work);
    ASSERT_TRUE(done) << done.error().what;
  }
  void send(uint32_t number) {
    std::vector<uint8_t> frame(kFrameSize);
    std::fill_n(frame.begin(), 6, 0xff);
    frame[6] = 2;
    frame[12] = kTestType >> 8U;
    frame[13] = kTestType & 0xffU;
    const int64_t now = wall_ns();
    std::memcpy(&frame[14], &number, sizeof(number));
    std::memcpy(&frame[18], &now, sizeof(now));
    ASSERT_EQ(::send(sender_.get(), frame.data(), frame.size(), 0), kFrameSize);
  }
  // What reaches the far end until `count` frames are there, or the deadline passes.
  std::vector<Arrival> receive(size_t count, std::chrono::milliseconds within) {
    std::vector<Arrival> result;
    const auto deadline = steady_clock::now() + within;
    while (result.size() < count) {
      while (auto frame = far_->read()) {
        const std::span<const uint8_t> bytes = frame->bytes;
        if (bytes.size() < kFrameSize || bytes[12] != kTestType >> 8U) continue;
        Arrival arrival{};
        int64_t sent = 0;
        std::memcpy(&arrival.number, &bytes[14], sizeof(arrival.number));
        std::memcpy(&sent, &bytes[18], sizeof(sent));
        arrival.latency_ns = frame->time_ns - sent;
        result.push_back(arrival);
      }
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      pollfd wait{far_->fd(), POLLIN, 0};
      if (result.size() < count &&
          ::poll(&wait, 1, static_cast<int>(std::max(left, 0ms).count())) == 0) {
        break;
      }
    }
    return result;
  }

  std::optional<PacketReader> far_;
  FileDescriptor sender_;
};

// The same for whatever does it.
class MechanismTest : public EmulatorTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    EmulatorTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const Status opened = space_->run([&]() -> Status {
      auto mechanism = std::string_view(GetParam()) == "netem"
                           ? open_netem()
                           : open_user_space([this](const AffectedFrame& frame) { note(frame); });
      if (!mechanism) return std::unexpected(mechanism.error());
      emulator_ = std::make_unique<LinkEmulator>(*std::move(mechanism));
      return {};
    });
    if (!opened && opened.error().kind == ErrorKind::kEnvironment) {
      GTEST_SKIP() << opened.error().what;
    }
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(emulator_->mechanism(), GetParam());
    before_ = inventory(net());
  }
  void TearDown() override {
    if (!emulator_) return;
    inside([&]() -> Status {
      emulator_.reset();
      return {};
    });
    EXPECT_EQ(inventory(net()), before_) << "everything is as it was";
  }
  template <typename Kind>
  void apply(const Kind& kind) {
    inside([&] { return emulator_->apply("eth0", kind); });
  }
  void clear() {
    inside([&]() -> Status {
      EXPECT_TRUE(must(emulator_->clear("eth0")));
      EXPECT_FALSE(must(emulator_->clear("eth0")));
      return {};
    });
  }
  bool observes() const { return emulator_->mechanism() == "user space"; }
  void note(const AffectedFrame& frame) {
    if (frame.bytes.size() < kFrameSize || frame.bytes[12] != kTestType >> 8U) return;
    const std::lock_guard lock(mutex_);
    uint32_t number = 0;
    std::memcpy(&number, &frame.bytes[14], sizeof(number));
    int64_t sent = 0;
    std::memcpy(&sent, &frame.bytes[18], sizeof(sent));
    noted_.push_back({number, frame.dropped, frame.held_ns, frame.time_ns - sent,
                      std::string(frame.interface), frame.bytes.size()});
    changed_.notify_all();
  }
  struct Noted {
    uint32_t number;
    bool dropped;
    int64_t held_ns;
    int64_t after_sending_ns;
    std::string interface;
    size_t size;
  };
  std::vector<Noted> noted(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 2s, [&] { return noted_.size() >= count; });
    return noted_;
  }

  std::unique_ptr<LinkEmulator> emulator_;
  std::multiset<std::string> before_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Noted> noted_;
};

TEST_P(MechanismTest, FiftyMillisecondsAreFiftyMilliseconds) {
  apply(Delay{50ms, 0us});
  constexpr uint32_t kFrames = 200;
  std::vector<Arrival> arrivals;
  std::thread receiver([&] { arrivals = receive(kFrames, 5s); });
  for (uint32_t i = 0; i < kFrames; ++i) send(i);
  receiver.join();
  ASSERT_EQ(arrivals.size(), kFrames);
  int late = 0;
  int64_t worst = 0;
  for (uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_EQ(arrivals[i].number, i) << "order is kept";
    EXPECT_GE(arrivals[i].latency_ns, 50 * kMs);
    late += arrivals[i].latency_ns > 60 * kMs ? 1 : 0;
    worst = std::max(worst, arrivals[i].latency_ns);
  }
  fmt::print("worst of {}: {:.2f} ms\n", kFrames, static_cast<double>(worst) / kMs);
  EXPECT_EQ(late, 0) << "later than 60 ms; worst " << worst << " ns";
  if (!observes()) return;
  const auto all = noted(kFrames);
  ASSERT_EQ(all.size(), kFrames);
  for (const Noted& frame : all) {
    EXPECT_FALSE(frame.dropped);
    EXPECT_GE(frame.held_ns, 50 * kMs);
    EXPECT_GE(frame.after_sending_ns, 0) << "the time is when the node handed it in";
    EXPECT_LT(frame.after_sending_ns, 10 * kMs);
    EXPECT_EQ(frame.interface, "eth0");
    EXPECT_EQ(frame.size, kFrameSize);
  }
}

TEST_P(MechanismTest, JitterVariesAndKeepsOrder) {
  apply(Delay{20ms, 10ms});
  constexpr uint32_t kFrames = 300;
  std::vector<Arrival> arrivals;
  std::thread receiver([&] { arrivals = receive(kFrames, 5s); });
  // A frame each millisecond or so, paced by the wire itself: no frame waits for the one before.
  for (uint32_t i = 0; i < kFrames; ++i) {
    send(i);
    ::poll(nullptr, 0, 1);
  }
  receiver.join();
  ASSERT_EQ(arrivals.size(), kFrames);
  int64_t least = arrivals[0].latency_ns;
  for (uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_EQ(arrivals[i].number, i);
    EXPECT_GE(arrivals[i].latency_ns, 10 * kMs);
    least = std::min(least, arrivals[i].latency_ns);
  }
  EXPECT_LT(least, 20 * kMs) << "some frames are faster than the mean";
}

TEST_P(MechanismTest, ThirtyPercentAreLost) {
  apply(Loss{30, 42});
  constexpr uint32_t kFrames = 1000;
  for (uint32_t i = 0; i < kFrames; ++i) send(i);
  // The last one is let through to tell that all others are there.
  apply(Loss{0, 1});
  send(kFrames);
  std::set<uint32_t> seen;
  while (!seen.contains(kFrames)) {
    const auto arrivals = receive(1, 3s);
    ASSERT_FALSE(arrivals.empty()) << "the last frame never came";
    for (const Arrival& arrival : arrivals) seen.insert(arrival.number);
  }
  const size_t lost = kFrames + 1 - seen.size();
  // Five standard deviations: sqrt(1000 * 0.3 * 0.7) = 14.5.
  EXPECT_NEAR(static_cast<double>(lost), 300, 73);
  if (!observes()) return;
  const auto all = noted(kFrames + 1);
  ASSERT_EQ(all.size(), kFrames + 1) << "each frame is named once";
  for (const Noted& frame : all) EXPECT_NE(frame.dropped, seen.contains(frame.number));
}

TEST_P(MechanismTest, WithoutLossNothingIsLost) {
  apply(Loss{0, 1});
  constexpr uint32_t kFrames = 5000;
  std::vector<Arrival> arrivals;
  std::thread receiver([&] { arrivals = receive(kFrames, 5s); });
  for (uint32_t i = 0; i < kFrames; ++i) send(i);
  receiver.join();
  EXPECT_EQ(arrivals.size(), kFrames);
}

TEST_P(MechanismTest, LossAndDelayTogetherAndClearedOneByOne) {
  apply(Delay{30ms, 0us});
  apply(Loss{100, 1});
  send(1);
  EXPECT_THAT(receive(1, 60ms), testing::IsEmpty());
  inside([&]() -> Status {
    EXPECT_TRUE(must(emulator_->clear("eth0", Aspect::kLoss)));
    EXPECT_FALSE(must(emulator_->clear("eth0", Aspect::kLoss)));
    return {};
  });
  send(2);
  auto arrivals = receive(1, 1s);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].number, 2U);
  EXPECT_GE(arrivals[0].latency_ns, 30 * kMs);
  clear();
  EXPECT_EQ(inventory(net()), before_);
  send(3);
  arrivals = receive(1, 1s);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_LT(arrivals[0].latency_ns, 10 * kMs);
}

TEST_P(MechanismTest, AnInterfaceThatCameBackIsImpairedAgain) {
  apply(Loss{100, 1});
  must(net().remove_link("eth0"));
  make_wire();
  send(1);
  EXPECT_EQ(receive(1, 1s).size(), 1U) << "the new one is whole";
  inside([&]() -> Status {
    EXPECT_TRUE(must(emulator_->reapply("eth0")));
    EXPECT_FALSE(must(emulator_->reapply("far")));
    return {};
  });
  send(2);
  EXPECT_THAT(receive(1, 60ms), testing::IsEmpty());
  clear();
  before_ = inventory(net());  // the new wire's index is another
  EXPECT_THAT(before_, testing::Not(testing::Contains(testing::HasSubstr("hop-"))));
}

TEST_P(MechanismTest, NonsenseIsRefused) {
  const auto refused = [&](const auto& kind, const char* interface) {
    Status result;
    inside([&]() -> Status {
      result = emulator_->apply(interface, kind);
      return {};
    });
    return result ? ErrorKind::kInternal : result.error().kind;
  };
  EXPECT_EQ(refused(Loss{101, 1}, "eth0"), ErrorKind::kInvalid);
  EXPECT_EQ(refused(Loss{-1, 1}, "eth0"), ErrorKind::kInvalid);
  EXPECT_EQ(refused(Delay{1ms, 2ms}, "eth0"), ErrorKind::kInvalid);
  EXPECT_EQ(refused(Delay{1ms, 0ms}, "eth9"), ErrorKind::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(Kernel, MechanismTest, testing::Values("netem"));
INSTANTIATE_TEST_SUITE_P(UserSpace, MechanismTest, testing::Values("user space"));

}  // namespace
}  // namespace hoplab::link_emulation
