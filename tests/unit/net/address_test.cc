#include "agents/common/net/address.h"

#include <gtest/gtest.h>

namespace hoplab::net {
namespace {

TEST(Address, TextThereAndBack) {
  EXPECT_EQ(to_string(parse_ipv4("203.0.113.10").value()), "203.0.113.10");
  EXPECT_EQ(to_string(parse_mac("02:68:00:0a:00:ff").value()), "02:68:00:0a:00:ff");
  EXPECT_EQ(to_string(parse_prefix("192.168.10.0/24").value()), "192.168.10.0/24");
  EXPECT_EQ(to_string(parse_interface_address("192.168.10.7/24").value()), "192.168.10.7/24");
}

TEST(Address, RefusesWhatIsNotExactlyOne) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", " 1.2.3.4", "1.2.3.4/24"}) {
    EXPECT_FALSE(parse_ipv4(text)) << text;
  }
  for (const char* text : {"1.2.3.4", "1.2.3.4/", "1.2.3.0/33", "1.2.3.4/24", "1.2.3.0/24x"}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
  for (const char* text : {"", "02:68:00:0a:00", "02-68-00-0a-00-ff", "02:68:00:0a:00:fg"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(Prefix, ContainsAndOverlaps) {
  const Prefix wide = parse_prefix("10.0.0.0/8").value();
  const Prefix narrow = parse_prefix("10.1.2.0/24").value();
  EXPECT_TRUE(wide.contains(narrow));
  EXPECT_FALSE(narrow.contains(wide));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_TRUE(parse_prefix("0.0.0.0/0")->contains(Ipv4{0xffffffff}));
  EXPECT_EQ(to_string(narrow.broadcast()), "10.1.2.255");
}

}  // namespace
}  // namespace hoplab::net
