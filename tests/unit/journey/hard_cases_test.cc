// Trips where a join of equal packets goes wrong: fragments, copies, packets that look alike,
// offloads, holes in the capture. Each from bytes.
#include <gmock/gmock.h>

#include <map>

#include "controller/journey/engine.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey {
namespace {

using namespace testing;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr uint8_t kUdpProtocol = 17;

uint16_t u16_at(const Octets& bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) << 8U |
                               static_cast<uint8_t>(bytes[at + 1]));
}
void set_u16(Octets& bytes, size_t at, unsigned value) {
  bytes[at] = static_cast<char>(value >> 8U & 255U);
  bytes[at + 1] = static_cast<char>(value & 255U);
}

// The part [from, to) of an IPv4 packet's payload as a fragment of it (RFC 791).
Octets fragment(const Octets& packet, size_t from, size_t to) {
  const size_t whole = packet.size() - 20;
  to = std::min(to, whole);
  Octets cut = packet.substr(0, 20) + packet.substr(20 + from, to - from);
  set_u16(cut, 2, static_cast<unsigned>(cut.size()));
  set_u16(cut, 6, static_cast<unsigned>(from / 8) | (to < whole ? 0x2000U : 0U));
  return cut;
}
Octets with_ttl(Octets packet, uint8_t ttl) {
  packet[8] = static_cast<char>(ttl);
  return packet;
}
// As a node with NAT makes it; `port` is the new source port where the packet has one.
Octets translated(Octets packet, uint32_t source, uint16_t port) {
  for (size_t i = 0; i < 4; ++i) packet[12 + i] = static_cast<char>(source >> (24 - 8 * i) & 255U);
  if ((u16_at(packet, 6) & 0x1fffU) == 0) set_u16(packet, 20, port);
  return packet;
}

class HardCases : public ::testing::Test {
 protected:
  // One frame on a wire: seen leaving and arriving.
  void cross(const std::string& a, const std::string& ai, const std::string& b,
             const std::string& bi, const Octets& packet) {
    const Octets frame = ethernet(SmallLab::mac(b, bi), SmallLab::mac(a, ai), 0x0800, packet);
    lab.record(a, ai, true, frame);
    lab.record(b, bi, false, frame);
  }
  void lan_to_gateway(const Octets& packet) {
    const Octets frame =
        ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800, packet);
    lab.lan_unicast("client", "gw", frame);
  }
  // Of a connection to the gateway: what has no SYN would be told to be of an earlier request.
  void miss_the_beginning() {
    lab.capture("gw").mutable_summary()->mutable_interfaces(0)->set_ring_drops(1);
  }
  v1::Journey journey() {
    lab.url = "a command";
    lab.finish(0, 0);
    lab.bundle.set_ended_ns(lab.now + 1'000'000'000);
    const v1::Journey j = build(lab.bundle);
    EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
    return j;
  }

  SmallLab lab;
};

std::vector<v1::Trip::Outcome> outcomes(const v1::Journey& j) {
  std::vector<v1::Trip::Outcome> all;
  for (const auto& trip : j.trips()) all.push_back(trip.outcome());
  return all;
}

// "node.out node.out …" of every hop in order.
std::string way(const v1::Trip& trip) {
  std::string text;
  for (const auto& hop : trip.hops()) {
    text += (text.empty() ? "" : " ") + hop.node() +
            (hop.out_interface().empty() ? "" : "." + hop.out_interface());
  }
  return text;
}

int count_told(const v1::Journey& j, const std::string& key,
               std::map<std::string, std::string> args = {}) {
  int count = 0;
  for (const auto& trip : j.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const auto& decision : hop.decisions()) {
        const auto& told = decision.result();
        if (told.key() != key) continue;
        bool same = true;
        for (const auto& [name, value] : args) same = same && told.args().at(name) == value;
        count += same ? 1 : 0;
      }
    }
  }
  return count;
}

Octets datagram(uint16_t id, size_t size, char fill = 'x') {
  const Transport t{.protocol = kUdpProtocol,
                    .source_port = 4000,
                    .destination_port = 5000,
                    .options = {},
                    .payload = Octets(size, fill)};
  Octets packet = ipv4(kClient, kServer, 64, id, t);
  set_u16(packet, 6, 0);
  for (size_t i = 28; i < packet.size(); ++i) {
    packet[i] = static_cast<char>(i * 31 + i / 256 + static_cast<size_t>(fill));
  }
  return packet;
}

// Three fragments to a gateway that puts them together (connection tracking) and sends the datagram
// on whole, to a router that cuts it again, into other sizes.
TEST_F(HardCases, AGatewayPutsFragmentsTogetherAndARouterCutsTheDatagramAgain) {
  const Octets whole = datagram(7, 4000);
  lan_to_gateway(fragment(whole, 0, 1480));
  lan_to_gateway(fragment(whole, 1480, 2960));
  lan_to_gateway(fragment(whole, 2960, 9999));
  const Octets outside = translated(with_ttl(whole, 63), kGatewayWan, 41000);
  cross("gw", "wan", "r", "eth0", outside);
  const Octets routed = with_ttl(outside, 62);
  for (size_t at = 0; at < 4008; at += 976) {
    cross("r", "eth1", "server", "eth0", fragment(routed, at, at + 976));
  }
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 3);
  EXPECT_THAT(outcomes(j), Each(v1::Trip::DELIVERED));
  EXPECT_EQ(
      way(j.trips(0)),
      "client.eth0 sw.p2 gw.wan r.eth1 r.eth1 r.eth1 r.eth1 r.eth1 server server server server "
      "server");
  for (const int i : {1, 2}) {
    EXPECT_EQ(way(j.trips(i)), "client.eth0 sw.p2 gw");
    EXPECT_EQ(j.trips(i).merged_into(), 1U);
    EXPECT_EQ(j.trips(i).fragment_of(), 1U);
    EXPECT_EQ(j.trips(i).hops(2).outcome(), v1::Hop::MERGED);
    EXPECT_EQ(j.trips(i).destination(), "server");
  }
  EXPECT_EQ(count_told(j, "hop.reassembled", {{"count", "3"}}), 1);
  EXPECT_EQ(count_told(j, "hop.fragmented", {{"count", "5"}}), 1);
  // What is in it is read from the whole.
  const Lab read(lab.bundle);
  BundleSource source(read);
  const Forest forest(read, source);
  EXPECT_EQ(forest.packet(0).tuple.destination.port, 5000);
  EXPECT_TRUE(std::ranges::equal(as_text(forest.packet(0).payload_bytes()), whole.substr(28)));
  ASSERT_EQ(j.phases_size(), 1);
  ASSERT_EQ(j.phases(0).exchanges_size(), 1);
  EXPECT_EQ(j.phases(0).exchanges(0).trips_size(), 3);
}

TEST_F(HardCases, AFragmentLostOnTheWayIsLostWhereItWasAndNotWhereTheRestWaits) {
  const Octets whole = datagram(7, 4000);
  lan_to_gateway(fragment(whole, 0, 1480));
  const Octets middle = ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                                 0x0800, fragment(whole, 1480, 2960));
  lab.record("client", "eth0", true, middle);  // and never at the switch
  lan_to_gateway(fragment(whole, 2960, 9999));
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 3);
  EXPECT_EQ(j.trips(1).outcome(), v1::Trip::LOST);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::UNKNOWN);
  EXPECT_EQ(j.trips(2).outcome(), v1::Trip::UNKNOWN);
  EXPECT_EQ(count_told(j, "hop.unassembled", {{"packet", "2"}}), 2);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "client");
  EXPECT_EQ(j.verdict().culprits(0).peer_node(), "sw");
}

// The IP ID comes round: two datagrams, the same ends, the same ID, both in fragments.
TEST_F(HardCases, TwoDatagramsWithTheSameIpIdStayApart) {
  for (const char fill : {'a', 'k'}) {
    const Octets whole = datagram(7, 2000, fill);
    lan_to_gateway(fragment(whole, 0, 1480));
    lan_to_gateway(fragment(whole, 1480, 9999));
    const Octets outside = translated(with_ttl(whole, 63), kGatewayWan, 41000);
    cross("gw", "wan", "r", "eth0", outside);
    cross("r", "eth1", "server", "eth0", with_ttl(outside, 62));
  }
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 4);
  EXPECT_THAT(outcomes(j), Each(v1::Trip::DELIVERED));
  EXPECT_EQ(j.trips(1).merged_into(), 1U);
  EXPECT_EQ(j.trips(3).merged_into(), 3U);
  EXPECT_EQ(j.trips(3).fragment_of(), 3U);
}

TEST_F(HardCases, ACopyMadeInASwitchIsABranchAndNoRetransmission) {
  const Transport data{6, 50000, 80, 1000, 0, 2, {}, {}};
  const Octets frame = ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                                ipv4(kClient, kGatewayLan, 64, 9, data));
  lab.lan_unicast("client", "gw", frame);
  lab.record("sw", "p2", true, frame);
  lab.record("gw", "lan", false, frame);
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(way(j.trips(0)), "client.eth0 sw.p2 sw.p2 gw gw");
  EXPECT_FALSE(j.trips(0).retransmission());
  EXPECT_EQ(count_told(j, "hop.duplicate"), 1);
}

TEST_F(HardCases, SentAgainWithANewIpIdIsARetransmissionWithTheSameACopy) {
  const Transport data{6, 50000, 80, 1000, 0, 2, {}, {}};
  const auto send = [&](uint16_t id) {
    lab.lan_unicast("client", "gw",
                    ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                             ipv4(kClient, kGatewayLan, 64, id, data)));
  };
  send(9);
  send(9);
  lab.now += 5'000'000;
  send(10);
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 3);
  EXPECT_EQ(j.trips(1).copy_of(), 1U);
  EXPECT_FALSE(j.trips(1).retransmission());
  EXPECT_EQ(j.trips(2).copy_of(), 0U);
  EXPECT_TRUE(j.trips(2).retransmission());
}

// SYN-ACKs carry IP ID 0: one sent again is the same frame in every byte.
TEST_F(HardCases, AFrameSentAgainWithoutAnIpIdIsNoCopyAndTheLostOneIsTheFirst) {
  const Transport answer{6, 80, 50000, 9000, 1001, 18, {}, {}};
  const Octets frame = ethernet(SmallLab::mac("client", "eth0"), SmallLab::mac("gw", "lan"), 0x0800,
                                ipv4(kGatewayLan, kClient, 64, 0, answer));
  lab.record("gw", "lan", true, frame);  // never at the switch
  lab.now += 1'000'000'000;
  lab.lan_unicast("gw", "client", frame);
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::LOST);
  EXPECT_EQ(j.trips(1).outcome(), v1::Trip::DELIVERED);
  EXPECT_EQ(j.trips(1).copy_of(), 0U);
  EXPECT_TRUE(j.trips(1).retransmission());
}

// A copy must not take the place of a twin sent long before.
TEST_F(HardCases, OfIdenticalFramesEachCopyGoesWithItsOwn) {
  const Octets frame =
      ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
               ipv4(kClient, kGatewayLan, 64, 0, {17, 1, 2, 0, 0, 0, {}, "again"}));
  lab.lan_unicast("client", "gw", frame);
  lab.now += 1'000'000'000;
  lab.lan_unicast("client", "gw", frame);
  lab.record("sw", "p2", true, frame);
  lab.record("gw", "lan", false, frame);
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(way(j.trips(0)), "client.eth0 sw.p2 gw");
  EXPECT_EQ(way(j.trips(1)), "client.eth0 sw.p2 sw.p2 gw gw");
  EXPECT_LT(j.trips(1).end_ns() - j.trips(1).start_ns(), 1'000'000);
}

// From the LAN to a host of the LAN by the gateway's outer address: in and out of one interface,
// both ends rewritten.
TEST_F(HardCases, HairpinNatIsOneTripThroughOneInterfaceTwice) {
  const Transport syn{6, 50000, 8080, 1000, 0, 2, {}, {}};
  Transport inner = syn;
  inner.source_port = 61000;
  inner.destination_port = 80;
  lan_to_gateway(ipv4(kClient, kGatewayWan, 64, 9, syn));
  lab.lan_unicast("gw", "dhcp",
                  ethernet(SmallLab::mac("dhcp", "eth0"), SmallLab::mac("gw", "lan"), 0x0800,
                           ipv4(kGatewayLan, kDhcp, 63, 9, inner)));
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(way(j.trips(0)), "client.eth0 sw.p2 gw.lan sw.p3 dhcp");
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::DELIVERED);
}

// The same four numbers again, at once: two connections.
TEST_F(HardCases, PortsUsedAgainAreAnotherConnection) {
  for (const uint32_t start : {1000U, 700'000U}) {
    lab.outward("server", kServer, {6, 50000, 80, start, 0, 2, {}, {}});
    lab.inward("server", kServer, {6, 80, 50000, 9 * start, start + 1, 18, {}, {}});
    lab.outward("server", kServer, {6, 50000, 80, start + 1, 9 * start + 1, 16, {}, {}});
    lab.outward("server", kServer, {6, 50000, 80, start + 1, 9 * start + 1, 20, {}, {}});
  }
  const v1::Journey j = journey();
  int handshakes = 0;
  for (const auto& phase : j.phases()) {
    for (const auto& x : phase.exchanges()) {
      if (x.kind() != "tcp handshake") continue;
      ++handshakes;
      EXPECT_EQ(x.trips_size(), 3);
      EXPECT_EQ(x.status(), v1::Exchange::OK);
    }
  }
  EXPECT_EQ(handshakes, 2);
  for (const auto& trip : j.trips()) EXPECT_FALSE(trip.retransmission()) << way(trip);
}

TEST_F(HardCases, EqualTimesGiveTheSameTrips) {
  const auto shapes = [](SmallLab& made) {
    made.dora();
    made.arp_for_gateway();
    made.resolve();
    made.fetch();
    made.finish(0, 200);
    std::multiset<std::string> all;
    const v1::Journey j = made.build_journey();
    EXPECT_EQ(j.completeness().left_over(), 0U);
    for (const auto& trip : j.trips()) {
      // Branches of a flooded frame have no order when they come at once.
      std::multiset<std::string> hops;
      for (const auto& hop : trip.hops()) {
        hops.insert(hop.node() + "/" + hop.in_interface() + "/" + hop.out_interface() + "/" +
                    v1::Hop::Outcome_Name(hop.outcome()));
      }
      std::string text = trip.summary().key() + trip.origin() + trip.destination();
      for (const auto& hop : hops) text += " " + hop;
      all.insert(text);
    }
    return all;
  };
  SmallLab usual;
  SmallLab at_once;
  at_once.crossing = 0;
  EXPECT_EQ(shapes(usual), shapes(at_once));
}

Octets segment(uint32_t sequence, size_t size, uint16_t id, uint8_t ttl) {
  Octets payload(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    payload[i] = static_cast<char>((sequence + i) * 131 + (sequence + i) / 256);
  }
  return ipv4(kServer, kGatewayWan, ttl, id, {6, 80, 50000, sequence, 1, 16, {}, payload});
}

// Offloads: the server's super-frame is cut up by the router, whose next wire has none.
TEST_F(HardCases, ASuperFrameIsSeveralSegments) {
  const uint32_t near_the_end = 0xfffffa00U;  // sequence numbers wrap inside
  cross("server", "eth0", "r", "eth1", segment(near_the_end, 4000, 50, 64));
  cross("r", "eth0", "gw", "wan", segment(near_the_end, 1460, 50, 63));
  cross("r", "eth0", "gw", "wan", segment(near_the_end + 1460, 1460, 51, 63));
  cross("r", "eth0", "gw", "wan", segment(near_the_end + 2920, 1080, 52, 63));
  lab.bundle.set_client("server");
  miss_the_beginning();
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(way(j.trips(0)), "server.eth0 r.eth0 r.eth0 r.eth0 gw gw gw");
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::DELIVERED);
  EXPECT_EQ(j.trips(0).segments(), 3U);
  EXPECT_EQ(count_told(j, "hop.segmented", {{"count", "3"}}), 1);
}

// Receive offload: three segments leave the router, one frame is seen at the other end of the wire.
TEST_F(HardCases, SegmentsPutTogetherOnArrivalAreNotLost) {
  const uint32_t start = 5000;
  for (const uint32_t n : {0U, 1U, 2U}) {
    const auto id = static_cast<uint16_t>(50 + n);
    cross("server", "eth0", "r", "eth1", segment(start + n * 1000, 1000, id, 64));
    lab.record("r", "eth0", true,
               ethernet(SmallLab::mac("gw", "wan"), SmallLab::mac("r", "eth0"), 0x0800,
                        segment(start + n * 1000, 1000, id, 63)));
  }
  lab.record("gw", "wan", false,
             ethernet(SmallLab::mac("gw", "wan"), SmallLab::mac("r", "eth0"), 0x0800,
                      segment(start, 3000, 50, 63)));
  lab.bundle.set_client("server");
  miss_the_beginning();
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 3);
  EXPECT_THAT(outcomes(j), Each(v1::Trip::DELIVERED));
  EXPECT_EQ(j.trips(1).merged_into(), 1U);
  EXPECT_EQ(j.trips(2).merged_into(), 1U);
  EXPECT_EQ(count_told(j, "hop.gathered", {{"count", "3"}}), 1);
}

// What a full ring did not keep is not lost, and what was seen on both sides of the hole is one
// trip.
TEST_F(HardCases, AHoleInTheCaptureLosesNothing) {
  lab.fetch();
  lab.finish(0, 200);
  auto& r = lab.capture("r");
  int arrivals = 0;
  for (int i = 0; i < r.frames_size(); ++i) {
    const bool arrival = r.frames(i).direction() == v1::Frame::IN && r.frames(i).interface() == 0;
    if (!arrival || ++arrivals % 2 == 0) continue;
    r.mutable_frames()->DeleteSubrange(i--, 1);
  }
  ASSERT_GT(arrivals, 3);
  auto& counters = *r.mutable_summary()->mutable_interfaces(0);
  ASSERT_EQ(counters.interface(), "eth0");
  counters.set_ring_drops(static_cast<uint64_t>((arrivals + 1) / 2));
  const v1::Journey j = build(lab.bundle);
  EXPECT_EQ(j.completeness().left_over(), 0U);
  SmallLab seen_whole;
  seen_whole.fetch();
  seen_whole.finish(0, 200);
  const v1::Journey whole = build(seen_whole.bundle);
  ASSERT_EQ(j.trips_size(), whole.trips_size());
  for (int i = 0; i < j.trips_size(); ++i) EXPECT_EQ(way(j.trips(i)), way(whole.trips(i)));
  EXPECT_THAT(outcomes(j), Each(v1::Trip::DELIVERED));
  EXPECT_EQ(count_told(j, "hop.not_captured_in"), (arrivals + 1) / 2);
}

TEST_F(HardCases, WhereTheRingOverflowedNothingIsCalledLost) {
  lab.fetch();
  lab.finish(0, 200);
  for (const char* node : {"r", "server"}) {
    auto& capture = lab.capture(node);
    // Both sides of the hole are gone, in bursts.
    for (int i = capture.frames_size() - 1; i >= 0; --i) {
      if (i / 4 % 2 == 0) capture.mutable_frames()->DeleteSubrange(i, 1);
    }
    for (auto& counters : *capture.mutable_summary()->mutable_interfaces()) {
      counters.set_ring_drops(4);
    }
  }
  const v1::Journey j = build(lab.bundle);
  for (const auto& trip : j.trips()) {
    EXPECT_NE(trip.outcome(), v1::Trip::LOST) << trip.ShortDebugString();
    EXPECT_NE(trip.origin(), "r") << "a router did not make it: " << way(trip);
  }
  for (const auto& culprit : j.verdict().culprits()) {
    EXPECT_NE(culprit.cause().key(), "cause.link_loss") << culprit.ShortDebugString();
    EXPECT_NE(culprit.cause().key(), "cause.dropped") << culprit.ShortDebugString();
  }
}

// The router's agent is gone in the middle: what it showed before counts, what came after cannot be
// told.
TEST_F(HardCases, ANodeThatBreaksOffIsKnownUpToThere) {
  lab.resolve();
  const int64_t broken = lab.now;
  lab.fetch();
  lab.finish(0, 200);
  auto& r = lab.capture("r");
  for (int i = r.frames_size() - 1; i >= 0; --i) {
    if (r.frames(i).time_ns() >= broken) r.mutable_frames()->DeleteSubrange(i, 1);
  }
  r.set_unreachable("the capture ended: Socket closed");
  const v1::Journey j = build(lab.bundle);
  EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
  EXPECT_THAT(j.completeness().silent_nodes(), ElementsAre("r"));
  int before = 0;
  for (const auto& trip : j.trips()) {
    EXPECT_EQ(trip.outcome(), v1::Trip::DELIVERED) << trip.ShortDebugString();
    std::map<std::string, int> visits;
    for (const auto& hop : trip.hops()) ++visits[hop.node()];
    EXPECT_LE(visits["r"], 1) << "seen and inferred: " << way(trip);
    before += trip.start_ns() < broken ? 1 : 0;
  }
  EXPECT_EQ(before, 2);
}

TEST_F(HardCases, ANeighbourOfANodeThatBrokeOffHasLostNothing) {
  lab.outward("server", kServer, {17, 1, 2, 0, 0, 0, {}, "before"});
  lab.lose.insert(1);
  const int64_t broken = lab.now;
  // The wire to the router went with it: the gateway has nowhere to send.
  lan_to_gateway(ipv4(kClient, kServer, 64, 77, {17, 1, 2, 0, 0, 0, {}, "after"}));
  lab.capture("r").set_unreachable("the capture ended: Socket closed");
  ASSERT_LT(broken, lab.now);
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::DELIVERED);
  EXPECT_EQ(j.trips(1).outcome(), v1::Trip::UNKNOWN);
  EXPECT_EQ(count_told(j, "hop.broke_off"), 1);
}

}  // namespace
}  // namespace hoplab::journey
