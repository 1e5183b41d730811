#include "agents/common/net/ip_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace hoplab::net {
namespace {

// The first `length` bits of a half that begins `before` bits into the address.
uint64_t half_mask(unsigned length, unsigned before) {
  if (length <= before) return 0;
  return length - before >= 64 ? ~0ULL : ~0ULL << (64U - (length - before));
}

IpAddress masked(const IpAddress& address, uint8_t bits) {
  const unsigned length = address.is_v4() ? 96U + bits : bits;
  return {address.high & half_mask(length, 0), address.low & half_mask(length, 64)};
}

}  // namespace

std::array<uint8_t, 16> octets_of(const IpAddress& address) {
  std::array<uint8_t, 16> octets{};
  for (size_t i = 0; i < 8; ++i) {
    octets[i] = static_cast<uint8_t>(address.high >> (56U - 8U * i));
    octets[8 + i] = static_cast<uint8_t>(address.low >> (56U - 8U * i));
  }
  return octets;
}

IpAddress ip_address(std::span<const uint8_t> bytes) {
  uint64_t high = 0;
  uint64_t low = 0;
  if (bytes.size() == 4) {
    return Ipv4{static_cast<uint32_t>(bytes[0]) << 24U | static_cast<uint32_t>(bytes[1]) << 16U |
                static_cast<uint32_t>(bytes[2]) << 8U | bytes[3]};
  }
  if (bytes.size() != 16) return {};
  for (size_t i = 0; i < 8; ++i) {
    high = high << 8U | bytes[i];
    low = low << 8U | bytes[8 + i];
  }
  return {high, low};
}

IpPrefix::IpPrefix(const IpAddress& address, uint8_t bits)
    : network(masked(address, bits)), length(bits) {}

bool IpPrefix::contains(const IpAddress& address) const {
  return address.is_v4() == network.is_v4() && masked(address, length) == network;
}

IpAddress link_local(const Mac& mac) {
  uint64_t low = 0;
  for (size_t i = 0; i < 6; ++i) {
    if (i == 3) low = low << 16U | 0xfffeU;
    low = low << 8U | mac.bytes[i];
  }
  return {0xfe80ULL << 48U, low ^ 0x0200'0000'0000'0000ULL};
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (const auto v4 = parse_ipv4(text)) return *v4;
  std::array<uint8_t, 16> octets{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), octets.data()) != 1) return std::nullopt;
  return ip_address(octets);
}

std::optional<IpInterfaceAddress> parse_ip_interface_address(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc{} || end != digits.data() + digits.size() ||
      length > address->bits()) {
    return std::nullopt;
  }
  return IpInterfaceAddress{*address, static_cast<uint8_t>(length)};
}

std::optional<IpPrefix> parse_ip_prefix(std::string_view text) {
  const auto cidr = parse_ip_interface_address(text);
  if (!cidr || cidr->prefix().network != cidr->address) return std::nullopt;
  return cidr->prefix();
}

std::string to_string(const IpAddress& address) {
  if (address.is_v4()) return to_string(address.v4());
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, octets_of(address).data(), text.data(), text.size());
  return text.data();
}
std::string to_string(const IpPrefix& prefix) {
  return fmt::format("{}/{}", to_string(prefix.network), prefix.length);
}
std::string to_string(const IpInterfaceAddress& address) {
  return fmt::format("{}/{}", to_string(address.address), address.length);
}

}  // namespace hoplab::net
