#include "controller/report/pcapng.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace hoplab::report {
namespace {

struct Read {
  uint32_t type;
  std::string body;
};

uint32_t u32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

// Walks the blocks as a reader would, by their lengths.
std::vector<Read> blocks(const std::string& file) {
  std::vector<Read> read;
  for (size_t at = 0; at < file.size();) {
    const uint32_t length = u32(file, at + 4);
    EXPECT_EQ(length % 4, 0U);
    EXPECT_GE(length, 12U);
    EXPECT_EQ(u32(file, at + length - 4), length);
    read.push_back({u32(file, at), file.substr(at + 8, length - 12)});
    at += length;
  }
  return read;
}

void add_frame(v1::NodeCapture& capture, uint32_t interface, int64_t time_ns,
               v1::Frame::Direction direction, const std::string& data) {
  v1::Frame& frame = *capture.add_frames();
  frame.set_interface(interface);
  frame.set_time_ns(time_ns);
  frame.set_direction(direction);
  frame.set_length(1500);
  frame.set_data(data);
}

v1::Bundle bundle() {
  v1::Bundle made;
  v1::NodeCapture& client = *made.add_captures();
  client.set_node("client");
  client.add_interfaces("eth0");
  add_frame(client, 0, 0x100000003, v1::Frame::OUT, "abc");
  add_frame(client, 7, 1, v1::Frame::OUT, "an interface that is not there");
  v1::NodeCapture& router = *made.add_captures();
  router.set_node("isp1");
  router.add_interfaces("eth0");
  router.add_interfaces("eth1");
  add_frame(router, 1, 2, v1::Frame::IN, "earlier");
  v1::InterfaceCounters& counters = *router.mutable_summary()->add_interfaces();
  counters.set_interface("eth1");
  counters.set_ring_drops(12);
  made.mutable_result()->set_tls_key_log("CLIENT_RANDOM 00 11\n");
  return made;
}

// The client's frame is what hop 5 of trip 3 sent.
v1::Journey journey() {
  v1::Journey made;
  v1::Trip& trip = *made.add_trips();
  trip.set_id(3);
  v1::Hop& hop = *trip.add_hops();
  hop.set_id(5);
  hop.set_node("client");
  hop.mutable_out_frame()->set_node("client");
  return made;
}

TEST(Pcapng, NamesInterfacesThenTellsFramesInOrderOfTime) {
  std::ostringstream out;
  print_pcapng(bundle(), journey(), out);
  const auto read = blocks(out.str());
  ASSERT_EQ(read.size(), 1U + 3 + 1 + 2 + 1);
  EXPECT_EQ(read[0].type, 0x0a0d0d0aU);
  EXPECT_EQ(u32(read[0].body, 0), 0x1a2b3c4dU);
  EXPECT_NE(read[1].body.find("client:eth0"), std::string::npos);
  EXPECT_NE(read[3].body.find("isp1:eth1"), std::string::npos);
  EXPECT_EQ(read[4].type, 10U);
  EXPECT_EQ(u32(read[4].body, 4), 20U);  // the key log's length without its padding
  EXPECT_EQ(read[4].body.substr(8), "CLIENT_RANDOM 00 11\n");
  EXPECT_EQ(read[5].type, 6U);
  EXPECT_EQ(u32(read[5].body, 0), 2U);   // isp1:eth1
  EXPECT_EQ(u32(read[5].body, 8), 2U);   // time
  EXPECT_EQ(u32(read[5].body, 12), 7U);  // kept
  EXPECT_EQ(u32(read[5].body, 16), 1500U);
  EXPECT_EQ(u32(read[5].body, 20 + 8 + 4), 1U);  // inbound
  EXPECT_EQ(u32(read[6].body, 4), 1U);           // the upper half of its time
  EXPECT_EQ(u32(read[6].body, 8), 3U);
  EXPECT_EQ(u32(read[6].body, 20 + 4) & 0xffffU, 1U);  // a comment
  EXPECT_NE(read[6].body.find("trip 3, hop 5: client"), std::string::npos);
  EXPECT_EQ(u32(read[6].body, read[6].body.size() - 8), 2U);  // outbound
  EXPECT_EQ(read[5].body.find("trip"), std::string::npos) << "no hop has it";
  EXPECT_EQ(read[7].type, 5U);
  EXPECT_EQ(u32(read[7].body, 12 + 4), 12U);  // drops
}

TEST(Pcapng, AnEmptyBundleIsAnEmptySection) {
  std::ostringstream out;
  print_pcapng(v1::Bundle{}, v1::Journey{}, out);
  EXPECT_EQ(blocks(out.str()).size(), 1U);
}

}  // namespace
}  // namespace hoplab::report
