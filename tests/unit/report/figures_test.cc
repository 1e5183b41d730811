#include "controller/report/figures.h"

#include <gtest/gtest.h>

namespace hoplab::report {
namespace {

TEST(Figures, TimesKeepThreeDigits) {
  EXPECT_EQ(time_text(0), "0 µs");
  EXPECT_EQ(time_text(48'400), "48 µs");
  EXPECT_EQ(time_text(999'600), "1.0 ms");
  EXPECT_EQ(time_text(4'130'000), "4.1 ms");
  EXPECT_EQ(time_text(61'234'000), "61.2 ms");
  EXPECT_EQ(time_text(99'960'000), "100 ms");
  EXPECT_EQ(time_text(253'000'000), "253 ms");
  EXPECT_EQ(time_text(999'600'000), "1.00 s");
  EXPECT_EQ(time_text(15'000'000'000), "15.0 s");
  EXPECT_EQ(time_text(125'000'000'000), "125 s");
  EXPECT_EQ(time_text(-1), "–");
}

TEST(Figures, CountsHaveSeparators) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1630), "1,630");
  EXPECT_EQ(count_text(1234567), "1,234,567");
}

}  // namespace
}  // namespace hoplab::report
