#include "controller/fault/duration.h"

#include <gtest/gtest.h>

namespace hoplab::fault {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("10m").value(), 10min);
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("1h").value(), 1h);
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("250us").value(), 250us);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("0").value(), 0s);
}

TEST(Duration, RefusesEverythingElseAndSaysHow) {
  for (const char* text :
       {"", "10", "m", "10x", "-1s", "1s1h", "1s1s", "1.2.3s", "10 m", "1e3s", "ten", "800h"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid) << text;
    EXPECT_FALSE(parsed.error().remedy.empty()) << text;
  }
}

TEST(Duration, WritesWhatAUserWouldWrite) {
  EXPECT_EQ(format_duration(10min), "10m");
  EXPECT_EQ(format_duration(90min), "1h 30m");
  EXPECT_EQ(format_duration(90s), "1m 30s");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(500ms), "500ms");
  EXPECT_EQ(format_duration(2500us), "2.5ms");
  EXPECT_EQ(format_duration(7us), "7us");
  EXPECT_EQ(format_duration(0s), "0us");
}

}  // namespace
}  // namespace hoplab::fault
