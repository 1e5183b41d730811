#include "controller/journey/decode/address_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hoplab::journey {

std::string mac_text(uint64_t mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac >> 40U & 255U,
                     mac >> 32U & 255U, mac >> 24U & 255U, mac >> 16U & 255U, mac >> 8U & 255U,
                     mac & 255U);
}

std::string address_text(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U,
                     address & 255U);
}

std::string address_text(const net::IpAddress& address) { return net::to_string(address); }

std::string address_text(Bytes address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  if (address.size() != 4 && address.size() != 16) return {};
  return inet_ntop(family, address.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

std::string prefix_text(Bytes bytes, unsigned length, bool ipv6) {
  std::array<uint8_t, 16> address{};
  const size_t size = ipv6 ? 16 : 4;
  std::ranges::copy(bytes.first(std::min(bytes.size(), size)), address.begin());
  return fmt::format("{}/{}", address_text(Bytes(address).first(size)), length);
}

std::string printable_text(Bytes bytes, size_t most) {
  std::string text;
  for (const uint8_t b : bytes.first(std::min(bytes.size(), most))) {
    text += b >= ' ' && b < 127 ? static_cast<char>(b) : '?';
  }
  if (bytes.size() > most) text += "…";
  return text;
}

std::string hex_text(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t b : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", b);
  return text;
}

}  // namespace hoplab::journey
