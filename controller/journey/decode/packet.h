// One frame decoded down to its transport header: done once a frame, without allocation. What lies
// above (DHCP, DNS, TLS, HTTP) is decoded from payload() where it is needed.
// Hostile input only ever gives a Packet whose `malformed` says what is wrong.
#pragma once

#include <cstdint>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

enum class Net : uint8_t { kNone, kArp, kIpv4, kIpv6, kLlc };

inline constexpr uint8_t kIcmp = 1;
inline constexpr uint8_t kIgmp = 2;
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kEigrp = 88;
inline constexpr uint8_t kOspf = 89;

inline constexpr uint8_t kFin = 1;
inline constexpr uint8_t kSyn = 2;
inline constexpr uint8_t kRst = 4;
inline constexpr uint8_t kPsh = 8;
inline constexpr uint8_t kAck = 16;

inline constexpr uint64_t kBroadcastMac = 0xffffffffffffULL;

struct Endpoint {
  uint32_t address = 0;
  uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

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

  // IPv4; for ARP `tuple` holds sender and target address.
  uint8_t ttl = 0;
  uint16_t ip_id = 0;
  uint16_t fragment_offset = 0;  // bytes
  bool more_fragments = false;
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
  bool has_quote = false;  // an ICMP error: the header it complains about
  Tuple quote;
  uint16_t quote_ip_id = 0;

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
  [[nodiscard]] bool is(uint8_t protocol) const {
    return net == Net::kIpv4 && tuple.protocol == protocol && fragment_offset == 0;
  }
  [[nodiscard]] bool uses_port(uint16_t port) const {
    return tuple.source.port == port || tuple.destination.port == port;
  }
};

// snapped: the capture kept only the beginning of the frame.
Packet decode_packet(Bytes frame, bool snapped = false);

struct TcpOptions {
  uint16_t mss = 0;
  int window_scale = -1;  // -1: not offered
  bool sack_permitted = false;
  bool timestamps = false;
};
TcpOptions tcp_options(const Packet& packet);

}  // namespace hoplab::journey
