#include "agents/common/supervisor/output_log.h"

#include <gtest/gtest.h>

#include <thread>

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;

TEST(OutputLog, AChattySourceDoesNotPushOutAQuietOne) {
  OutputLog log(10'000);
  log.append("quiet", "one line");
  for (int i = 0; i < 1000; ++i) log.append("chatty", "line " + std::to_string(i));
  const auto lines = log.tail(0);
  EXPECT_EQ(lines.front().text, "one line");
  EXPECT_EQ(lines.back().text, "line 999");
  EXPECT_LT(lines.size(), 200U);
  EXPECT_GT(lines.size(), 50U);
}

TEST(OutputLog, TailGivesTheLastLinesInOrder) {
  OutputLog log;
  for (const auto* text : {"a", "b", "c"}) log.append("p", text);
  const auto lines = log.tail(2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "b");
  EXPECT_EQ(lines[1].text, "c");
}

TEST(OutputLog, FollowingWaitsForTheNextLine) {
  OutputLog log;
  log.append("p", "before");
  std::thread writer([&] { log.append("p", "after"); });
  const auto lines = log.after(1, std::chrono::steady_clock::now() + 5s);
  writer.join();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text, "after");
  EXPECT_TRUE(log.after(2, std::chrono::steady_clock::now()).empty());
}

}  // namespace
}  // namespace hoplab::agent
