#include "controller/topology/carve.h"

#include <gtest/gtest.h>

namespace hoplab::topology {
namespace {

net::Prefix p(std::string_view text) { return *net::parse_prefix(text); }

TEST(PrefixPool, TakesTheLowestAlignedHole) {
  PrefixPool pool(p("10.0.0.0/24"));
  EXPECT_EQ(pool.take(30), p("10.0.0.0/30"));
  EXPECT_EQ(pool.take(26), p("10.0.0.64/26"));
  EXPECT_EQ(pool.take(30), p("10.0.0.4/30"));
  EXPECT_EQ(pool.take(27), p("10.0.0.32/27"));
  EXPECT_EQ(pool.take(25), p("10.0.0.128/25"));
  EXPECT_EQ(pool.take(26), std::nullopt);
  EXPECT_EQ(pool.take(24), std::nullopt);
}

TEST(PrefixPool, TakesFromTheTop) {
  PrefixPool pool(p("10.0.0.0/24"));
  EXPECT_EQ(pool.take_last(28), p("10.0.0.240/28"));
  EXPECT_EQ(pool.take_last(26), p("10.0.0.128/26"));
  EXPECT_EQ(pool.take_last(28), p("10.0.0.224/28"));
  EXPECT_EQ(pool.take_last(25), p("10.0.0.0/25"));
  EXPECT_EQ(pool.take_last(25), std::nullopt);
}

TEST(PrefixPool, ReservedPartsAreLeftOut) {
  PrefixPool pool(p("10.0.0.0/24"));
  EXPECT_TRUE(pool.reserve(p("10.0.0.2/32")));
  EXPECT_FALSE(pool.reserve(p("10.0.0.0/30")));
  EXPECT_TRUE(pool.reserve(p("10.0.0.255/32")));
  EXPECT_EQ(pool.take(30), p("10.0.0.4/30"));
  EXPECT_EQ(pool.take_last(30), p("10.0.0.248/30"));
}

TEST(PrefixPool, WorksAtTheEndOfTheAddressSpace) {
  PrefixPool pool(p("255.255.255.0/24"));
  EXPECT_EQ(pool.take_last(25), p("255.255.255.128/25"));
  EXPECT_EQ(pool.take(25), p("255.255.255.0/25"));
  EXPECT_EQ(pool.take(32), std::nullopt);
}

}  // namespace
}  // namespace hoplab::topology
