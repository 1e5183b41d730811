// Rules that a real kernel holds, read back out of a namespace of the test's own.
#include "controller/lab/rulesets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "agents/common/netlink/namespace.h"

namespace hoplab::lab {
namespace {

// nft in a namespace of its own, and the rules of that namespace.
Result<std::vector<v1::NftRule>> with(const std::string& commands) {
  auto space = netlink::NetworkNamespace::create();
  if (!space) return std::unexpected(space.error());
  Result<std::vector<v1::NftRule>> rules;
  const Status done = space->run([&]() -> Status {
    if (std::system(("set -e; " + commands).c_str()) != 0) {
      return fail(ErrorKind::kInternal, "failed: " + commands);
    }
    rules = rules_of(::gettid());  // of this thread, which is in there
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return rules;
}

class Rulesets : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (std::system("command -v nft > /dev/null") != 0) GTEST_SKIP() << "there is no nft here";
  }
};

TEST_F(Rulesets, WhatDropsRejectsAndRewrites) {
  const auto rules = with(
      "nft add table ip t; nft 'add chain ip t f { type filter hook forward priority 0; }';"
      "nft add rule ip t f ip daddr 203.0.113.0/24 tcp dport '{ 80, 1000-2000 }' counter drop;"
      "nft add rule ip t f iifname != eth0 reject; nft add rule ip t f tcp dport 22 accept;"
      "nft add rule ip t f ct state new limit rate 1/second drop;"
      "nft 'add chain ip t n { type nat hook postrouting priority 100; }';"
      "nft add rule ip t n masquerade;"
      "nft 'add chain ip t i { type filter hook input priority 0; policy drop; }'");
  ASSERT_TRUE(rules) << rules.error().what;
  ASSERT_EQ(rules->size(), 6U);
  const auto named = [&](const std::string& verdict, size_t which = 0) {
    for (const auto& r : *rules) {
      if (r.verdict() == verdict && which-- == 0) return r;
    }
    return v1::NftRule{};
  };
  const v1::NftRule policy = named("drop");
  EXPECT_EQ(policy.handle(), 0U);
  EXPECT_EQ(policy.hook(), "input");
  const v1::NftRule drop = named("drop", 1);
  EXPECT_EQ(drop.hook(), "forward");
  EXPECT_GT(drop.handle(), 0U);
  EXPECT_EQ(drop.text(),
            "ip daddr 203.0.113.0/24 tcp dport { 80, 1000-2000 } counter packets 0 bytes 0 drop");
  EXPECT_TRUE(drop.counted());
  EXPECT_TRUE(drop.matches_complete());
  ASSERT_EQ(drop.matches_size(), 2);
  EXPECT_EQ(drop.matches(0).what(), "ip daddr");
  EXPECT_EQ(drop.matches(0).values(0), "203.0.113.0/24");
  EXPECT_EQ(drop.matches(1).what(), "tcp dport");
  ASSERT_EQ(drop.matches(1).values_size(), 2);
  EXPECT_EQ(drop.matches(1).values(1), "1000-2000");
  const v1::NftRule reject = named("reject");
  ASSERT_EQ(reject.matches_size(), 1);
  EXPECT_EQ(reject.matches(0).what(), "iifname");
  EXPECT_TRUE(reject.matches(0).negated());
  EXPECT_FALSE(reject.counted());
  EXPECT_FALSE(named("drop", 2).matches_complete());  // a limit, a state
  EXPECT_EQ(named("masquerade").text(), "masquerade");
  EXPECT_EQ(named("accept").matches(0).values(0), "22");
}

// As a gateway has it for IPv6.
TEST_F(Rulesets, WhatConnectionTrackingKnows) {
  const auto rules = with(
      "nft add table ip6 t; nft 'add chain ip6 t f { type filter hook forward priority 0; }';"
      "nft add rule ip6 t f iifname wan ct state established,related counter accept;"
      "nft add rule ip6 t f icmpv6 type '{ packet-too-big, echo-request }' accept;"
      "nft add rule ip6 t f iifname wan oifname lan drop");
  ASSERT_TRUE(rules) << rules.error().what;
  ASSERT_EQ(rules->size(), 3U);
  const v1::NftRule& known = rules->at(0);
  EXPECT_TRUE(known.matches_complete());
  ASSERT_EQ(known.matches_size(), 2);
  EXPECT_EQ(known.matches(1).what(), "ct state");
  ASSERT_EQ(known.matches(1).values_size(), 2);
  EXPECT_EQ(known.matches(1).values(0), "established");
  const v1::NftRule& errors = rules->at(1);
  EXPECT_TRUE(errors.matches_complete());
  EXPECT_EQ(errors.matches(0).what(), "icmpv6 type");
  EXPECT_EQ(errors.matches(0).values(1), "echo-request");
  EXPECT_EQ(rules->at(2).matches(1).what(), "oifname");
}

TEST_F(Rulesets, ANodeWithoutAFirewallHasNone) {
  const auto rules = with("true");
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_TRUE(rules->empty());
}

TEST(RulesetText, WhatIsNoJsonIsAnError) { EXPECT_FALSE(parse_rules("nonsense", "")); }

}  // namespace
}  // namespace hoplab::lab
