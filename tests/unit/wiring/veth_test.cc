#include "controller/wiring/veth.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "agents/common/netlink/namespace.h"
#include "agents/common/netlink/netlink.h"
#include "controller/wiring/fake_wiring.h"

namespace hoplab::wiring {
namespace {

using netlink::LinkInfo;
using netlink::Netlink;
using netlink::NetworkNamespace;
using testing::HasSubstr;

// A process in a network namespace of its own, as a container's PID 1 is.
class Resident {
 public:
  Resident() {
    int pipe[2];
    if (::pipe(pipe) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const char made = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
      (void)!::write(pipe[1], &made, 1);
      for (;;) ::pause();
    }
    char made = 'n';
    (void)!::read(pipe[0], &made, 1);
    made_ = made == 'y';
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  ~Resident() { end(); }
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] int pid() const { return pid_; }

  Status inside(const std::function<Status(const Netlink&)>& work) const {
    const auto space = NetworkNamespace::of_process(pid_);
    if (!space) return std::unexpected(space.error());
    return space->run([&]() -> Status {
      const auto netlink = Netlink::open();
      if (!netlink) return std::unexpected(netlink.error());
      return work(*netlink);
    });
  }
  Result<LinkInfo> link(const std::string& name) const {
    Result<LinkInfo> result;
    const Status done = inside([&](const Netlink& netlink) -> Status {
      result = netlink.link(name);
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return result;
  }

 private:
  pid_t pid_ = 0;
  bool made_ = false;
};

class VethTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!one_.made()) GTEST_SKIP() << "needs root: no network namespace can be made";
    auto wiring = VethWiring::open();
    ASSERT_TRUE(wiring) << wiring.error().what;
    wiring_ = *std::move(wiring);
  }
  LinkEnd end(const Resident& where, std::string node, std::string interface, uint8_t last) {
    return {where.pid(), std::move(node), std::move(interface), {{2, 0x68, 0, 0, 0, last}}};
  }
  Link wire() {
    return {end(one_, "client", "eth0", 1), end(two_, "gateway", "lan", 2), 1400, "hoplab:test"};
  }
  static bool is(const Result<bool>& result, bool value) {
    if (!result) ADD_FAILURE() << result.error().what;
    return result && *result == value;
  }

  Resident one_;
  Resident two_;
  std::unique_ptr<VethWiring> wiring_;
};

TEST_F(VethTest, BothEndsAreWhereAndWhatWasAsked) {
  EXPECT_TRUE(is(wiring_->connect(wire()), true));
  const auto a = one_.link("eth0");
  const auto b = two_.link("lan");
  ASSERT_TRUE(a) << a.error().what;
  ASSERT_TRUE(b) << b.error().what;
  EXPECT_EQ(net::to_string(a->mac), "02:68:00:00:00:01");
  EXPECT_EQ(net::to_string(b->mac), "02:68:00:00:00:02");
  EXPECT_EQ(a->mtu, 1400U);
  EXPECT_EQ(b->mtu, 1400U);
  EXPECT_EQ(a->alias, "hoplab:test");
  EXPECT_EQ(b->alias, "hoplab:test");
  EXPECT_FALSE(a->admin_up);
  EXPECT_FALSE(b->admin_up);
  EXPECT_EQ(a->peer_index, b->index);
}

TEST_F(VethTest, ConnectingAndDisconnectingAgainChangesNothing) {
  EXPECT_TRUE(is(wiring_->connect(wire()), true));
  const int before = one_.link("eth0")->index;
  EXPECT_TRUE(is(wiring_->connect(wire()), false));
  EXPECT_EQ(one_.link("eth0")->index, before);
  EXPECT_TRUE(is(wiring_->disconnect(wire().b), true));
  EXPECT_FALSE(one_.link("eth0")) << "the other end went, too";
  EXPECT_TRUE(is(wiring_->disconnect(wire().b), false));
  EXPECT_TRUE(is(wiring_->disconnect(wire().a), false));
}

TEST_F(VethTest, AForeignInterfaceIsExplainedAndLeftAlone) {
  ASSERT_TRUE(two_.inside([](const Netlink& netlink) -> Status {
    const auto made = netlink.add_veth("lan", "other");
    return made ? Status{} : std::unexpected(made.error());
  }));
  const auto result = wiring_->connect(wire());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(result.error().what, HasSubstr("gateway has an interface lan already"));
  EXPECT_TRUE(two_.link("other"));
  EXPECT_FALSE(one_.link("eth0"));
  EXPECT_FALSE(wiring_->disconnect(wire().b)) << "not ours to remove";
}

TEST_F(VethTest, AHalfOfAnEarlierPairIsReplaced) {
  Resident third;
  Link earlier = wire();
  earlier.b = end(third, "old", "eth5", 9);
  EXPECT_TRUE(is(wiring_->connect(earlier), true));
  EXPECT_TRUE(is(wiring_->connect(wire()), true));
  EXPECT_EQ(one_.link("eth0")->peer_index, two_.link("lan")->index);
  EXPECT_FALSE(third.link("eth5"));
}

TEST_F(VethTest, ANodeThatIsGoneIsNamed) {
  const Link link = wire();
  two_.end();
  const auto result = wiring_->connect(link);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(result.error().what, HasSubstr("gateway:lan"));
  EXPECT_TRUE(is(wiring_->disconnect(link.b), false));
}

TEST_F(VethTest, BadNamesAndMacsAreRefused) {
  Link link = wire();
  link.a.interface = "sixteen-letters-";
  EXPECT_EQ(wiring_->connect(link).error().kind, ErrorKind::kInvalid);
  link = wire();
  link.b.mac.bytes[0] = 3;
  EXPECT_EQ(wiring_->connect(link).error().kind, ErrorKind::kInvalid);
}

TEST_F(VethTest, SixtyLinksAtOnceTakeLittle) {
  constexpr int kLinks = 60;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  std::atomic<int> made = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kLinks; i += 4) {
        const auto last = static_cast<uint8_t>(i);
        const Link link{end(one_, "a", fmt::format("eth{}", i), last),
                        end(two_, "b", fmt::format("eth{}", i), last), 1500, "hoplab:test"};
        made += wiring_->connect(link).value_or(false) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  EXPECT_EQ(made, kLinks);
  RecordProperty("us_per_link", static_cast<int>(took.count() / kLinks));
  std::printf("60 links in %.1f ms\n", static_cast<double>(took.count()) / 1000);
  EXPECT_LT(took, std::chrono::milliseconds(600)) << "six times what one machine needed";
}

TEST(FakeWiringTest, RemembersAsTheRealOneDoes) {
  FakeWiring wiring;
  Link link{{1, "a", "eth0", {}}, {2, "b", "eth0", {}}, 1500, "hoplab:x"};
  EXPECT_TRUE(*wiring.connect(link));
  EXPECT_FALSE(*wiring.connect(link));
  link.b.pid = 3;
  EXPECT_TRUE(*wiring.connect(link)) << "b was restarted";
  EXPECT_TRUE(*wiring.disconnect(link.b));
  EXPECT_FALSE(*wiring.disconnect(link.a));
}

}  // namespace
}  // namespace hoplab::wiring
