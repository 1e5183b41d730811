// Builds on the Docker Engine of this machine; skipped, visibly, where there is none.
#include "controller/runtime/images.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hoplab::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ImagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connected = Engine::connect();
    if (!connected) GTEST_SKIP() << connected.error().what << "; " << connected.error().remedy;
    engine_ = std::move(*connected);
    if (!engine_->image("hoplab/base:latest")) GTEST_SKIP() << "no image hoplab/base: hoplab up";
    fs::create_directories(directory_ / role_);
  }
  void TearDown() override {
    fs::remove_all(directory_);
    for (const auto& reference : made_) {
      (void)engine_->http().call("DELETE", engine_->path("/images/" + percent_encode(reference)),
                                 {}, 10s);
    }
  }
  void dockerfile(const std::string& steps) {
    std::ofstream(directory_ / role_ / "Dockerfile") << "FROM debian:bookworm-slim\n" << steps;
  }
  Result<std::map<std::string, std::string>> ensure(const std::set<std::string>& roles) {
    lines_.clear();
    auto result =
        ensure_images(*engine_, directory_, roles,
                      [&](const std::string&, const std::string& line) { lines_.push_back(line); });
    if (result) {
      for (const auto& [role, reference] : *result) {
        made_.insert(reference);
        made_.insert("hoplab/" + role + ":latest");
      }
    }
    return result;
  }

  const std::string role_ = fmt::format("rt-test-{}", ::getpid());
  const fs::path directory_ = fs::temp_directory_path() / ("hoplab-" + role_);
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> lines_;
  std::set<std::string> made_;
};

TEST_F(ImagesTest, BuiltOnceAndThenFoundAndRebuiltWhenItsFileChanges) {
  if (!engine_->image("debian:bookworm-slim")) GTEST_SKIP() << "no debian:bookworm-slim";
  dockerfile("RUN echo first words\nLABEL a=1\n");
  const auto first = ensure({role_});
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_THAT(lines_, ::testing::Contains(HasSubstr("first words")));
  EXPECT_TRUE(engine_->image(first->at(role_)));
  EXPECT_TRUE(engine_->image("hoplab/" + role_ + ":latest"));

  const auto again = ensure({role_});
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *first);
  EXPECT_TRUE(lines_.empty()) << lines_.front();

  dockerfile("RUN echo second words\n");
  const auto changed = ensure({role_});
  ASSERT_TRUE(changed);
  EXPECT_NE(changed->at(role_), first->at(role_));
  EXPECT_THAT(lines_, ::testing::Contains(HasSubstr("second words")));
}

TEST_F(ImagesTest, AFailedStepIsShown) {
  if (!engine_->image("debian:bookworm-slim")) GTEST_SKIP() << "no debian:bookworm-slim";
  dockerfile("RUN echo the reason is here && false\n");
  const auto failed = ensure({role_});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, HasSubstr("the reason is here"));
  EXPECT_THAT(failed.error().what, HasSubstr("non-zero code"));
  EXPECT_FALSE(engine_->image("hoplab/" + role_ + ":latest"));
}

TEST_F(ImagesTest, StopBreaksABuildOff) {
  if (!engine_->image("debian:bookworm-slim")) GTEST_SKIP() << "no debian:bookworm-slim";
  dockerfile("RUN echo begun && sleep 100\n");
  std::stop_source stop;
  const auto start = std::chrono::steady_clock::now();
  const auto stopped = ensure_images(
      *engine_, directory_, {role_},
      [&](const std::string&, const std::string& line) {
        if (line == "begun") stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::kInterrupted) << stopped.error().what;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

}  // namespace
}  // namespace hoplab::runtime
