// Where a packet's way ends or begins without anybody knowing more, and frames that are no part of
// the journey: each sentence where it belongs.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

const std::string kNoOrigin = "hop.no_origin";

void lose_capture(SmallLab& lab, const std::string& node) {
  auto& capture = lab.capture(node);
  capture.clear_frames();
  for (auto& counters : *capture.mutable_summary()->mutable_interfaces()) {
    counters.set_ring_drops(3);
  }
}

// The router's capture broke off while the emulator still held the packet for it.
TEST(EndSaid, ANodeThatBreaksOffWhileAPacketIsHeldForItIsNotToldToHaveLostIt) {
  SmallLab lab;
  lab.outward("server", kServer, udp_hello());
  lab.lose = {1};
  lab.outward("server", kServer, udp_hello());
  const auto& gw = lab.capture("gw");
  const v1::Frame left = gw.frames(gw.frames_size() - 1);
  ASSERT_EQ(left.direction(), v1::Frame::OUT);
  auto& event = *lab.capture("gw").add_events();
  event.set_time_ns(left.time_ns());
  auto& held = *event.mutable_impairment();
  held.set_interface("wan");
  held.set_frame(left.data());
  held.set_delay_ns(50'000'000);
  lab.now += 10'000'000;
  lab.ospf_hello();  // the last thing heard of it
  lab.capture("r").set_unreachable("the capture ended: Socket closed");
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(1).outcome(), v1::Trip::UNKNOWN);
  EXPECT_THAT(told_at(j, "gw"), Contains(says("hop.peer_silent", {{"peer", "r"}})));
  EXPECT_THAT(told_at(j, "gw"), Not(Contains(HasKey(std::string("hop.lost_on_link")))));
}

// Two nodes in a row miss everything: what lies between is not known, that it is one packet is.
TEST(EndSaid, APacketGoesOnBehindAHoleOfTwoNodes) {
  SmallLab lab;
  lab.outward("server", kServer, udp_hello());
  lose_capture(lab, "gw");
  lose_capture(lab, "r");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(0).merged_into(), j.trips(1).id());
  EXPECT_THAT(told_at(j, "sw"), Contains(says("hop.goes_on", {{"packet", "2"}})));
  EXPECT_EQ(j.trips(0).destination(), "server");
  // Where the second came from is known: from the first.
  EXPECT_THAT(told_at(j, "r", ""), Not(Contains(HasKey(kNoOrigin))));
}

// Of the answer nothing was seen before the LAN.
void answer_from_nowhere(SmallLab& lab, const Transport& t) {
  lab.inward("server", kServer, t);
  for (const char* node : {"server", "r"}) lose_capture(lab, node);
  auto& gw = *lab.capture("gw").mutable_frames();
  for (int i = gw.size() - 1; i >= 0; --i) {
    if (gw.Get(i).interface() == 1) gw.DeleteSubrange(i, 1);
  }
  lab.capture("gw").mutable_summary()->mutable_interfaces(1)->set_ring_drops(1);
}

TEST(EndSaid, AnAnswerWhoseBeginningWasMissedHasNoOrigin) {
  SmallLab lab;
  lab.outward("server", kServer, first_syn());
  answer_from_nowhere(lab, {6, 80, 50000, 9000, 1001, 18, {}, {}});
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(1).origin(), "");
  EXPECT_EQ(j.trips(1).hops(0).node(), "gw");
  EXPECT_THAT(told_at(j, "gw", ""), Contains(says(kNoOrigin)));
  EXPECT_THAT(told_at(j, "sw", ""), Not(Contains(HasKey(kNoOrigin))));
  EXPECT_THAT(told_at(j, "client", "client"), Not(Contains(HasKey(kNoOrigin))));
}

TEST(EndSaid, WhatBelongsToNothingAndCameFromNowhereIsLeftOverForThat) {
  SmallLab lab;
  answer_from_nowhere(lab, {17, 9, 7777, 0, 0, 0, {}, "unasked"});
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips_size(), 0);
  ASSERT_EQ(j.completeness().left_overs_size(), 1);
  const v1::LeftOver& left = j.completeness().left_overs(0);
  EXPECT_THAT(left.reason(), says("leftover.no_origin"));
  EXPECT_EQ(left.frames(), 4U);  // gw, in and out of sw, client
  EXPECT_EQ(left.examples(0).node(), "gw");
}

TEST(EndSaid, WhatWasSentAsTheRecordingEndedIsNotLost) {
  SmallLab lab;
  lab.lose = {0};
  lab.outward("server", kServer, udp_hello());
  lab.now -= lab.crossing + 1;  // just before the gateway sent it on
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::UNKNOWN);
  EXPECT_THAT(told_at(j, "gw"), Contains(says("hop.capture_ended")));
  EXPECT_THAT(told_at(j, "gw"), Not(Contains(HasKey(std::string("hop.lost_on_link")))));
}

TEST(EndSaid, AFullQueueIsToldWhereAPacketWentNowhere) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, udp_hello());
  auto& counters = *lab.capture("r").mutable_summary()->mutable_interfaces(1);
  ASSERT_EQ(counters.interface(), "eth1");
  counters.set_qdisc_drops(3);
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_THAT(told_at(j, "r"),
              Contains(says("hop.qdisc_drops", {{"drops", "3"}, {"interface", "eth1"}})));
  const v1::Culprit culprit = culprit_of(j, "cause.link_loss");
  EXPECT_EQ(culprit.node(), "r") << j.verdict().DebugString();
  EXPECT_EQ(culprit.interface(), "eth1");
  EXPECT_THAT(proofs(culprit),
              Contains(says("evidence.qdisc_drops", {{"count", "3"}, {"interface", "eth1"}})));
}

// Longer when it left than when it arrived: its header promises more than came.
TEST(EndSaid, AFrameThatArrivesCutShortIsMalformedThere) {
  SmallLab lab;
  const Octets frame =
      ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
               ipv4(kClient, kGatewayLan, 64, 7, {17, 1111, 9, 0, 0, 0, {}, Octets(200, 'x')}));
  const Octets cut = frame.substr(0, 96);
  lab.record("client", "eth0", true, cut).set_length(static_cast<uint32_t>(frame.size()));
  lab.record("sw", "p1", false, cut);
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::UNKNOWN);
  EXPECT_THAT(told_at(j, "sw"),
              Contains(says("hop.malformed", {{"what", "IPv4 datagram cut short"}})));
  EXPECT_THAT(told_at(j, "client"), Not(Contains(HasKey(std::string("hop.malformed")))));
}

// The router asks for the MAC of a server that does not exist; the packet stays with it.
TEST(EndSaid, APacketThatNobodysMacCameForIsToldWithTheQuestions) {
  SmallLab lab;
  outward_as_far_as_router(lab, 0xcb007163, first_syn());
  const uint64_t r = SmallLab::mac("r", "eth1");
  for (int i = 0; i < 3; ++i) {
    const Octets asked = ethernet(0xffffffffffff, r, 0x0806, arp(1, r, 0xcb007101, 0, 0xcb007163));
    lab.record("r", "eth1", true, asked);
    lab.record("server", "eth0", false, asked);
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_THAT(told_at(j, "r"),
              Contains(says("arp.unanswered", {{"address", "203.0.113.99"}, {"tries", "3"}})));
  EXPECT_THAT(told_at(j, "gw"), Not(Contains(HasKey(std::string("arp.unanswered")))));
  const v1::Exchange asked = exchange_of(j, "arp");
  EXPECT_EQ(asked.client(), "r");
  EXPECT_EQ(asked.status(), v1::Exchange::FAILED);
}

TEST(EndSaid, SpanningTreeAndLldpAreTheBridgesOwn) {
  SmallLab lab;
  const Octets bpdu = ethernet(0x0180c2000000, SmallLab::mac("sw", "p1"), 38,
                               Octets("\x42\x42\x03", 3) + Octets(35, '\0'));
  const Octets lldp = ethernet(0x0180c200000e, SmallLab::mac("sw", "p1"), 0x88cc,
                               Octets("\x02\x07\x04\x02\0\0\0\0\x01\0\0", 11));
  for (const Octets& frame : {bpdu, lldp}) {
    lab.record("sw", "p1", true, frame);
    lab.record("client", "eth0", false, frame);
  }
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.completeness().background_kinds_size(), 1);
  EXPECT_THAT(j.completeness().background_kinds(0).reason(), says("background.bridge"));
  EXPECT_EQ(j.completeness().background_kinds(0).frames(), 4U);
  EXPECT_EQ(j.completeness().left_over(), 0U);
}

}  // namespace
}  // namespace hoplab::journey::testing
