// Reading attributes of kernel messages: sizes are checked, absence is a value.
#pragma once

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"

namespace hoplab::netlink {

template <int Max>
using Attributes = std::array<nlattr*, Max + 1>;

// The attributes after a fixed header of `header_size` bytes; nothing when the message is too
// short.
template <int Max>
std::optional<Attributes<Max>> parse(const nlmsghdr* message, size_t header_size) {
  Attributes<Max> result{};
  if (nlmsg_parse(const_cast<nlmsghdr*>(message), static_cast<int>(header_size), result.data(), Max,
                  nullptr) < 0) {
    return std::nullopt;
  }
  return result;
}

template <int Max>
Attributes<Max> parse_nested(nlattr* nest) {
  Attributes<Max> result{};
  if (nest == nullptr || nla_parse_nested(result.data(), Max, nest, nullptr) < 0)
    result.fill(nullptr);
  return result;
}

template <typename Value>
Value value_of(const nlattr* attribute, Value otherwise = {}) {
  if (attribute != nullptr && static_cast<size_t>(nla_len(attribute)) >= sizeof(Value)) {
    std::memcpy(&otherwise, nla_data(attribute), sizeof(Value));
  }
  return otherwise;
}

inline std::string text_of(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const auto* start = static_cast<const char*>(nla_data(attribute));
  return {start, strnlen(start, static_cast<size_t>(nla_len(attribute)))};
}

inline std::optional<net::Ipv4> address_of(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != 4) return std::nullopt;
  return net::Ipv4{ntohl(value_of<uint32_t>(attribute))};
}

// Of either version.
inline std::optional<net::IpAddress> ip_of(const nlattr* attribute) {
  if (attribute == nullptr || (nla_len(attribute) != 4 && nla_len(attribute) != 16)) return {};
  const auto* start = static_cast<const uint8_t*>(nla_data(attribute));
  return net::ip_address({start, static_cast<size_t>(nla_len(attribute))});
}

inline std::optional<net::Mac> mac_of(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != 6) return std::nullopt;
  return value_of<net::Mac>(attribute);
}

}  // namespace hoplab::netlink
