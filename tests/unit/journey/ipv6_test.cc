// IPv6, ICMPv6, VLAN tags and TCP options, on frames as Linux makes them.
#include <gtest/gtest.h>

#include "controller/journey/decode/icmpv6.h"
#include "controller/journey/decode/info.h"
#include "tests/unit/journey/frames.h"

namespace hoplab::journey {
namespace {

using testing::hex;
using testing::Message;

// 2001:db8::1 → 2001:db8::2, next header and hop limit to be filled in.
Message ipv6(uint8_t next_header, uint8_t hop_limit, const Message& body,
             const char* ether_type = "86dd") {
  Message f = hex("020000000002 020000000001");
  const auto add = [&](const Message& more) { f.insert(f.end(), more.begin(), more.end()); };
  add(hex(ether_type));
  add(hex("60012345"));
  add({static_cast<uint8_t>(body.size() >> 8U), static_cast<uint8_t>(body.size() & 255U),
       next_header, hop_limit});
  add(hex("20010db8000000000000000000000001 20010db8000000000000000000000002"));
  add(body);
  return f;
}

const Message& syn() {
  static const Message kSyn =
      hex("9c40 01bb 000003e8 00000000 a002 fd20 0000 0000"
          "020405a0 0402 080a 00000007 00000000 01 030307");
  return kSyn;
}

Message solicitation() {
  return ipv6(58, 255,
              hex("8700 0000 00000000 20010db8000000000000000000000002 0101 020000000001"));
}

Message advertisement() {
  return ipv6(58, 255,
              hex("8600 0000 40 c8 0708 00000000 000003e8 0101 020000000001 0501 0000 000005dc"
                  "0304 40 c0 00278d00 00093a80 00000000 20010db8000100000000000000000000"
                  "1903 0000 00000e10 20010db8000000000000000000000053"));
}

TEST(Ipv6, TcpWithEveryOption) {
  const Message frame = ipv6(6, 64, syn());
  const Packet p = decode_packet(frame);
  ASSERT_EQ(p.malformed, nullptr);
  EXPECT_EQ(p.net, Net::kIpv6);
  EXPECT_TRUE(p.is(kTcp));
  EXPECT_EQ(p.ttl, 64);
  EXPECT_EQ(p.tuple.source.port, 40000);
  EXPECT_EQ(p.tuple.destination.port, 443);
  EXPECT_EQ(p.sequence, 1000U);
  EXPECT_EQ(address_text(p.tuple.source.address), "2001:db8::1");
  EXPECT_EQ(address_text(p.tuple.destination.address), "2001:db8::2");
  EXPECT_EQ(tcp_options_text(tcp_options(p)), "MSS 1440 WS 128 SACK TS 7 echo 0");
  EXPECT_EQ(layers_of(p), (std::vector<std::string>{"Ethernet", "IPv6", "TCP"}));
}

TEST(Ipv6, ARouterKeepsTheDatagramKeyAndAnythingElseDoesNot) {
  const Message before = ipv6(6, 64, syn());
  Message after = ipv6(6, 63, syn());
  after[0] = 0x04;   // other MAC
  after[15] = 0x31;  // congestion marked: traffic class
  const Packet a = decode_packet(before);
  const Packet b = decode_packet(after);
  EXPECT_EQ(a.datagram_key, b.datagram_key);
  EXPECT_NE(a.frame_key, b.frame_key);
  // Version, class and length aside, each byte of addresses, ports and segment counts; the
  // checksum does not, it may be filled in later.
  for (size_t i = 22; i < before.size(); ++i) {
    if (i == 14 + 40 + 16 || i == 14 + 40 + 17) continue;
    Message other = before;
    other[i] ^= uint8_t{1};
    EXPECT_NE(decode_packet(other).datagram_key, a.datagram_key) << i;
  }
}

TEST(Ipv6, NatKeyIgnoresAddressesAndPorts) {
  const Packet a = decode_packet(ipv6(6, 64, syn()));
  Message translated = ipv6(6, 64, syn());
  translated[14 + 23] = 0x7f;  // source address
  translated[14 + 41] = 0x7f;  // source port
  const Packet b = decode_packet(translated);
  EXPECT_EQ(a.nat_key, b.nat_key);
  EXPECT_NE(a.datagram_key, b.datagram_key);
}

TEST(Ipv6, ExtensionHeadersAreWalkedToTheTransport) {
  // Hop-by-hop (router alert), routing, destination options, then UDP.
  const Message frame = ipv6(0, 64,
                             hex("2b00 0502 0000 0100"
                                 "3c02 0401 00000000 20010db8000000000000000000000009"
                                 "1100 0104 00000000"
                                 "9c40 0035 000a 0000 6869"));
  const Packet p = decode_packet(frame);
  ASSERT_EQ(p.malformed, nullptr);
  EXPECT_TRUE(p.is(kUdp));
  EXPECT_EQ(p.tuple.destination.port, 53);
  EXPECT_EQ(as_text(p.payload_bytes()), "hi");
}

TEST(Ipv6, Fragments) {
  const Message frame =
      ipv6(44, 64, hex("1100 0001 deadbeef 9c40 0035 0fa0 0000 6161616161616161"));
  const Packet first = decode_packet(frame);
  EXPECT_EQ(first.malformed, nullptr);
  EXPECT_TRUE(first.is_fragment());
  EXPECT_EQ(first.ip_id, 0xbeef);
  EXPECT_EQ(first.tuple.source.port, 40000);
  const Message next = ipv6(44, 64, hex("1100 0028 deadbeef 6262626262626262"));
  const Packet later = decode_packet(next);
  EXPECT_EQ(later.malformed, nullptr);
  EXPECT_EQ(later.fragment_offset, 40);
  EXPECT_FALSE(later.more_fragments);
  EXPECT_FALSE(later.is(kUdp));
  EXPECT_EQ(later.tuple.protocol, kUdp);
  EXPECT_EQ(info_line(later), "fragment of 48879 at 40");
}

TEST(Ipv6, ExtensionHeaderThatRunsOut) {
  EXPECT_STREQ(decode_packet(ipv6(0, 64, hex("11ff 0000 00000000"))).malformed,
               "IPv6 extension header cut short");
  EXPECT_EQ(info_line(decode_packet(ipv6(59, 64, {}))), "no next header");
}

TEST(Ipv6, PaddingIsNoPayload) {
  Message frame = ipv6(17, 64, hex("9c40 0007 0009 0000 61"));
  frame.resize(80);
  const Packet p = decode_packet(frame);
  EXPECT_EQ(p.payload_size(), 1U);
  EXPECT_EQ(p.malformed, nullptr);
}

TEST(Icmpv6, NeighborDiscovery) {
  const Message asks = solicitation();
  EXPECT_EQ(info_line(decode_packet(asks)), "who has 2001:db8::2? tell 02:00:00:00:00:01");
  const Message answers =
      ipv6(58, 255, hex("8800 0000 e0000000 20010db8000000000000000000000002 0201 020000000002"));
  const Packet p = decode_packet(answers);
  EXPECT_EQ(info_line(p), "2001:db8::2 is at 02:00:00:00:00:02");
  const Icmpv6Message m = decode_icmpv6(p);
  EXPECT_TRUE(m.router && m.solicited && m.overrides);
  EXPECT_FALSE(m.malformed);
}

TEST(Icmpv6, RouterAdvertisement) {
  const Message frame = advertisement();
  const Packet p = decode_packet(frame);
  const Icmpv6Message m = decode_icmpv6(p);
  ASSERT_EQ(m.prefixes.size(), 1U);
  EXPECT_TRUE(m.prefixes[0].autonomous && m.prefixes[0].on_link);
  EXPECT_EQ(m.prefixes[0].valid_seconds, 2592000U);
  EXPECT_EQ(m.prefixes[0].preferred_seconds, 604800U);
  EXPECT_EQ(m.router_lifetime_seconds, 1800);
  EXPECT_EQ(m.router_preference, 1);
  EXPECT_EQ(m.retransmission_ms, 1000U);
  EXPECT_EQ(m.name_server_seconds, 3600U);
  EXPECT_TRUE(m.managed && m.other_configuration);
  EXPECT_EQ(info_line(p),
            "router advertisement lifetime 1800 s, prefix 2001:db8:1::/64 (SLAAC), "
            "DNS 2001:db8::53, MTU 1500, addresses by DHCPv6");
}

TEST(Icmpv6, ErrorQuotesWhatItComplainsAbout) {
  const Message inner = ipv6(6, 1, syn());
  Message error = hex("0200 0000 00000500");
  error.insert(error.end(), inner.begin() + 14, inner.end());
  const Message frame = ipv6(58, 64, error);
  const Packet p = decode_packet(frame);
  ASSERT_TRUE(p.has_quote);
  EXPECT_EQ(read_quote(p).tuple.protocol, kTcp);
  EXPECT_EQ(read_quote(p).tuple.source.port, 40000);
  EXPECT_EQ(info_line(p), "packet too big, MTU 1280 about 2001:db8::1 → 2001:db8::2");
}

TEST(Icmpv6, OptionOfLengthZeroEnds) {
  Message frame = solicitation();
  frame[14 + 40 + 24 + 1] = 0;
  const Packet p = decode_packet(frame);
  EXPECT_TRUE(decode_icmpv6(p).malformed);
  EXPECT_EQ(info_line(p), "who has 2001:db8::2?, malformed");
}

TEST(Vlan, TagsAreToldAndLookedThrough) {
  // Priority 3, VLAN 100, in an outer service tag of VLAN 7.
  const Message tagged = ipv6(17, 64, hex("9c40 0007 0009 0000 61"), "88a8 0007 8100 6064 86dd");
  const Packet p = decode_packet(tagged);
  EXPECT_EQ(p.tags, 2);
  EXPECT_EQ(p.vlan(), 7);
  EXPECT_TRUE(p.is(kUdp));
  EXPECT_EQ(address_text(p.tuple.source.address), "2001:db8::1");
  EXPECT_EQ(info_line(p), "2 tags, VLAN 7: 40000 → 7 len 1");
  Message endless = hex("020000000002 020000000001");
  for (int i = 0; i < 9; ++i) {
    endless.insert(endless.end(), {0x81, 0x00, 0x00, 0x01});
  }
  EXPECT_STREQ(decode_packet(endless).malformed, "more than 8 VLAN tags");
}

TEST(Ethernet, WhatIsNotIpShowsAsWhatItIs) {
  EXPECT_EQ(info_line(decode_packet(hex("ffffffffffff 020000000001 88b5 0102"))),
            "EtherType 0x88b5, 2 bytes");
  EXPECT_EQ(info_line(decode_packet(hex("0180c200000e 020000000001 88cc 0207040200000000010403"))),
            "EtherType LLDP, 11 bytes");
  EXPECT_EQ(info_line(decode_packet(
                hex("0180c2000000 020000000001 0026 424203 0000 00 00 00 8000 0200000000ff 00000004"
                    "8000 020000000001 8001 0000 1400 0200 0f00"))),
            "spanning tree root 32768/02:00:00:00:00:ff cost 4");
  EXPECT_EQ(info_line(decode_packet(hex("0180c2000015 020000000001 000b fefe03 831b01000f010000"))),
            "IS-IS Hello, level 1");
}

TEST(TcpOptions, SackBlocksAndNonsense) {
  Packet p;
  const Message sack =
      hex("020000000002 020000000001 0800 4500 0040 0001 4000 40 06 0000 0a000001 0a000002"
          "9c40 01bb 00000001 00000002 b0 10 0100 0000 0000"
          "0101 0512 00000001 00000002 00000005 00000009 fe02 fd02");
  p = decode_packet(sack);
  ASSERT_EQ(p.malformed, nullptr);
  EXPECT_EQ(tcp_options_text(tcp_options(p)), "SACK 1–2 SACK 5–9 option 254 option 253");
  Message broken = sack;
  broken[14 + 20 + 20 + 3] = 0x13;
  p = decode_packet(broken);
  EXPECT_EQ(tcp_options_text(tcp_options(p)), "malformed option");
}

// Found by the fuzzer: options were read up to the end of the segment, past their array.
TEST(TcpOptions, OfAHeaderWithALyingOffsetNothingIsRead) {
  Message frame =
      hex("020000000002 020000000001 0800 4500 0064 0001 4000 40 06 0000 0a000001 0a000002"
          "9c40 01bb 00000001 00000002 10 10 0100 0000 0000");
  for (int i = 0; i < 30; ++i) frame.insert(frame.end(), {0xfe, 0x02});
  const Packet p = decode_packet(frame);
  EXPECT_STREQ(p.malformed, "TCP data offset");
  EXPECT_TRUE(tcp_options(p).malformed);
  EXPECT_EQ(tcp_options(p).others, 0);
}

TEST(Icmp, AnErrorSaysAboutWhat) {
  const Message frame = hex(
      "020000000002 020000000001 0800 4500 0038 0001 4000 40 01 0000 0a000001 0a000002"
      "0304 0000 0000 0578 4500 0400 0002 4000 3f 11 0000 0a000002 c6336405 9c40 0035 03ec 0000");
  EXPECT_EQ(info_line(decode_packet(frame)),
            "fragmentation needed, MTU 1400 about UDP 10.0.0.2:40000 → 198.51.100.5:53");
}

TEST(Frames, SpoiltOnesAreToldAndNeverReadPast) {
  for (const Message& frame : {ipv6(6, 64, syn()), solicitation(), advertisement()}) {
    testing::spoil(frame, [&](Bytes bytes) {
      const Packet p = decode_packet(bytes);
      EXPECT_LE(p.end, bytes.size());
      EXPECT_TRUE(bytes.size() == frame.size() || p.malformed != nullptr) << bytes.size();
      EXPECT_FALSE(info_line(p).empty());
      decode_icmpv6(p);
      tcp_options(p);
    });
  }
}

TEST(Frames, APacketStaysSmall) { EXPECT_LE(sizeof(Packet), 192U); }

}  // namespace
}  // namespace hoplab::journey
