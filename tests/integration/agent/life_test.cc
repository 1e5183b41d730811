// A node's agent from start to end: gating, logs, orphans, memory, termination.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::Health;
using std::chrono::seconds;

class Life : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = missing({"hoplab/client"}); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(Life, WaitsForItsSpecThenForItsWireThenIsReady) {
  const AgentContainer a("life-a", "hoplab/client");
  const AgentContainer b("life-b", "hoplab/client");
  ASSERT_TRUE(a.reachable() && b.reachable());
  EXPECT_EQ(a.health().state(), Health::WAITING);
  EXPECT_EQ(a.health().waiting_for(), "configuration: none was given yet");

  auto spec = a.spec("eth0", "192.0.2.1/24", "life-b");
  spec.mutable_container()->add_command("sleep");
  spec.mutable_container()->add_command("1000");
  spec.add_name_servers("192.0.2.53");
  EXPECT_TRUE(a.configure(spec).changed());
  EXPECT_FALSE(a.configure(spec).changed());
  EXPECT_TRUE(a.becomes(Health::WAITING, [](const Health& health) {
    return health.waiting_for() == "interface eth0: the wire to life-b is not there yet";
  }));
  EXPECT_EQ(a.health().daemons_size(), 0);

  auto other = b.spec("eth0", "192.0.2.2/24", "life-a");
  other.mutable_container();
  b.configure(other);
  connect(a, b);
  EXPECT_TRUE(a.becomes(Health::READY));
  EXPECT_TRUE(b.becomes(Health::READY));
  EXPECT_EQ(a.run("cat /etc/resolv.conf").output, "nameserver 192.0.2.53\n");

  spec.set_system("another");
  hoplab::v1::ConfigureReply reply;
  EXPECT_EQ(a.stub().Configure(within(seconds(5)).get(), spec, &reply).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TwoNodes, LogsHaveWhatProgramsSaidAndFollow) {
  ASSERT_TRUE(right_->says("sh", "daemon is up"));
  const auto context = within(seconds(10));
  hoplab::v1::LogsRequest request;
  request.set_follow(true);
  request.set_tail(1);
  const auto stream = right_->stub().Logs(context.get(), request);
  hoplab::v1::LogLine line;
  ASSERT_TRUE(stream->Read(&line));
  right_->run("kill " + std::to_string(right_->health().daemons(0).pid()));
  bool again = false;
  while (!again && stream->Read(&line)) again = line.text() == "daemon is up";
  EXPECT_TRUE(again);
  context->TryCancel();
  stream->Finish();
}

TEST_F(TwoNodes, OrphansDoNotStayAsZombies) {
  left_->run("for i in 1 2 3 4 5; do (sleep 0.05 &) ; done; sleep 0.2");
  std::string zombies = "?";
  for (int i = 0; i < 20 && zombies != "0\n"; ++i) {
    zombies = left_->run("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l").output;
  }
  EXPECT_EQ(zombies, "0\n");
}

TEST_F(TwoNodes, TheKernelsStateIsInTheSnapshot) {
  left_->run("ping -c 1 192.0.2.2");
  hoplab::v1::SnapshotRequest request;
  request.set_routes(true);
  hoplab::v1::NodeState state;
  ASSERT_TRUE(left_->stub().Snapshot(within(seconds(5)).get(), request, &state).ok());
  const auto has_route = std::ranges::any_of(
      state.routes(), [](const auto& route) { return route.prefix() == "192.0.2.0/24"; });
  EXPECT_TRUE(has_route);
  ASSERT_GE(state.neighbors_size(), 1);
  EXPECT_EQ(state.neighbors(0).mac(), "02:68:00:00:00:02");

  hoplab::v1::ForgetRequest forget;
  forget.set_neighbors(true);
  hoplab::v1::ForgetReply forgotten;
  ASSERT_TRUE(left_->stub().Forget(within(seconds(5)).get(), forget, &forgotten).ok());
  ASSERT_TRUE(left_->stub().Snapshot(within(seconds(5)).get(), request, &state).ok());
  EXPECT_EQ(state.neighbors_size(), 0);
}

TEST_F(TwoNodes, AnAgentIsSmall) {
  std::ifstream rollup("/proc/" + std::to_string(left_->pid()) + "/smaps_rollup");
  long pss = 0;
  long anonymous = 0;
  for (std::string line; std::getline(rollup, line);) {
    std::sscanf(line.c_str(), "Pss: %ld", &pss);
    std::sscanf(line.c_str(), "Pss_Anon: %ld", &anonymous);
  }
  RecordProperty("pss_kib", static_cast<int>(pss));
  RecordProperty("anonymous_kib", static_cast<int>(anonymous));
  std::printf("PSS %ld KiB, of which anonymous %ld KiB\n", pss, anonymous);
  EXPECT_GT(pss, 0);
  EXPECT_LE(pss, 8 * 1024);
  EXPECT_LE(anonymous, 2 * 1024);
}

TEST_F(Life, WhatADyingAgentSaysStaysAndTheNextOneTellsIt) {
  const AgentContainer node("life-words", "hoplab/client");
  ASSERT_TRUE(node.reachable());
  const auto words = node.folder() / "last-words";
  ASSERT_TRUE(std::filesystem::exists(words));
  shell("echo terminate called > /proc/" + std::to_string(node.pid()) + "/fd/2");
  shell("docker restart -t 1 " + node.container());
  std::vector<std::string> lines;
  for (int i = 0; i < 100 && lines.empty(); ++i) {  // the call breaks off with the first agent
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    lines = node.logs();
  }
  EXPECT_THAT(lines,
              ::testing::Contains("agent: the agent before this one said: terminate called"));
  EXPECT_EQ(std::filesystem::file_size(words), 0U);
}

TEST_F(Life, ATermSignalStopsProgramsAndThenTheContainer) {
  const AgentContainer node("life-term", "hoplab/client");
  ASSERT_TRUE(node.reachable());
  hoplab::v1::NodeSpec spec;
  spec.set_node("life-term");
  for (const auto* word : {"sh", "-c",
                           "trap 'echo stopped > /run/hoplab/said; exit 0' TERM; echo armed; while "
                           ":; do sleep 0.02; done"}) {
    spec.mutable_container()->add_command(word);
  }
  node.configure(spec);
  ASSERT_TRUE(node.becomes(Health::READY));
  ASSERT_TRUE(node.says("sh", "armed"));
  // The signal straight to it: docker stop would measure the engine too.
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(::kill(node.pid(), SIGTERM), 0);
  while (std::filesystem::exists("/proc/" + std::to_string(node.pid()) + "/exe") &&
         std::chrono::steady_clock::now() - begin < seconds(8)) {
    std::this_thread::yield();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
  shell("docker wait " + node.container());
  EXPECT_EQ(shell("docker inspect -f '{{.State.ExitCode}}' " + node.container()), "0");
  EXPECT_EQ(shell("cat /tmp/agenttest-life-term-*/said"), "stopped");
}

}  // namespace
}  // namespace hoplab::agenttest
