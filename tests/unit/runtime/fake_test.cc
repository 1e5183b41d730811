#include "controller/runtime/fake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hoplab::runtime {
namespace {

ContainerSpec spec(const std::string& name) {
  return {.name = name, .image = "i", .hostname = name, .labels = {{"hoplab.lab", "l"}}};
}

TEST(FakeRuntime, LivesAndDiesAsTheEngineDoes) {
  FakeRuntime fake;
  std::vector<std::string> seen;
  auto unwatch = fake.watch("hoplab.lab", "l",
                            [&](const ContainerEvent& event) { seen.push_back(event.action); });
  EXPECT_GT(fake.create_and_start(spec("a"))->pid, 0);
  EXPECT_EQ(fake.create_and_start(spec("a")).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(fake.stop("a", std::chrono::milliseconds(1)));
  EXPECT_EQ(fake.inspect("a")->pid, 0);
  EXPECT_GT(fake.start("a")->pid, 0);
  EXPECT_EQ(fake.list("hoplab.lab", "l")->size(), 1u);
  EXPECT_TRUE(fake.list("hoplab.lab", "other")->empty());
  EXPECT_TRUE(fake.remove("a"));
  EXPECT_TRUE(fake.remove("a"));
  EXPECT_EQ(fake.inspect("a").error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(seen, ::testing::ElementsAre("start", "die", "start", "die", "destroy"));
  (*unwatch)();
  EXPECT_TRUE(fake.create_and_start(spec("b")));
  EXPECT_EQ(seen.size(), 5u);
}

TEST(FakeRuntime, APausedContainerGoesOn) {
  FakeRuntime fake;
  const int pid = fake.create_and_start(spec("a"))->pid;
  EXPECT_EQ(fake.resume("a").error().kind, ErrorKind::kInvalid);
  fake.pause("a");
  EXPECT_EQ(fake.inspect("a")->state, "paused");
  EXPECT_EQ(fake.resume("a")->state, "running");
  EXPECT_EQ(fake.inspect("a")->pid, pid);
}

TEST(FakeRuntime, FailsWhereToldAndRecords) {
  FakeRuntime fake;
  fake.fail_on("create_and_start", "b", {ErrorKind::kEnvironment, "no space", "free some"});
  EXPECT_TRUE(fake.create_and_start(spec("a")));
  EXPECT_EQ(fake.create_and_start(spec("b")).error().what, "no space");
  EXPECT_EQ(fake.specs().size(), 1u);
  EXPECT_THAT(fake.calls(), ::testing::ElementsAre("create_and_start a", "create_and_start b"));
  fake.forgive();
  EXPECT_TRUE(fake.create_and_start(spec("b")));
}

}  // namespace
}  // namespace hoplab::runtime
