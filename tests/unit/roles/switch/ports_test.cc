#include "agents/switch/ports.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hoplab::agent::bridge {
namespace {

TEST(BridgeTable, LeavesOutTheBridgesOwnAddresses) {
  const std::string records(
      "\x02\x68\x00\x00\x00\x07\x01\x00\x05\x00\x00\x00\x00\x00\x00\x00"
      "\x02\x68\x00\x00\x00\x08\x01\x01\x05\x00\x00\x00\x00\x00\x00\x00"
      "\x02\x68\x00\x00\x00\x09\x02\x00\x05\x00\x00\x00\x01\x00\x00\x00"
      "\x02\x68\x00\x00\x00\x0a\x09\x00\x05\x00",
      58);
  const auto entries = parse_forwarding(records, {{1, "eth0"}, {0x102, "eth1"}});
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].mac(), "02:68:00:00:00:07");
  EXPECT_EQ(entries[0].interface(), "eth0");
  EXPECT_EQ(entries[1].mac(), "02:68:00:00:00:09");
  EXPECT_EQ(entries[1].interface(), "eth1");
}

TEST(BridgePort, SaysWhyItDoesNotForward) {
  const std::filesystem::path sys = std::filesystem::path(testing::TempDir()) /
                                    ("hoplab-bridge-port" + std::to_string(::getpid()));
  std::filesystem::create_directories(sys / "eth0/brport");
  std::filesystem::create_directories(sys / "eth1");
  const auto state = [&](const char* value) { std::ofstream(sys / "eth0/brport/state") << value; };
  state("3\n");
  EXPECT_EQ(why_not_forwarding(sys, "eth0"), "");
  state("0\n");
  EXPECT_EQ(why_not_forwarding(sys, "eth0"), "disabled");
  EXPECT_EQ(why_not_forwarding(sys, "eth1"), "not a port of the bridge yet");
  EXPECT_EQ(why_not_forwarding(sys, "eth2"), "the interface is not there yet");
  std::filesystem::remove_all(sys);
}

}  // namespace
}  // namespace hoplab::agent::bridge
