#include "agents/common/net/ip_address.h"

#include <gtest/gtest.h>

#include <array>

namespace hoplab::net {
namespace {

TEST(IpAddress, TextThereAndBackInEitherVersion) {
  for (const char* text : {"203.0.113.10", "2001:db8::1", "fe80::68ff:fe00:1", "::", "::1"}) {
    EXPECT_EQ(to_string(parse_ip(text).value()), text);
  }
  EXPECT_EQ(to_string(parse_ip("2001:DB8:0:0::0001").value()), "2001:db8::1");
  EXPECT_EQ(to_string(parse_ip_prefix("2001:db8:40::/44").value()), "2001:db8:40::/44");
  EXPECT_EQ(to_string(parse_ip_prefix("10.0.0.0/8").value()), "10.0.0.0/8");
  EXPECT_EQ(to_string(parse_ip_interface_address("2001:db8::7/64").value()), "2001:db8::7/64");
}

TEST(IpAddress, RefusesWhatIsNotExactlyOne) {
  for (const char* text : {"", "2001:db8::1::2", "1.2.3", "2001:db8::g", "2001:db8::1/64"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
  for (const char* text : {"2001:db8::", "2001:db8::/129", "2001:db8::1/64", "1.2.3.0/33"}) {
    EXPECT_FALSE(parse_ip_prefix(text)) << text;
  }
}

TEST(IpAddress, AVersionKnowsItself) {
  const IpAddress v4 = parse_ip("0.0.0.0").value();
  const IpAddress v6 = parse_ip("::").value();
  EXPECT_TRUE(v4.is_v4());
  EXPECT_FALSE(v4.is_v6());
  EXPECT_FALSE(v6.is_v4());
  EXPECT_TRUE(v4.is_unspecified());
  EXPECT_TRUE(v6.is_unspecified());
  EXPECT_NE(v4, v6);
  EXPECT_TRUE(parse_ip("224.0.0.5")->is_multicast());
  EXPECT_TRUE(parse_ip("ff02::1")->is_multicast());
  EXPECT_FALSE(parse_ip("2001:db8::1")->is_multicast());
  EXPECT_TRUE(parse_ip("fe80::1")->is_link_local());
  EXPECT_TRUE(parse_ip("febf::1")->is_link_local());
  EXPECT_FALSE(parse_ip("fec0::1")->is_link_local());
}

TEST(IpAddress, OctetsOfAHeader) {
  constexpr std::array<uint8_t, 16> kSix{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  constexpr std::array<uint8_t, 4> kFour{192, 0, 2, 1};
  EXPECT_EQ(ip_address(kSix), parse_ip("2001:db8::5"));
  EXPECT_EQ(ip_address(kFour), parse_ip("192.0.2.1"));
  EXPECT_TRUE(ip_address(std::span(kSix).first(5)).is_unspecified());
}

TEST(IpAddress, ThePrefixesOfTheVersionsDoNotMix) {
  const IpPrefix any4 = parse_ip_prefix("0.0.0.0/0").value();
  const IpPrefix any6 = parse_ip_prefix("::/0").value();
  EXPECT_TRUE(any4.contains(*parse_ip("10.1.2.3")));
  EXPECT_FALSE(any4.contains(*parse_ip("2001:db8::1")));
  EXPECT_TRUE(any6.contains(*parse_ip("2001:db8::1")));
  EXPECT_FALSE(any6.contains(*parse_ip("10.1.2.3")));
  const IpPrefix odd = parse_ip_prefix("2001:db8:0:8000::/49").value();
  EXPECT_TRUE(odd.contains(*parse_ip("2001:db8:0:ffff::1")));
  EXPECT_FALSE(odd.contains(*parse_ip("2001:db8:0:7fff::1")));
  const IpPrefix narrow = parse_ip_prefix("2001:db8::10/124").value();
  EXPECT_TRUE(narrow.contains(*parse_ip("2001:db8::1f")));
  EXPECT_FALSE(narrow.contains(*parse_ip("2001:db8::20")));
  EXPECT_TRUE(parse_ip_prefix("2001:db8::/32")->overlaps(narrow));
  EXPECT_FALSE(odd.overlaps(narrow));
}

// RFC 4291, appendix A: the universal/local bit is inverted, ff:fe is put in the middle.
TEST(IpAddress, LinkLocalFromAMac) {
  EXPECT_EQ(to_string(link_local(*parse_mac("02:68:00:0a:00:ff"))), "fe80::68:ff:fe0a:ff");
  EXPECT_EQ(to_string(link_local(*parse_mac("34:56:78:9a:bc:de"))), "fe80::3656:78ff:fe9a:bcde");
}

}  // namespace
}  // namespace hoplab::net
