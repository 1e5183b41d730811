#include "agents/common/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace hoplab::net {
namespace {

// "address/length" taken apart; nothing when there is no valid length.
std::optional<InterfaceAddress> parse_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ipv4(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc{} || end != digits.data() + digits.size() || length > 32) {
    return std::nullopt;
  }
  return InterfaceAddress{*address, static_cast<uint8_t>(length)};
}

}  // namespace

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return Ipv4{ntohl(parsed.s_addr)};
}

std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac;
  if (text.size() != 17) return std::nullopt;
  for (size_t i = 0; i < 6; ++i) {
    const char* digits = text.data() + i * 3;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac.bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
    if (i < 5 && digits[2] != ':') return std::nullopt;
  }
  return mac;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->prefix().network != cidr->address) return std::nullopt;
  return cidr->prefix();
}

std::optional<InterfaceAddress> parse_interface_address(std::string_view text) {
  return parse_cidr(text);
}

std::string to_string(Ipv4 a) {
  return fmt::format("{}.{}.{}.{}", a.value >> 24U, a.value >> 16U & 255U, a.value >> 8U & 255U,
                     a.value & 255U);
}
std::string to_string(const Mac& mac) {
  const auto& b = mac.bytes;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4],
                     b[5]);
}
std::string to_string(const Prefix& prefix) {
  return fmt::format("{}/{}", to_string(prefix.network), prefix.length);
}
std::string to_string(const InterfaceAddress& address) {
  return fmt::format("{}/{}", to_string(address.address), address.length);
}

}  // namespace hoplab::net
