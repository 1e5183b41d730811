#include "agents/common/netlink/configure.h"

#include <fmt/core.h>
#include <linux/rtnetlink.h>

#include <algorithm>

namespace hoplab::netlink {
namespace {

constexpr uint32_t kDefaultMtu = 1500;

struct Interface {
  std::string name;
  std::optional<net::Mac> mac;
  std::vector<net::IpInterfaceAddress> addresses;
  uint32_t mtu = kDefaultMtu;
  bool offload = false;
};
bool has_ipv6(const Interface& interface) {
  return std::ranges::any_of(interface.addresses, [](const auto& a) { return a.address.is_v6(); });
}
struct Intent {
  std::vector<Interface> interfaces;
  std::vector<RouteInfo> routes;
  std::vector<net::IpInterfaceAddress> loopbacks;
  bool bridge = false;
};

std::unexpected<Error> unreadable(const v1::NodeSpec& spec, std::string_view what,
                                  std::string_view text) {
  return fail(ErrorKind::kInvalid, fmt::format("node {}: '{}' is not {}", spec.node(), text, what));
}

Result<Interface> read(const v1::NodeSpec& spec, const v1::InterfaceSpec& in) {
  Interface out{.name = in.name(),
                .mac = {},
                .addresses = {},
                .mtu = in.mtu() == 0 ? kDefaultMtu : in.mtu(),
                .offload = in.offload()};
  if (!in.mac().empty()) {
    out.mac = net::parse_mac(in.mac());
    if (!out.mac) return unreadable(spec, "a MAC address", in.mac());
  }
  for (const std::string& text : in.addresses()) {
    const auto address = net::parse_ip_interface_address(text);
    if (!address) return unreadable(spec, "an address with prefix length", text);
    out.addresses.push_back(*address);
  }
  return out;
}

// All of the spec is read before anything is done.
Result<Intent> read(const v1::NodeSpec& spec) {
  Intent intent;
  for (const auto& in : spec.interfaces()) {
    auto interface = read(spec, in);
    if (!interface) return std::unexpected(interface.error());
    intent.interfaces.push_back(*std::move(interface));
  }
  for (const auto& in : spec.routes()) {
    const auto prefix = net::parse_ip_prefix(in.prefix());
    if (!prefix) return unreadable(spec, "a prefix", in.prefix());
    if (in.via().empty()) {
      intent.routes.push_back(
          {.prefix = *prefix, .next_hops = {}, .protocol = RTPROT_STATIC, .kind = RTN_UNREACHABLE});
      continue;
    }
    const auto via = net::parse_ip(in.via());
    if (!via) return unreadable(spec, "an address", in.via());
    intent.routes.push_back(
        {.prefix = *prefix, .next_hops = {{*via, 0}}, .protocol = RTPROT_STATIC});
  }
  for (const std::string& text : {spec.router().loopback(), spec.router().loopback6()}) {
    if (text.empty()) continue;
    const auto loopback = net::parse_ip_interface_address(text);
    if (!loopback) return unreadable(spec, "an address with prefix length", text);
    intent.loopbacks.push_back(*loopback);
  }
  intent.bridge = spec.has_switch_();
  return intent;
}

// Runs idempotent steps in order; after the first failure, none.
class Steps {
 public:
  explicit Steps(std::string node) : node_(std::move(node)) {}
  template <typename Step>
  bool operator()(Step&& step) {
    if (!status_) return false;
    const Result<bool> done = step();
    if (!done) {
      Error error = done.error();
      error.what = fmt::format("node {}: {}", node_, error.what);
      status_ = std::unexpected(std::move(error));
      return false;
    }
    changed_ |= *done;
    return true;
  }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  std::string node_;
  Status status_;
  bool changed_ = false;
};

}  // namespace

Result<Configured> configure_interfaces(const v1::NodeSpec& spec, const Netlink& netlink,
                                        const std::vector<std::string>& keep_down) {
  const auto intent = read(spec);
  if (!intent) return std::unexpected(intent.error());
  const auto links = netlink.links();
  if (!links) return std::unexpected(links.error());

  Configured result;
  Steps step(spec.node());
  step([&] { return netlink.set_up("lo", true); });
  for (const auto& loopback : intent->loopbacks) {
    step([&] { return netlink.add_address("lo", loopback); });
  }
  if (intent->bridge) {
    step([&] { return netlink.add_bridge(kBridge); });
    step([&] { return netlink.set_up(kBridge, true); });
  }
  for (const Interface& interface : intent->interfaces) {
    const std::string& name = interface.name;
    if (std::ranges::find(*links, name, &LinkInfo::name) == links->end()) {
      result.missing.push_back(name);
      continue;
    }
    if (interface.mac) step([&] { return netlink.set_mac(name, *interface.mac); });
    step([&] { return netlink.set_mtu(name, interface.mtu); });
    step([&] { return netlink.set_offload(name, interface.offload); });
    // IPv6 is silent where none was asked for.
    const bool ipv6 = has_ipv6(interface) || spec.client().autoconf_interface() == name;
    step([&] { return netlink.set_link_local(name, ipv6); });
    for (const auto& address : interface.addresses) {
      step([&] { return netlink.add_address(name, address); });
    }
    if (intent->bridge) step([&] { return netlink.enslave(name, kBridge); });
    if (std::ranges::find(keep_down, name) == keep_down.end()) {
      step([&] { return netlink.set_up(name, true); });
    }
  }
  const bool all_there = result.missing.empty() && keep_down.empty();
  for (const RouteInfo& route : intent->routes) {
    if (all_there) {
      step([&] { return netlink.replace_route(route); });
    } else if (!netlink.replace_route(route)) {
      result.waiting.push_back(net::to_string(route.prefix));
    }
  }
  if (!step.status()) return std::unexpected(step.status().error());
  result.changed = step.changed();
  return result;
}

}  // namespace hoplab::netlink
