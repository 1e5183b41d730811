// up, down and everything that can go wrong between them, on the smallest lab.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "controller/lab/controller_lock.h"
#include "controller/lab/paths.h"
#include "controller/runtime/engine.h"
#include "tests/integration/lab/hoplab.h"

namespace hoplab::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kTopology = HOPLAB_SOURCE_DIR "/topologies/three-routers.yaml";

class Lifecycle : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not(); !reason.empty()) GTEST_SKIP() << reason;
    hoplab({"down", kLab});
  }
  void TearDown() override {
    if (!IsSkipped()) hoplab({"down", kLab});
  }
  static constexpr const char* kLab = "test-lifecycle";
};

TEST_F(Lifecycle, UpTwiceThenDownLeavesNothing) {
  const Outcome first = hoplab({"up", kTopology, "--lab", kLab});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const Outcome second = hoplab({"up", kTopology, "--lab", kLab});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("up already"));
  const auto list = status(kLab);
  ASSERT_EQ(list.labs_size(), 1);
  for (const auto& node : list.labs(0).nodes()) {
    EXPECT_EQ(node.health().state(), v1::Health::READY) << node.node();
  }
  const Outcome down = hoplab({"down", kLab});
  EXPECT_EQ(down.exit_code, 0) << down.err;
  EXPECT_EQ(leftovers(kLab), "");
  EXPECT_EQ(hoplab({"down", kLab}).exit_code, 0) << "taking away what is not there is no error";
}

TEST_F(Lifecycle, ControllerKilledLabStaysAndIsAdopted) {
  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  const pid_t controller = lab::ControllerLock::holder(lab::Paths(kLab));
  ASSERT_GT(controller, 0);
  ASSERT_EQ(::kill(controller, SIGKILL), 0);
  const auto list = status(kLab);
  ASSERT_EQ(list.labs_size(), 1);
  for (const auto& node : list.labs(0).nodes()) EXPECT_EQ(node.container_state(), "running");
  EXPECT_NE(lab::ControllerLock::holder(lab::Paths(kLab)), controller);
  EXPECT_EQ(hoplab({"down", kLab}).exit_code, 0);
  EXPECT_EQ(leftovers(kLab), "");
}

// Nobody calls hoplab meanwhile: whoever starts the node again is the lease's own keeper.
TEST_F(Lifecycle, AStoppedNodesLeaseEndsWithItsControllerDead) {
  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  const Outcome added = hoplab({"fault", "add", "node-stop", "r2", "--for", "3s", "--lab", kLab});
  ASSERT_EQ(added.exit_code, 0) << added.err;
  const auto added_at = std::chrono::steady_clock::now();
  const auto state_of_r2 = [] {
    const auto engine = runtime::Engine::connect();
    const auto r2 = (*engine)->inspect(lab::Paths(kLab).container("r2"));
    return r2 ? r2->state : r2.error().what;
  };
  EXPECT_EQ(state_of_r2(), "exited");
  const pid_t controller = lab::ControllerLock::holder(lab::Paths(kLab));
  ASSERT_GT(controller, 0);
  ASSERT_EQ(::kill(controller, SIGKILL), 0);
  const auto deadline = added_at + std::chrono::seconds(15);
  while (state_of_r2() != "running" && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the engine is asked, not hoplab
  }
  EXPECT_EQ(state_of_r2(), "running");
  EXPECT_GE(std::chrono::steady_clock::now() - added_at, std::chrono::seconds(2)) << "too early";
  // What the keeper brought back is a whole lab again, with its wires; and the fault is gone.
  const Outcome cleared = hoplab({"fault", "clear", "--all", "--lab", kLab});
  EXPECT_EQ(cleared.exit_code, 0) << cleared.err;
  EXPECT_EQ(hoplab({"fault", "list", "--lab", kLab}).out, "");
  const auto list = status(kLab);
  ASSERT_EQ(list.labs_size(), 1);
  for (const auto& node : list.labs(0).nodes()) {
    EXPECT_EQ(node.health().state(), v1::Health::READY) << node.node();
  }
  // Ids go on where the dead controller stopped.
  const Outcome next = hoplab({"fault", "add", "link-down", "r1--r3", "--lab", kLab});
  EXPECT_EQ(next.out, "f2\n") << next.err;
}

TEST_F(Lifecycle, InterruptedUpRemovesWhatItMade) {
  Process up({"up", kTopology, "--lab", kLab});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!fs::exists(lab::Paths(kLab).intent()) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  up.signal(SIGINT);
  const Outcome outcome = up.wait(std::chrono::seconds(60));
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_EQ(leftovers(kLab), "");
}

// The command and its controller are killed at ten random moments of their work.
TEST_F(Lifecycle, KilledAtTenRandomMomentsDownLeavesNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> moment(0, 1500);
  for (int i = 0; i < 10; ++i) {
    const int after_ms = moment(random);
    SCOPED_TRACE("killed after " + std::to_string(after_ms) + " ms");
    Process up({"up", kTopology, "--lab", kLab});
    timespec wait{.tv_sec = after_ms / 1000, .tv_nsec = after_ms % 1000 * 1'000'000L};
    ::nanosleep(&wait, nullptr);
    up.signal(SIGKILL);
    if (i % 2 == 0) {  // every second time only the command dies, and its controller lives on
      if (const pid_t controller = lab::ControllerLock::holder(lab::Paths(kLab)); controller > 0) {
        ::kill(controller, SIGKILL);
      }
    }
    up.wait(std::chrono::seconds(5));
    const Outcome down = hoplab({"down", kLab});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    ASSERT_EQ(leftovers(kLab), "");
  }
}

TEST_F(Lifecycle, BadTopologyCreatesNothing) {
  const fs::path file = fs::temp_directory_path() / "hoplab-test-bad.yaml";
  std::ofstream(file) << "name: " << kLab
                      << "\nsystems:\n  a:\n    nodes:\n      x: clinet\nlinks:\n  - [x, y]\n";
  const Outcome outcome = hoplab({"up", file.string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("hoplab-test-bad.yaml:5:"));
  EXPECT_THAT(outcome.err, HasSubstr("client"));
  EXPECT_EQ(leftovers(kLab), "");
  fs::remove(file);
}

TEST_F(Lifecycle, WhatIsTypedWrongIsNamedBeforeAnythingIsDone) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"rquest", "client", "http://x/"}, "did you mean request?"},
      {{"up", kTopology, "--timeout", "0s"}, "a timeout of 0"},
      {{"up", kTopology, "--lab", ""}, "--lab"},
      {{"request", "client", "not a url"}, "\"not a url\" is no http:// or https:// address"},
      {{"request", "client", "ftp://x/"}, "hoplab trace client"},
      {{"request", "client", "https://www.naver.com:99999/"}, "is no http:// or https:// address"},
      {{"request", "client", "https://www.naver.com:0/"}, "is no http:// or https:// address"},
      {{"request", "client", "https://[::1/"}, "is no http:// or https:// address"},
      {{"request", "client", "https://user@/"}, "is no http:// or https:// address"},
      {{"request", "client", "https://-x/"}, "is no http:// or https:// address"},
      {{"request", "client", "https://[12:34]/"}, "is no http:// or https:// address"},
      {{"request", "client", "http://2001:db8::1/x"},
       "in brackets (RFC 3986, section 3.2.2): http://[2001:db8::1]/x"},
      {{"request", "client", "2001:db8::1"}, "http://[2001:db8::1]"},
      {{"fault", "ad"}, "did you mean add?"},
      {{"request", "client", "http://x/", "-o", "/nowhere/report"}, "cannot write /nowhere/report"},
      {{"request", "client", "http://x/", "-o", "/tmp"}, "/tmp is a folder"},
  };
  for (const auto& [words, said] : wrong) {
    const Outcome outcome = hoplab(words);
    EXPECT_EQ(outcome.exit_code, 2) << said;
    EXPECT_THAT(outcome.err, HasSubstr(said));
  }
  EXPECT_EQ(leftovers(kLab), "");
}

TEST_F(Lifecycle, OutputThatDoesNotArriveIsNoSuccess) {
  const std::string command = binary() + " validate " + kTopology + " 2>/dev/null >/dev/full";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(Lifecycle, NoDockerIsTheEnvironmentsFault) {
  ::setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
  const Outcome outcome = hoplab({"up", kTopology, "--lab", kLab});
  ::unsetenv("DOCKER_HOST");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/docker.sock"));
  EXPECT_EQ(leftovers(kLab), "");
}

TEST_F(Lifecycle, NameTakenByAnotherContainer) {
  const std::string name = lab::Paths(kLab).container("r2");
  ASSERT_EQ(std::system(("docker create --name " + name + " hoplab/base true >/dev/null").c_str()),
            0);
  const Outcome outcome = hoplab({"up", kTopology, "--lab", kLab});
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(name));
  EXPECT_EQ(leftovers(kLab), "");
  EXPECT_EQ(std::system(("docker rm " + name + " >/dev/null").c_str()), 0)
      << "it is not ours to remove";
}

TEST_F(Lifecycle, DiskFull) {
  const fs::path full = fs::temp_directory_path() / "hoplab-test-full";
  fs::create_directories(full);
  ASSERT_EQ(::mount("none", full.c_str(), "tmpfs", 0, "size=4k,nr_inodes=2"), 0);
  ::setenv("HOPLAB_STATE", (full / "labs").c_str(), 1);
  const Outcome outcome = hoplab({"up", kTopology, "--lab", kLab});
  ::unsetenv("HOPLAB_STATE");
  ::umount(full.c_str());
  fs::remove(full);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("room"));
  EXPECT_EQ(leftovers(kLab), "");
}

TEST_F(Lifecycle, ContainerRestartedBehindOurBackIsWiredAgain) {
  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  const auto engine_name = lab::Paths(kLab).container("r2");
  ASSERT_EQ(std::system(("docker restart -t 1 " + engine_name + " >/dev/null").c_str()), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  bool ready = false;
  while (!ready && std::chrono::steady_clock::now() < deadline) {
    const auto list = status(kLab);
    ready =
        list.labs_size() == 1 && std::ranges::all_of(list.labs(0).nodes(), [](const auto& node) {
          return node.health().state() == v1::Health::READY;
        });
  }
  EXPECT_TRUE(ready);
}

// Waits until the controller has heard of it.
bool container_becomes(const std::string& lab, const std::string& node, const std::string& state) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto list = status(lab);
    for (const auto& entry : list.labs(0).nodes()) {
      if (entry.node() == node && entry.container_state() == state) return true;
    }
  }
  return false;
}

TEST_F(Lifecycle, APausedContainerIsNamedAndUpResumesIt) {
  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  const auto pause = [](const std::string& node) {
    return std::system(
        ("docker pause " + lab::Paths(kLab).container(node) + " >/dev/null").c_str());
  };
  ASSERT_EQ(pause("web"), 0);
  ASSERT_TRUE(container_becomes(kLab, "web", "paused"));
  const auto failed = journey(kLab, "http://web.campus.test/", {"--timeout", "2s"});
  ASSERT_GT(failed.verdict().culprits_size(), 0);
  EXPECT_EQ(failed.verdict().culprits(0).node(), "web");
  EXPECT_THAT(failed.verdict().culprits(0).cause().args().at("reason"),
              HasSubstr("its container is paused"));

  ASSERT_EQ(pause("client"), 0);
  ASSERT_TRUE(container_becomes(kLab, "client", "paused"));
  const Outcome refused = hoplab({"request", "client", "http://web.campus.test/", "--lab", kLab});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("client is paused"));
  EXPECT_THAT(refused.err, HasSubstr("docker unpause"));

  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  EXPECT_EQ(journey(kLab, "http://web.campus.test/").verdict().result(), v1::Verdict::OK);
}

// Stopped by a signal, it listens as before and says nothing: it is waited for once and left out.
TEST_F(Lifecycle, AnAgentThatDoesNotAnswerIsLeftOut) {
  ASSERT_EQ(hoplab({"up", kTopology, "--lab", kLab}).exit_code, 0);
  int agent = 0;
  const auto list = status(kLab);
  for (const auto& node : list.labs(0).nodes()) {
    if (node.node() == "r2") agent = node.pid();
  }
  ASSERT_GT(agent, 0);
  ASSERT_EQ(::kill(agent, SIGSTOP), 0);
  const auto seen = journey(kLab, "http://web.campus.test/", {"--warm"});
  ASSERT_EQ(::kill(agent, SIGCONT), 0);
  EXPECT_THAT(seen.completeness().silent_nodes(), testing::ElementsAre("r2"));
  EXPECT_EQ(seen.verdict().result(), v1::Verdict::DEGRADED) << "its kernel forwards as before";
  ASSERT_GT(seen.verdict().culprits_size(), 0);
  EXPECT_EQ(seen.verdict().culprits(0).node(), "r2");
}

}  // namespace
}  // namespace hoplab::test
