#include "controller/report/pcap.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace hoplab::report {
namespace {

v1::FrameBatch batch() {
  v1::FrameBatch made;
  v1::Frame& whole = *made.add_frames();
  whole.set_interface(0);
  whole.set_time_ns(3'000'000'000);
  whole.set_length(4);
  whole.set_data("\x01\x02\x03\x04", 4);
  v1::Frame& snapped = *made.add_frames();
  snapped.set_interface(1);
  snapped.set_time_ns(5'000'000'007);
  snapped.set_length(1514);
  snapped.set_data("\xaa\xbb", 2);
  return made;
}

TEST(Pcap, HeaderTellsNanosecondsAndEthernet) {
  std::ostringstream out;
  const PcapWriter writer{out};
  const std::string expected{
      "\x4d\x3c\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00"
      "\x00",
      24};
  EXPECT_EQ(out.str(), expected);
}

TEST(Pcap, RecordsKeepTimeAndBothLengths) {
  std::ostringstream out;
  PcapWriter writer{out};
  writer.write(batch());
  ASSERT_EQ(out.str().size(), 24U + 16 + 4 + 16 + 2);
  EXPECT_EQ(out.str().substr(24 + 16, 4), "\x01\x02\x03\x04");
  const std::string second{
      "\x05\x00\x00\x00\x07\x00\x00\x00\x02\x00\x00\x00\xea\x05\x00\x00\xaa\xbb", 18};
  EXPECT_EQ(out.str().substr(24 + 16 + 4), second);
  EXPECT_EQ(writer.frames(), 2U);
}

TEST(Pcap, OneInterfaceCanBeSelected) {
  std::ostringstream out;
  PcapWriter writer{out, 1};
  writer.write(batch());
  EXPECT_EQ(writer.frames(), 1U);
  EXPECT_EQ(out.str().size(), 24U + 16 + 2);
}

}  // namespace
}  // namespace hoplab::report
