// An address of either IP version in one value: what tables, captures and journeys hold, where both
// versions stand side by side. An IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291,
// section 2.5.5.2), so both compare, hash and sort alike. No I/O, no allocation but for text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agents/common/net/address.h"

namespace hoplab::net {

struct IpAddress {
  uint64_t high = 0;  // host byte order; both 0: no address, which is also IPv6's ::
  uint64_t low = 0;
  auto operator<=>(const IpAddress&) const = default;

  constexpr IpAddress() = default;
  constexpr IpAddress(uint64_t upper, uint64_t lower) : high(upper), low(lower) {}
  constexpr IpAddress(Ipv4 v4) : low(kMapped | v4.value) {}  // NOLINT: every IPv4 address is one

  [[nodiscard]] constexpr bool is_v4() const { return high == 0 && low >> 32U == kMapped >> 32U; }
  [[nodiscard]] constexpr bool is_v6() const { return !is_v4() && (high | low) != 0; }
  [[nodiscard]] constexpr Ipv4 v4() const { return {static_cast<uint32_t>(low)}; }  // of is_v4()
  // No address, 0.0.0.0 or ::.
  [[nodiscard]] constexpr bool is_unspecified() const {
    return high == 0 && (low == 0 || low == kMapped);
  }
  // fe80::/10; 169.254.0.0/16 is not meant.
  [[nodiscard]] constexpr bool is_link_local() const { return high >> 54U == 0x3fa; }
  // ff00::/8 or 224.0.0.0/4.
  [[nodiscard]] constexpr bool is_multicast() const {
    return high >> 56U == 0xff || (is_v4() && (low >> 28U & 0xfU) == 0xe);
  }
  // Of its own version: 32 or 128.
  [[nodiscard]] constexpr uint8_t bits() const { return is_v4() ? 32 : 128; }

 private:
  static constexpr uint64_t kMapped = 0xffff'0000'0000ULL;
};

// 4 or 16 bytes in network order; any other size gives no address.
IpAddress ip_address(std::span<const uint8_t> bytes);

// In network order; of an IPv4 address, its mapped form.
std::array<uint8_t, 16> octets_of(const IpAddress& address);

// A network of either version: host bits are zero, the length is counted in the version's own bits.
struct IpPrefix {
  IpAddress network;
  uint8_t length = 0;
  auto operator<=>(const IpPrefix&) const = default;

  constexpr IpPrefix() = default;
  IpPrefix(const IpAddress& address, uint8_t bits);                       // host bits are cut off
  IpPrefix(const Prefix& v4) : network(v4.network), length(v4.length) {}  // NOLINT: see above
  // Addresses of the other version are in no prefix of this one.
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool contains(const IpPrefix& other) const {
    return other.length >= length && contains(other.network);
  }
  [[nodiscard]] bool overlaps(const IpPrefix& other) const {
    return contains(other) || other.contains(*this);
  }
};

// An address with the prefix length of its network: 2001:db8::1/64.
struct IpInterfaceAddress {
  IpAddress address;
  uint8_t length = 128;
  auto operator<=>(const IpInterfaceAddress&) const = default;

  constexpr IpInterfaceAddress() = default;
  constexpr IpInterfaceAddress(const IpAddress& a, uint8_t bits) : address(a), length(bits) {}
  constexpr IpInterfaceAddress(const InterfaceAddress& v4)  // NOLINT: see above
      : address(v4.address), length(v4.length) {}
  [[nodiscard]] IpPrefix prefix() const { return {address, length}; }
};

// The link-local address a kernel derives from a MAC (modified EUI-64, RFC 4291, appendix A).
IpAddress link_local(const Mac& mac);

// Each returns nothing when the text is not exactly one value of its kind, of either version.
std::optional<IpAddress> parse_ip(std::string_view text);
std::optional<IpPrefix> parse_ip_prefix(std::string_view text);  // host bits must be zero
std::optional<IpInterfaceAddress> parse_ip_interface_address(std::string_view text);

// IPv6 as RFC 5952 writes it.
std::string to_string(const IpAddress& address);
std::string to_string(const IpPrefix& prefix);
std::string to_string(const IpInterfaceAddress& address);

}  // namespace hoplab::net

template <>
struct std::hash<hoplab::net::IpAddress> {
  size_t operator()(const hoplab::net::IpAddress& a) const noexcept {
    return std::hash<uint64_t>{}((a.high ^ a.high >> 29U) * 0x9e3779b97f4a7c15ULL ^ a.low);
  }
};
