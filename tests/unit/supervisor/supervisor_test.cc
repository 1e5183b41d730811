#include "agents/common/supervisor/supervisor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/supervisor/loop_thread.h"

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;
constexpr auto kRole = Supervisor::Holder::kRole;
constexpr auto kFault = Supervisor::Holder::kFault;

class SupervisorTest : public ::testing::Test {
 protected:
  ~SupervisorTest() override { supervisor_.stop(2s); }

  // Waits for a change that makes it so.
  template <typename Condition>
  bool becomes(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, condition);
  }
  bool says(const std::string& program, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    for (uint64_t seen = 0; std::chrono::steady_clock::now() < deadline;) {
      for (const auto& line : log_.after(seen, deadline)) {
        seen = line.number;
        if (line.source == program && line.text == text) return true;
      }
    }
    return false;
  }
  hoplab::v1::DaemonStatus status(size_t index) { return supervisor_.statuses().at(index); }
  static Program shell(std::string name, std::string script) {
    Program program;
    program.name = std::move(name);
    program.argv = {"/bin/sh", "-c", std::move(script)};
    return program;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  OutputLog log_;
  LoopThread thread_;
  Supervisor supervisor_{thread_.loop, thread_.children, log_, [this] {
                           const std::lock_guard lock(mutex_);
                           changed_.notify_all();
                         }};
};

TEST_F(SupervisorTest, AForgottenHoldEndsByItself) {
  supervisor_.start({shell("daemon", "exec sleep 60")});
  ASSERT_TRUE(supervisor_.hold("daemon", SIGKILL, kRole, 50ms));
  EXPECT_TRUE(becomes([&] { return supervisor_.running("daemon"); }));
  // A fault's hold has no such limit, and outlives the role's.
  ASSERT_TRUE(supervisor_.hold("daemon", SIGKILL, kFault));
  ASSERT_TRUE(supervisor_.hold("daemon", SIGKILL, kRole, 50ms));
  EXPECT_TRUE(says("agent", "nobody asked for daemon again: it is started"));
  EXPECT_FALSE(supervisor_.running("daemon"));
  ASSERT_TRUE(supervisor_.release("daemon", kFault));
  EXPECT_TRUE(becomes([&] { return supervisor_.running("daemon"); }));
}

TEST_F(SupervisorTest, AProgramThatDiesIsStartedAgain) {
  supervisor_.start({shell("daemon", "exec sleep 60")});
  EXPECT_TRUE(supervisor_.running("daemon"));
  const auto first = status(0).pid();
  ASSERT_TRUE(supervisor_.send_signal("daemon", SIGKILL));
  ASSERT_TRUE(becomes([&] { return status(0).restarts() == 1 && status(0).running(); }));
  EXPECT_NE(status(0).pid(), first);
  EXPECT_EQ(status(0).last_exit(), "signal 9 (Killed)");
}

TEST_F(SupervisorTest, APauseGrowsBetweenRestarts) {
  const auto begin = std::chrono::steady_clock::now();
  supervisor_.start({shell("crasher", "exit 7")});
  ASSERT_TRUE(becomes([&] { return status(0).restarts() == 3; }));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 700ms);  // 100 + 200 + 400
  EXPECT_LT(took, 2s);
  EXPECT_EQ(status(0).last_exit(), "status 7");
}

TEST_F(SupervisorTest, HeldDownUntilReleased) {
  supervisor_.start({shell("main", "exec sleep 60"), shell("other", "exec sleep 60")});
  EXPECT_EQ(supervisor_.hold("", SIGKILL, kFault).value(), "main");
  EXPECT_FALSE(supervisor_.running("main"));
  EXPECT_TRUE(supervisor_.running("other"));
  EXPECT_EQ(status(0).pid(), 0);
  EXPECT_FALSE(supervisor_.conditions()[0].ok());
  ASSERT_TRUE(supervisor_.hold("main", SIGTERM, kRole));
  ASSERT_TRUE(supervisor_.release("main", kFault));
  EXPECT_FALSE(supervisor_.running("main"));  // the role still holds it
  ASSERT_TRUE(supervisor_.release("main", kRole));
  EXPECT_TRUE(supervisor_.running("main"));
}

TEST_F(SupervisorTest, HoldEndsAProgramThatIgnoresTheSignal) {
  supervisor_.start({shell("deaf", "trap '' TERM; echo ready; while :; do sleep 60; done")});
  ASSERT_TRUE(says("deaf", "ready"));
  EXPECT_TRUE(supervisor_.hold("deaf", SIGTERM, kFault));
  EXPECT_EQ(status(0).pid(), 0);
}

TEST_F(SupervisorTest, AfterWaitsForTheReadyFile) {
  const std::string file = ::testing::TempDir() + "hoplab_ready" + std::to_string(::getpid());
  std::filesystem::remove(file);
  const std::string gate = file + ".gate";
  std::filesystem::remove(gate);
  auto first = shell(
      "first", "until [ -e " + gate + " ]; do sleep 0.01; done; touch " + file + "; exec sleep 60");
  first.ready_file = file;
  auto second = shell("second", "exec sleep 60");
  second.after = {"first"};
  supervisor_.start({second, first});  // the order of the list does not matter
  EXPECT_EQ(status(0).pid(), 0);
  EXPECT_FALSE(supervisor_.running("first"));
  fclose(fopen(gate.c_str(), "w"));
  ASSERT_TRUE(becomes([&] { return supervisor_.running("second"); }));
  EXPECT_TRUE(supervisor_.running("first"));
  std::filesystem::remove(file);
  std::filesystem::remove(gate);
}

TEST_F(SupervisorTest, OutputGoesToTheLog) {
  supervisor_.start({shell("talker", "echo out; echo err >&2; printf unfinished; exec sleep 60")});
  ASSERT_TRUE(becomes([&] { return status(0).running(); }));
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  uint64_t seen = 0;
  std::vector<std::string> texts;
  while (texts.size() < 2 && std::chrono::steady_clock::now() < deadline) {
    for (const auto& line : log_.after(seen, deadline)) {
      seen = line.number;
      if (line.source == "talker") texts.push_back(line.text);
    }
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"out", "err"}));
}

TEST_F(SupervisorTest, WhatCannotBeStartedIsTriedAgainAndSaysWhy) {
  Program program;
  program.name = "missing";
  program.argv = {"/no/such/daemon"};
  supervisor_.start({program});
  ASSERT_TRUE(becomes([&] { return status(0).restarts() == 1; }));
  EXPECT_NE(status(0).last_exit().find("No such file"), std::string::npos);
}

TEST_F(SupervisorTest, StopsInReverseOrder) {
  const std::string file = ::testing::TempDir() + "hoplab_stop_order" + std::to_string(::getpid());
  std::filesystem::remove(file);
  // The last takes its time: the others must wait for it.
  const auto writes = [&](const std::string& name, const std::string& time) {
    return shell(name, "trap 'sleep " + time + "; echo " + name + " >> " + file +
                           "; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  };
  supervisor_.start({writes("a", "0"), writes("b", "0.1"), writes("c", "0.2")});
  for (const auto* name : {"a", "b", "c"}) {
    ASSERT_TRUE(says(name, "ready"));
  }
  supervisor_.stop(5s);
  std::string order;
  if (FILE* in = fopen(file.c_str(), "r")) {
    for (int c = 0; (c = fgetc(in)) != EOF;) order += static_cast<char>(c);
    fclose(in);
  }
  EXPECT_EQ(order, "c\nb\na\n");
  std::filesystem::remove(file);
}

TEST_F(SupervisorTest, OneThatEndsWellAndIsNotToRestartIsFine) {
  auto once = shell("once", "exit 0");
  once.restart = false;
  supervisor_.start({once});
  ASSERT_TRUE(becomes([&] { return !status(0).last_exit().empty(); }));
  EXPECT_TRUE(supervisor_.conditions()[0].ok());
  EXPECT_EQ(status(0).restarts(), 0U);
}

}  // namespace
}  // namespace hoplab::agent
