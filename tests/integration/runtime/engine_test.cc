// Against the Docker Engine of this machine; skipped, visibly, where there is none.
#include "controller/runtime/engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "agents/common/base/file_descriptor.h"
#include "controller/runtime/json_text.h"

namespace hoplab::runtime {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kImage = "hoplab/base:latest";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connected = Engine::connect();
    if (!connected) GTEST_SKIP() << connected.error().what << "; " << connected.error().remedy;
    engine_ = std::move(*connected);
    if (!engine_->image(kImage)) GTEST_SKIP() << "image " << kImage << " is not there: hoplab up";
  }
  void TearDown() override {
    if (!engine_) return;
    const auto left = engine_->list("hoplab.lab", lab_);
    ASSERT_TRUE(left) << left.error().what;
    for (const auto& container : *left) EXPECT_TRUE(engine_->remove(container.name));
  }
  ContainerSpec spec(const std::string& node) {
    return {.name = "hoplab-" + lab_ + "-" + node,
            .image = kImage,
            .hostname = node,
            .entrypoint = {"/bin/sleep", "600"},
            .environment = {"GREETING=hello there"},
            .capabilities = {"NET_ADMIN", "NET_RAW"},
            .no_new_privileges = true,
            .mounts = {{"/usr/share", "/mnt/share", true}},
            .sysctls = {{"net.ipv4.ip_forward", "1"}},
            .labels = {{"hoplab.lab", lab_}, {"hoplab.node", node}}};
  }

  const std::string lab_ = fmt::format("rt-{}", ::getpid());
  std::unique_ptr<Engine> engine_;
};

std::string status_line(int pid, const std::string& key) {
  std::ifstream in(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 2);
  }
  return "";
}

std::string whole_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(EngineTest, AContainerHasWhatItsSpecSaysAndNothingMore) {
  const auto container = engine_->create_and_start(spec("a"));
  ASSERT_TRUE(container) << container.error().what;
  EXPECT_EQ(container->state, "running");
  EXPECT_EQ(container->name, "hoplab-" + lab_ + "-a");
  ASSERT_GT(container->pid, 0);
  EXPECT_EQ(container->labels.at("hoplab.node"), "a");
  EXPECT_GT(container->started_ns, 1'700'000'000'000'000'000);

  EXPECT_EQ(status_line(container->pid, "NoNewPrivs"), "1");
  EXPECT_EQ(status_line(container->pid, "CapBnd"), "0000000000003000");  // NET_ADMIN, NET_RAW
  const std::string root = fmt::format("/proc/{}/root", container->pid);
  EXPECT_EQ(whole_file(root + "/etc/hostname"), "a\n");
  EXPECT_TRUE(std::filesystem::exists(root + "/mnt/share/zoneinfo"));
  const auto environment = whole_file(fmt::format("/proc/{}/environ", container->pid));
  EXPECT_THAT(environment, ::testing::HasSubstr("GREETING=hello there"));
  const auto devices = whole_file(fmt::format("/proc/{}/net/dev", container->pid));
  EXPECT_THAT(devices, ::testing::HasSubstr("lo:"));
  EXPECT_THAT(devices, ::testing::Not(::testing::HasSubstr("eth0")));
}

TEST_F(EngineTest, StopAndStartKeepTheContainer) {
  ASSERT_TRUE(engine_->create_and_start(spec("a")));
  const std::string name = spec("a").name;
  ASSERT_TRUE(engine_->stop(name, 0ms));
  ASSERT_TRUE(engine_->stop(name, 0ms)) << "stopping twice is no error";
  EXPECT_EQ(engine_->inspect(name)->state, "exited");
  EXPECT_EQ(engine_->inspect(name)->pid, 0);
  const auto again = engine_->start(name);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_GT(again->pid, 0);
  const auto still = engine_->start(name);
  ASSERT_TRUE(still);
  EXPECT_EQ(still->pid, again->pid);
}

TEST_F(EngineTest, ListsByLabelAndRemovesWithoutMinding) {
  ASSERT_TRUE(engine_->create_and_start(spec("a")));
  ASSERT_TRUE(engine_->create_and_start(spec("b")));
  EXPECT_EQ(engine_->list("hoplab.lab", lab_)->size(), 2u);
  EXPECT_GE(engine_->list("hoplab.lab", "")->size(), 2u);
  EXPECT_TRUE(engine_->list("hoplab.lab", "no-such-lab")->empty());
  EXPECT_TRUE(engine_->remove(spec("a").name));
  EXPECT_TRUE(engine_->remove(spec("a").name)) << "removing twice is no error";
  EXPECT_EQ(engine_->list("hoplab.lab", lab_)->size(), 1u);
  EXPECT_EQ(engine_->inspect(spec("a").name).error().kind, ErrorKind::kNotFound);
}

TEST_F(EngineTest, RemovedByManyAtOnceItIsGoneForEachOfThem) {
  ASSERT_TRUE(engine_->create_and_start(spec("a")));
  std::atomic<int> gone = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const Status removed = engine_->remove(spec("a").name);
        EXPECT_TRUE(removed) << removed.error().what;
        const auto state = engine_->inspect(spec("a").name);
        if (!state && state.error().kind == ErrorKind::kNotFound) ++gone;
      });
    }
  }
  EXPECT_EQ(gone, 8);
}

TEST_F(EngineTest, RefusalsSayWhy) {
  ASSERT_TRUE(engine_->create_and_start(spec("a")));
  const auto twice = engine_->create_and_start(spec("a"));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(twice.error().remedy, ::testing::HasSubstr("docker rm -f"));
  EXPECT_TRUE(engine_->inspect(spec("a").name)) << "the one that was there is untouched";

  auto unknown = spec("b");
  unknown.image = "hoplab/no-such-role:1";
  const auto missing = engine_->create_and_start(unknown);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);

  auto broken = spec("c");
  broken.entrypoint = {"/no/such/program"};
  const auto failed = engine_->create_and_start(broken);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, ::testing::HasSubstr("/no/such/program"));
  EXPECT_EQ(engine_->inspect(broken.name).error().kind, ErrorKind::kNotFound)
      << "what could not start does not stay";

  EXPECT_EQ(engine_->image("hoplab/no-such-role:1").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(engine_->image(kImage)->environment.empty());
}

TEST_F(EngineTest, WatchTellsOfDeathAndStart) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  auto unwatch = engine_->watch("hoplab.lab", lab_, [&](const ContainerEvent& event) {
    const std::lock_guard lock(mutex);
    seen.push_back(event.action + " " + event.name);
    changed.notify_all();
  });
  ASSERT_TRUE(unwatch) << unwatch.error().what;
  const std::string name = spec("a").name;
  ASSERT_TRUE(engine_->create_and_start(spec("a")));
  ASSERT_TRUE(engine_->remove(name));
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, 5s, [&] { return seen.size() >= 3; }));
    EXPECT_THAT(seen, ::testing::ElementsAre("start " + name, "die " + name, "destroy " + name));
  }
  const auto start = Clock::now();
  (*unwatch)();
  EXPECT_LT(seconds_since(start), 1.0);
}

// Writes a create request and is gone, as a controller killed at that moment.
void create_and_vanish(const Engine& engine, HttpClient& http, const ContainerSpec& spec) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  http.socket().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string body = create_body(spec);
  const std::string request = fmt::format(
      "POST {}?name={} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      engine.path("/containers/create"), spec.name, body.size(), body);
  ASSERT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
}

TEST_F(EngineTest, SettleOutlastsACreateWhoseCreatorIsGone) {
  for (int round = 0; round < 10; ++round) {
    const auto wanted = spec(fmt::format("s{}", round));
    create_and_vanish(*engine_, engine_->http(), wanted);
    // What else the engine does meanwhile moves the moment: first nothing, then a few requests.
    for (int i = 0; i < 4 * round; ++i) ASSERT_TRUE(engine_->list("hoplab.lab", lab_));
    const Status settled = engine_->settle(wanted.name);
    EXPECT_TRUE(settled) << settled.error().what;
    EXPECT_FALSE(engine_->inspect(wanted.name)) << "round " << round;
  }
  // Long enough after each of them for whatever was still to come.
  ASSERT_TRUE(engine_->create_and_start(spec("later")));
  EXPECT_EQ(engine_->list("hoplab.lab", lab_)->size(), 1u);
}

TEST_F(EngineTest, SettleLeavesOthersAlone) {
  auto foreign = spec("foreign");
  foreign.labels.clear();
  ASSERT_TRUE(engine_->create_and_start(foreign));
  EXPECT_TRUE(engine_->settle(foreign.name));
  EXPECT_TRUE(engine_->inspect(foreign.name));
  EXPECT_TRUE(engine_->remove(foreign.name));
}

TEST_F(EngineTest, ManyAtOnceAreNotSlowerThanOneByOne) {
  constexpr int kCount = 10;
  auto start = Clock::now();
  for (int i = 0; i < kCount; ++i) {
    const auto made = engine_->create_and_start(spec(fmt::format("one{}", i)));
    ASSERT_TRUE(made) << made.error().what;
  }
  const double one_by_one = seconds_since(start);
  start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kCount; ++i) {
      threads.emplace_back([&, i] {
        const auto made = engine_->create_and_start(spec(fmt::format("all{}", i)));
        EXPECT_TRUE(made) << made.error().what;
      });
    }
  }
  const double at_once = seconds_since(start);
  start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kCount; ++i) {
      for (const char* kind : {"one", "all"}) {
        threads.emplace_back([&, i, kind] {
          EXPECT_TRUE(engine_->remove(spec(fmt::format("{}{}", kind, i)).name));
        });
      }
    }
  }
  fmt::print(
      "{} containers: one by one {:.2f} s, at once {:.2f} s; twice as many removed in {:.2f} s\n",
      kCount, one_by_one, at_once, seconds_since(start));
  EXPECT_LT(at_once, one_by_one * 1.3);
}

}  // namespace
}  // namespace hoplab::runtime
