#include "agents/common/supervisor/spawn.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <future>

#include "agents/common/supervisor/run_command.h"
#include "tests/unit/supervisor/loop_thread.h"

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;

class RunCommand : public ::testing::Test {
 protected:
  Result<CommandResult> run(std::vector<std::string> argv,
                            std::chrono::milliseconds timeout = 10s) {
    Command command;
    command.argv = std::move(argv);
    command.environment = {"COLOUR=green"};
    return run_command(thread_.children, command, timeout);
  }
  LoopThread thread_;
};

TEST_F(RunCommand, OutputErrorsAndStatusAreToldApart) {
  const auto result = run({"sh", "-c", "echo out $COLOUR; echo err >&2; exit 3"});
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->output, "out green\n");
  EXPECT_EQ(result->error_output, "err\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST_F(RunCommand, MoreThanAPipeHolds) {
  const auto result = run({"sh", "-c", "head -c 1000000 /dev/zero"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.size(), 1'000'000U);
}

TEST_F(RunCommand, EndBySignalIsTold) {
  EXPECT_EQ(run({"sh", "-c", "kill -9 $$"})->exit_code, 137);
}

TEST_F(RunCommand, ThatItIsNotThereIsAnError) {
  const auto by_name = run({"no-such-program"});
  ASSERT_FALSE(by_name);
  EXPECT_EQ(by_name.error().kind, ErrorKind::kNotFound);
  const auto by_path = run({"/no/such/program"});
  ASSERT_FALSE(by_path);
  EXPECT_EQ(by_path.error().what, "run /no/such/program: execute: No such file or directory");
}

TEST_F(RunCommand, TheDeadlineEndsTheWholeGroup) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run({"sh", "-c", "sleep 60 & sleep 60"}, 200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kTimeout);
}

TEST_F(RunCommand, WhatStaysBehindDoesNotDelayTheAnswer) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run({"sh", "-c", "sleep 3 & echo done"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(result->output, "done\n");
}

TEST_F(RunCommand, SignalsAreAsAProgramExpectsThem) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto result = run({"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(RunCommand, DescriptorsOfTheAgentStayInTheAgent) {
  const auto result = run({"sh", "-c", "ls /proc/self/fd | wc -l"});
  EXPECT_EQ(result->output, "4\n");  // the three, and the directory itself
}

TEST(Children, OrphansAreReaped) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  {
    LoopThread thread;
    Command command;
    command.argv = {"sh", "-c", "sh -c 'sleep 0.05 & echo' >/dev/null; exit 0"};
    ASSERT_TRUE(run_command(thread.children, command, 5s));
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (thread.children.orphans() == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_GE(thread.children.orphans(), 1U);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(DescribeExit, SaysStatusOrSignal) {
  EXPECT_EQ(describe_exit(1 << 8), "status 1");
  EXPECT_EQ(describe_exit(9), "signal 9 (Killed)");
  EXPECT_EQ(exit_code_of(9), 137);
}

}  // namespace
}  // namespace hoplab::agent
