// IPv6 packets made of bytes, for bundles of the small lab.
#pragma once

#include <string>

#include "agents/common/net/ip_address.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey::testing {

inline constexpr uint16_t kEtherType = 0x86dd;

inline Octets number(uint64_t value, int bytes) {
  Octets out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 255U));
  return out;
}
inline Octets address(const std::string& text) {
  const net::IpAddress a = net::parse_ip(text).value();
  return number(a.high, 8) + number(a.low, 8);
}

// With the checksum, which for ICMPv6 covers the pseudo-header too (RFC 8200, section 8.1).
inline Octets ipv6(const std::string& source, const std::string& destination, uint8_t hop_limit,
                   uint8_t next, Octets segment) {
  const Octets addresses = address(source) + address(destination);
  const Octets summed = addresses + number(segment.size(), 4) + number(next, 4) + segment;
  uint64_t sum = 0;
  for (size_t i = 0; i < summed.size(); ++i) {
    sum += static_cast<uint64_t>(static_cast<uint8_t>(summed[i])) << (i % 2 == 0 ? 8U : 0U);
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  segment.replace(next == 6 ? 16 : 2, 2, number(~sum & 0xffffU, 2));
  return number(0x60000000, 4) + number(segment.size(), 2) + number(next, 1) +
         number(hop_limit, 1) + addresses + segment;
}

}  // namespace hoplab::journey::testing
