// Typed addresses: an address is not a string. Values, comparable, hashable; no I/O.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hoplab::net {

// IPv4 address in host byte order.
struct Ipv4 {
  uint32_t value = 0;
  auto operator<=>(const Ipv4&) const = default;
};

// 48-bit Ethernet address.
struct Mac {
  std::array<uint8_t, 6> bytes{};
  auto operator<=>(const Mac&) const = default;
  [[nodiscard]] bool is_multicast() const { return (bytes[0] & 1U) != 0; }  // broadcast included
};

// A network: host bits are zero.
struct Prefix {
  Ipv4 network;
  uint8_t length = 0;  // 0..32
  auto operator<=>(const Prefix&) const = default;
  [[nodiscard]] uint32_t mask() const { return length == 0 ? 0U : ~0U << (32U - length); }
  [[nodiscard]] bool contains(Ipv4 address) const {
    return (address.value & mask()) == network.value;
  }
  [[nodiscard]] bool contains(const Prefix& other) const {
    return other.length >= length && contains(other.network);
  }
  [[nodiscard]] bool overlaps(const Prefix& other) const {
    return contains(other) || other.contains(*this);
  }
  [[nodiscard]] Ipv4 broadcast() const { return {network.value | ~mask()}; }
};

// An address with the prefix length of its network: 192.0.2.1/24.
struct InterfaceAddress {
  Ipv4 address;
  uint8_t length = 32;
  auto operator<=>(const InterfaceAddress&) const = default;
  [[nodiscard]] Prefix prefix() const {
    const Prefix whole{address, length};
    return {{address.value & whole.mask()}, length};
  }
};

// Each returns nothing when the text is not exactly one value of its kind.
std::optional<Ipv4> parse_ipv4(std::string_view text);
std::optional<Mac> parse_mac(std::string_view text);
std::optional<Prefix> parse_prefix(std::string_view text);  // host bits must be zero
std::optional<InterfaceAddress> parse_interface_address(std::string_view text);

std::string to_string(Ipv4 address);
std::string to_string(const Mac& mac);
std::string to_string(const Prefix& prefix);
std::string to_string(const InterfaceAddress& address);

}  // namespace hoplab::net

template <>
struct std::hash<hoplab::net::Ipv4> {
  size_t operator()(const hoplab::net::Ipv4& a) const noexcept {
    return std::hash<uint32_t>{}(a.value);
  }
};
template <>
struct std::hash<hoplab::net::Mac> {
  size_t operator()(const hoplab::net::Mac& m) const noexcept {
    uint64_t v = 0;
    for (const uint8_t b : m.bytes) v = v << 8U | b;
    return std::hash<uint64_t>{}(v);
  }
};
