#include "agents/client/lease6.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <sstream>

#include "agents/client/name_servers.h"
#include "agents/common/net/ip_address.h"

namespace hoplab::client {
namespace {

// Longer than the standard's second for one question (RFC 4862, section 5.1).
constexpr std::chrono::milliseconds kDuplicateCheck{2500};
constexpr std::chrono::milliseconds kLinkLocal{3000};

using Predicate = std::function<bool(const netlink::AddressInfo&)>;

std::optional<netlink::AddressInfo> find(const std::string& interface,
                                         const netlink::Netlink& netlink, const Predicate& is) {
  const auto link = netlink.link(interface);
  const auto addresses = netlink.addresses();
  if (!link || !addresses) return std::nullopt;
  const auto found = std::ranges::find_if(
      *addresses, [&](const netlink::AddressInfo& a) { return a.index == link->index && is(a); });
  return found == addresses->end() ? std::nullopt : std::optional(*found);
}

enum class Found { kUsable, kTaken, kNotYet };

// Until the interface has such an address, and the kernel has asked whether it is taken. One that
// is for a time the kernel takes away when another host turns out to have it: where it was added,
// that may be before the first look.
Found wait_for(const std::string& interface, const netlink::Netlink& netlink, const Predicate& is,
               bool added, std::chrono::milliseconds patience) {
  auto changes = netlink::Socket::open(NETLINK_ROUTE);
  if (!changes || !changes->subscribe({RTNLGRP_IPV6_IFADDR})) return Found::kNotYet;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (bool seen = added;;) {
    const auto found = find(interface, netlink, is);
    if (found && found->duplicated) return Found::kTaken;
    if (found && !found->tentative) return Found::kUsable;
    if (!found && seen) return Found::kTaken;
    seen = seen || found.has_value();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd change{changes->fd(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&change, 1, static_cast<int>(left.count())) <= 0) {
      return Found::kNotYet;
    }
    std::array<char, 65536> ignored;
    while (::recv(changes->fd(), ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
    }
  }
}

uint32_t seconds(const std::string& text) {
  uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

hoplab::v1::LeaseEvent read_event6(const Environment& environment) {
  hoplab::v1::LeaseEvent event;
  event.set_reason(environment("reason"));
  event.set_interface(environment("interface"));
  // One whose preferred lifetime is over is named by the cur_ variables, one that ended by the
  // old_.
  const char* prefix = !environment("new_ip6_address").empty()   ? "new_"
                       : !environment("cur_ip6_address").empty() ? "cur_"
                                                                 : "old_";
  const auto value = [&](const char* name) {
    return environment((std::string(prefix) + name).c_str());
  };
  if (const auto address = net::parse_ip(value("ip6_address"))) {
    const uint32_t length = seconds(value("ip6_prefixlen"));
    event.set_address(net::to_string(net::IpInterfaceAddress{
        *address, static_cast<uint8_t>(length == 0 || length > 128 ? 128 : length)}));
  }
  std::istringstream servers(value("dhcp6_name_servers"));
  for (std::string server; servers >> server;) event.add_name_servers(server);
  event.set_server(value("dhcp6_server_id"));
  event.set_lease_seconds(seconds(value("max_life")));
  event.set_preferred_seconds(seconds(value("preferred_life")));
  return event;
}

Effect effect_of6(const hoplab::v1::LeaseEvent& event) {
  for (const auto* word : {"BOUND6", "RENEW6", "REBIND6"}) {
    if (event.reason() == word) return event.lease_seconds() == 0 ? Effect::kDrop : Effect::kApply;
  }
  for (const auto* word : {"EXPIRE6", "RELEASE6", "STOP6"}) {
    if (event.reason() == word) return Effect::kDrop;
  }
  return event.reason() == "DEPREF6" ? Effect::kDeprecate : Effect::kNone;
}

Status apply6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto address = net::parse_ip_interface_address(event.address());
  if (!address) {
    return fail(ErrorKind::kInternal, "lease: \"" + event.address() + "\" is no address");
  }
  const netlink::Lifetimes times{event.lease_seconds(),
                                 std::min(event.preferred_seconds(), event.lease_seconds())};
  if (auto lent = netlink.lend_address(event.interface(), *address, times); !lent) return lent;
  const auto found = wait_for(
      event.interface(), netlink, [&](const auto& a) { return a.address == *address; }, true,
      kDuplicateCheck);
  if (found != Found::kUsable) {
    (void)netlink.remove_address(event.interface(), *address);
    return found == Found::kTaken
               ? fail(ErrorKind::kUnavailable, event.address() + ": another host has it")
               : fail(ErrorKind::kTimeout, event.address() + " did not become usable");
  }
  return name_servers(NameSource::kDhcpv6,
                      {event.name_servers().begin(), event.name_servers().end()});
}

// The valid lifetime goes on: what of it is left is the kernel's to know.
Status deprecate6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto address = net::parse_ip_interface_address(event.address());
  if (!address) return {};
  const auto found =
      find(event.interface(), netlink, [&](const auto& a) { return a.address == *address; });
  if (!found || found->valid_seconds == 0) return {};
  return netlink.lend_address(event.interface(), *address, {found->valid_seconds, 0});
}

Status drop6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  if (const auto address = net::parse_ip_interface_address(event.address())) {
    const auto gone = netlink.remove_address(event.interface(), *address);
    if (!gone) return std::unexpected(gone.error());
  }
  return name_servers(NameSource::kDhcpv6, {});
}

std::string missing6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink) {
  const auto wanted = net::parse_ip_interface_address(event.address());
  if (!wanted) return "the address cannot be read";
  const auto found =
      find(event.interface(), netlink, [&](const auto& a) { return a.address == *wanted; });
  return found ? "" : "the address is gone";
}

bool wait_for_link_local(const std::string& interface, const netlink::Netlink& netlink) {
  return wait_for(
             interface, netlink, [](const auto& a) { return a.address.address.is_link_local(); },
             false, kLinkLocal) == Found::kUsable;
}

}  // namespace hoplab::client
