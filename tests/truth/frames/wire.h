// What of a frame decides whose it is, read by this test's own parser: it shares nothing with the
// engine it judges (RFC 791, 8200, 793, 768, 826; IEEE 802.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hoplab::truth {

struct Wire {
  std::string destination_mac;  // six bytes
  std::string source_mac;
  uint16_t ether_type = 0;  // below 0x600: an 802.3 length, so LLC (spanning tree)

  struct Ip {
    std::string source;  // four or sixteen bytes
    std::string destination;
    uint8_t protocol = 0;
    uint16_t source_port = 0;  // TCP and UDP, first fragment
    uint16_t destination_port = 0;
    uint8_t tcp_flags = 0;
    uint8_t icmp_type = 0;  // ICMPv6
    std::string payload;    // of TCP or UDP
  };
  std::optional<Ip> ip;

  struct Arp {
    uint16_t operation = 0;  // 1 request, 2 reply
    std::string sender_mac;
    uint32_t sender = 0;
    uint32_t target = 0;
  };
  std::optional<Arp> arp;
};

inline constexpr uint8_t kIgmp = 2;
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kIcmpv6 = 58;
inline constexpr uint8_t kEigrp = 88;
inline constexpr uint8_t kOspf = 89;

// Nothing: not even an Ethernet header.
std::optional<Wire> read_wire(const std::string& frame);

std::string mac_text(const std::string& six_bytes);
std::string address_text(const std::string& bytes);  // of IPv4 or IPv6; hexadecimal for the latter

}  // namespace hoplab::truth
