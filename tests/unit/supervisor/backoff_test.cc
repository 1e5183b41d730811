#include "agents/common/supervisor/backoff.h"

#include <gtest/gtest.h>

namespace hoplab::agent {
namespace {
using namespace std::chrono_literals;

TEST(Backoff, DoublesFromATenthOfASecondToFiveSeconds) {
  Backoff backoff;
  std::vector<int64_t> pauses;
  for (int i = 0; i < 8; ++i) pauses.push_back(backoff.after_run(1s).count());
  EXPECT_EQ(pauses, (std::vector<int64_t>{100, 200, 400, 800, 1600, 3200, 5000, 5000}));
}

TEST(Backoff, AStableRunIsForgiven) {
  Backoff backoff;
  for (int i = 0; i < 8; ++i) backoff.after_run(1s);
  EXPECT_EQ(backoff.after_run(10s), 100ms);
  EXPECT_EQ(backoff.after_run(9s), 200ms);
}

}  // namespace
}  // namespace hoplab::agent
