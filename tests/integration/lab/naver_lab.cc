#include "tests/integration/lab/naver_lab.h"

namespace hoplab::test {
namespace {

// Brought up once, before the first test that needs it; taken away after the last.
class Environment : public testing::Environment {
 public:
  static std::string& problem() {
    static std::string text = "not started";
    return text;
  }
  void SetUp() override {
    problem() = why_not();
    if (!problem().empty()) return;
    hoplab({"down", NaverLab::kLab});
    const Outcome up =
        hoplab({"up", HOPLAB_SOURCE_DIR "/topologies/naver.yaml", "--lab", NaverLab::kLab},
               std::chrono::seconds(400));
    ASSERT_EQ(up.exit_code, 0) << up.err;
  }
  void TearDown() override {
    if (!problem().empty()) return;
    const Outcome down = hoplab({"down", NaverLab::kLab});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    EXPECT_EQ(leftovers(NaverLab::kLab), "");
  }
};

[[maybe_unused]] auto* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

}  // namespace

void NaverLab::SetUp() {
  if (!Environment::problem().empty()) GTEST_SKIP() << Environment::problem();
}

}  // namespace hoplab::test
