#include "agents/common/link_emulation/delay_line.h"

#include <gmock/gmock.h>

namespace hoplab::link_emulation {
namespace {

using std::chrono::microseconds;
constexpr int64_t kMs = 1'000'000;

bool accept(DelayLine& line, uint8_t number, int64_t at) {
  std::vector<uint8_t> bytes{number};
  return line.accept(bytes, at);
}

std::vector<int> released(DelayLine& line, int64_t now) {
  std::vector<int> result;
  line.release(now, [&](DelayLine::Frame& frame) { result.push_back(frame.bytes[0]); });
  return result;
}

std::vector<bool> losses(DelayLine& line, int frames) {
  std::vector<bool> result;
  for (int i = 0; i < frames; ++i) {
    result.push_back(!accept(line, 0, 0));
    released(line, DelayLine::kNever);
  }
  return result;
}

TEST(DelayLineTest, HoldsEachFrameForTheDelay) {
  DelayLine line({{}, Delay{microseconds(5000), {}}});
  EXPECT_EQ(line.next_due_ns(), DelayLine::kNever);
  ASSERT_TRUE(accept(line, 1, 10 * kMs));
  ASSERT_TRUE(accept(line, 2, 11 * kMs));
  EXPECT_EQ(line.next_due_ns(), 15 * kMs);
  EXPECT_THAT(released(line, 15 * kMs - 1), testing::IsEmpty());
  EXPECT_THAT(released(line, 15 * kMs), testing::ElementsAre(1));
  EXPECT_THAT(released(line, 16 * kMs), testing::ElementsAre(2));
}

TEST(DelayLineTest, JitterStaysInItsBoundsAndKeepsOrder) {
  constexpr int64_t kDelay = 10 * kMs;
  DelayLine line({{}, Delay{microseconds(10000), microseconds(4000)}});
  int64_t least = DelayLine::kNever;
  int64_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(accept(line, 0, 0));
    least = std::min(least, line.next_due_ns());
    most = std::max(most, line.next_due_ns());
    released(line, DelayLine::kNever);
  }
  EXPECT_GE(least, kDelay - 4 * kMs);
  EXPECT_LT(least, kDelay - 3 * kMs);
  EXPECT_LE(most, kDelay + 4 * kMs);
  EXPECT_GT(most, kDelay + 3 * kMs);
  for (uint8_t i = 0; i < 200; ++i) ASSERT_TRUE(accept(line, i, i * 1000));
  const auto order = released(line, DelayLine::kNever);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(DelayLineTest, AShorterDelayDoesNotOvertake) {
  DelayLine line({{}, Delay{microseconds(50000), {}}});
  ASSERT_TRUE(accept(line, 1, 0));
  line.change({Loss{0, 1}, {}});
  ASSERT_TRUE(accept(line, 2, 0));
  EXPECT_THAT(released(line, 49 * kMs), testing::IsEmpty());
  EXPECT_THAT(released(line, 50 * kMs), testing::ElementsAre(1, 2));
}

TEST(DelayLineTest, ASeedLosesTheSameFramesAgain) {
  DelayLine one({Loss{30, 7}, {}});
  DelayLine again({Loss{30, 7}, {}});
  DelayLine other({Loss{30, 8}, {}});
  const auto first = losses(one, 10000);
  EXPECT_EQ(first, losses(again, 10000));
  EXPECT_NE(first, losses(other, 10000));
  // Five standard deviations of the binomial distribution: sqrt(10000 * 0.3 * 0.7) = 45.8.
  EXPECT_NEAR(static_cast<double>(std::ranges::count(first, true)), 3000, 229);
}

TEST(DelayLineTest, NothingAndEverything) {
  DelayLine none({Loss{0, 1}, {}});
  EXPECT_EQ(std::ranges::count(losses(none, 1000), true), 0);
  DelayLine all({Loss{100, 1}, {}});
  EXPECT_EQ(std::ranges::count(losses(all, 1000), true), 1000);
}

TEST(DelayLineTest, ADelayAddedDoesNotStartTheLossAgain) {
  DelayLine straight({Loss{50, 3}, {}});
  DelayLine changed({Loss{50, 3}, {}});
  auto expected = losses(straight, 200);
  auto result = losses(changed, 100);
  changed.change({Loss{50, 3}, Delay{microseconds(1), {}}});
  const auto rest = losses(changed, 100);
  result.insert(result.end(), rest.begin(), rest.end());
  EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace hoplab::link_emulation
