#include "agents/common/service/hosts_file.h"

#include <gtest/gtest.h>

namespace hoplab::agent {
namespace {

TEST(HostsFile, HasNamesWithTheirAddress) {
  const auto names = read_hosts(
      "127.0.0.1\tlocalhost\n::1 localhost ip6-localhost ip6-loopback\n"
      "# 192.0.2.1 commented\n"
      "203.0.113.11  WWW.naver.com naver.com.  # ours\n"
      "2001:db8::1 six\nnonsense\n256.1.1.1 none\n");
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].source(), "/etc/hosts");
  EXPECT_EQ(names[0].name(), "www.naver.com.");
  EXPECT_EQ(names[0].type(), "A");
  EXPECT_EQ(names[0].data(), "203.0.113.11");
  EXPECT_EQ(names[1].name(), "naver.com.");
  EXPECT_EQ(names[2].name(), "six.");
  EXPECT_EQ(names[2].type(), "AAAA");
  EXPECT_EQ(names[2].data(), "2001:db8::1");
}

}  // namespace
}  // namespace hoplab::agent
