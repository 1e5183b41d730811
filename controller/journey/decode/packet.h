// One frame decoded down to its transport header: done once a frame, without allocation. What lies
// above (DHCP, DNS, TLS, HTTP) is decoded from payload() where it is needed.
// Hostile input only ever gives a Packet whose `malformed` says what is wrong.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "agents/common/net/ip_address.h"
#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

using net::IpAddress;

enum class Net : uint8_t { kNone, kArp, kIpv4, kIpv6, kLlc };

inline constexpr uint8_t kIcmp = 1;
inline constexpr uint8_t kIgmp = 2;
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kIcmpv6 = 58;
inline constexpr uint8_t kNoNextHeader = 59;
inline constexpr uint8_t kEigrp = 88;
inline constexpr uint8_t kOspf = 89;

inline constexpr uint8_t kFin = 1;
inline constexpr uint8_t kSyn = 2;
inline constexpr uint8_t kRst = 4;
inline constexpr uint8_t kPsh = 8;
inline constexpr uint8_t kAck = 16;

inline constexpr uint64_t kBroadcastMac = 0xffffffffffffULL;

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

inline uint64_t digest(const IpAddress& a) { return a.is_v4() ? a.low : mix(a.high, a.low); }
inline uint64_t digest(const Endpoint& e) { return mix(digest(e.address), e.port); }

// Who talks to whom by what; ICMP echo carries its id as both ports.
struct Tuple {
  Endpoint source;
  Endpoint destination;
  uint8_t protocol = 0;
  bool operator==(const Tuple&) const = default;
  [[nodiscard]] Tuple reversed() const { return {destination, source, protocol}; }
};

struct Packet {
  Bytes bytes;
  const char* malformed = nullptr;  // what is wrong, or nullptr

  uint64_t source_mac = 0;
  uint64_t destination_mac = 0;
  uint16_t ether_type = 0;
  Net net = Net::kNone;

  // IPv4, and IPv6 with the hop limit in `ttl`, the low half of a fragment's identification in
  // `ip_id` and the protocol behind all extension headers in `tuple`. For ARP `tuple` holds sender
  // and target address.
  uint8_t ttl = 0;
  uint16_t ip_id = 0;
  uint16_t fragment_offset = 0;  // bytes
  bool more_fragments = false;
  uint8_t tags = 0;          // 802.1Q and 802.1ad tags before `ether_type`
  uint16_t tag_control = 0;  // of the outermost: priority, drop eligibility, VLAN id
  Tuple tuple;

  uint16_t arp_operation = 0;
  uint64_t arp_sender_mac = 0;

  uint32_t l4 = 0;       // offset of the transport header
  uint32_t payload = 0;  // offset of what the transport carries
  uint32_t end = 0;      // end of the datagram: padding is behind it

  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
  uint16_t window = 0;
  uint8_t flags = 0;
  uint8_t icmp_type = 0;
  uint8_t icmp_code = 0;
  bool has_quote = false;  // an ICMP or ICMPv6 error: read_quote() says what it complains about

  // Identity of the whole frame, of the datagram as routers pass it on, and of what NAT leaves
  // alone.
  uint64_t frame_key = 0;
  uint64_t datagram_key = 0;
  uint64_t nat_key = 0;

  [[nodiscard]] Bytes payload_bytes() const {
    return payload < end && end <= bytes.size() ? bytes.subspan(payload, end - payload) : Bytes{};
  }
  [[nodiscard]] uint32_t payload_size() const { return end > payload ? end - payload : 0; }
  [[nodiscard]] bool is_fragment() const { return fragment_offset != 0 || more_fragments; }
  [[nodiscard]] bool is_ip() const { return net == Net::kIpv4 || net == Net::kIpv6; }
  // Over either version of IP.
  [[nodiscard]] bool is(uint8_t protocol) const {
    return is_ip() && tuple.protocol == protocol && fragment_offset == 0;
  }
  // ICMP over IPv4 or ICMPv6 over IPv6.
  [[nodiscard]] bool is_icmp() const { return is(net == Net::kIpv6 ? kIcmpv6 : kIcmp); }
  [[nodiscard]] bool is_echo_request() const {
    return is_icmp() && icmp_type == (net == Net::kIpv6 ? 128 : 8);
  }
  [[nodiscard]] bool is_echo_reply() const {
    return is_icmp() && icmp_type == (net == Net::kIpv6 ? 129 : 0);
  }
  [[nodiscard]] bool is_neighbor_solicitation() const {
    return net == Net::kIpv6 && is(kIcmpv6) && icmp_type == 135;
  }
  [[nodiscard]] uint32_t l3() const { return 14U + 4U * tags; }  // offset of the network header
  [[nodiscard]] uint16_t vlan() const { return tag_control & 0x0fffU; }
  [[nodiscard]] bool uses_port(uint16_t port) const {
    return tuple.source.port == port || tuple.destination.port == port;
  }
};

// snapped: the capture kept only the beginning of the frame.
Packet decode_packet(Bytes frame, bool snapped = false);

// The packet an error complains about, as far as its header is quoted; empty without `has_quote`.
struct Quote {
  Tuple tuple;
  uint16_t ip_id = 0;
};
Quote read_quote(const Packet& packet);

// 64 and the like: a packet with another TTL was not made where it is first seen.
constexpr bool is_initial_ttl(unsigned ttl) {
  return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

// TCP options (RFC 9293, RFC 7323, RFC 2018); at most 40 bytes of them fit into a header.
struct TcpOptions {
  struct Block {
    uint32_t left = 0;
    uint32_t right = 0;
  };
  uint16_t mss = 0;
  int window_scale = -1;  // -1: not offered; shifts above 14 count as 14
  bool sack_permitted = false;
  bool timestamps = false;
  uint32_t timestamp_value = 0;
  uint32_t timestamp_echo = 0;
  uint8_t sack_blocks = 0;
  std::array<Block, 4> sack{};
  uint8_t others = 0;  // options of other kinds
  std::array<uint8_t, 20> other{};
  bool malformed = false;  // an option's length is impossible: nothing behind it was read
};
TcpOptions tcp_options(const Packet& packet);
std::string tcp_options_text(const TcpOptions& options);  // empty when there are none

}  // namespace hoplab::journey
