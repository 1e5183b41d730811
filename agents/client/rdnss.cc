#include "agents/client/rdnss.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace hoplab::client {
namespace {

constexpr uint8_t kRdnss = 25;
constexpr uint8_t kRouterAdvertisement = 134;

}  // namespace

std::optional<Rdnss> read_rdnss(std::span<const uint8_t> option) {
  // Type, length in units of 8 octets, reserved, lifetime, addresses (RFC 8106, section 5.1).
  if (option.size() < 8 || option[0] != kRdnss) return std::nullopt;
  const size_t length = option[1] * size_t{8};
  if (length < 24 || length > option.size()) return std::nullopt;
  Rdnss found;
  for (size_t i = 4; i < 8; ++i) found.lifetime_seconds = found.lifetime_seconds << 8U | option[i];
  for (size_t at = 8; at + 16 <= length; at += 16) {
    found.servers.push_back(net::ip_address(option.subspan(at, 16)));
  }
  return found;
}

std::optional<Rdnss> read_rdnss(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWNDUSEROPT) return std::nullopt;
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(nduseroptmsg))) return std::nullopt;
  nduseroptmsg header{};
  std::memcpy(&header, NLMSG_DATA(message), sizeof header);
  const size_t room = message->nlmsg_len - NLMSG_LENGTH(sizeof header);
  if (header.nduseropt_icmp_type != kRouterAdvertisement) return std::nullopt;
  if (header.nduseropt_opts_len > room) return std::nullopt;
  const auto* start = static_cast<const uint8_t*>(NLMSG_DATA(message)) + sizeof header;
  auto found = read_rdnss(std::span(start, header.nduseropt_opts_len));
  if (found) found->interface = header.nduseropt_ifindex;
  return found;
}

}  // namespace hoplab::client
