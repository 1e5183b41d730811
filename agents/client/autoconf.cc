#include "agents/client/autoconf.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agents/client/name_servers.h"
#include "agents/common/events/unix_listener.h"

namespace hoplab::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kForgotten{15};  // as a program that a role holds down
// Three times, a second apart, and as long after the last (RFC 4861, section 6.3.7). The kernel
// asks once only where it had an answer before, so it is made to start anew.
constexpr int kTries = 3;
constexpr std::chrono::milliseconds kBetweenTries{1300};
constexpr uint32_t kForever = 0xffffffff;

bool is_default(const netlink::RouteInfo& route) {
  return route.prefix.length == 0 && !route.prefix.network.is_v4() && !route.next_hops.empty();
}

}  // namespace

Autoconf::~Autoconf() {
  if (!thread_.joinable()) return;
  agent::signal_stop(stop_);
  thread_.join();
}

Status Autoconf::listen(agent::Host& host) {
  if (thread_.joinable()) return {};
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  auto changes = netlink::Socket::open(NETLINK_ROUTE);
  if (!changes) return std::unexpected(changes.error());
  if (auto joined =
          changes->subscribe({RTNLGRP_ND_USEROPT, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE});
      !joined) {
    return joined;
  }
  auto stop = agent::make_stop_event();
  if (!stop) return std::unexpected(stop.error());
  netlink_ = std::move(*netlink);
  changes_ = std::move(*changes);
  stop_ = std::move(*stop);
  thread_ = std::thread([this, &host] { hear(host); });
  return {};
}

void Autoconf::hear(agent::Host& host) {
  for (;;) {
    const int timeout = keep_time();
    std::array<pollfd, 2> waits = {{{stop_.get(), POLLIN, 0}, {changes_->fd(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), timeout) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    if (waits[1].revents == 0) continue;
    read_changes();
    {
      const std::lock_guard lock(mutex_);
      ++changes_seen_;
    }
    changed_.notify_all();
    host.recheck();
  }
}

void Autoconf::read_changes() {
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  const ssize_t size = ::recv(changes_->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size <= 0) return;
  auto left = static_cast<unsigned>(size);
  for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (const auto told = read_rdnss(message)) take(*told);
  }
}

void Autoconf::take(const Rdnss& told) {
  const auto link = netlink_->link(interface_);
  if (!link || link->index != told.interface) return;
  const std::lock_guard lock(mutex_);
  servers_.clear();
  servers_end_.reset();
  if (told.lifetime_seconds != 0) {
    for (const auto& server : told.servers) servers_.push_back(net::to_string(server));
  }
  if (told.lifetime_seconds != 0 && told.lifetime_seconds != kForever) {
    servers_end_ = Clock::now() + std::chrono::seconds(told.lifetime_seconds);
  }
  (void)name_servers(NameSource::kAdvertised, servers_);
}

int Autoconf::keep_time() {
  bool ask = false;
  std::optional<Clock::time_point> next;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (servers_end_ && *servers_end_ <= now) {
      servers_.clear();
      servers_end_.reset();
      (void)name_servers(NameSource::kAdvertised, {});
    }
    ask = asks_again_ && *asks_again_ <= now;
    next = servers_end_;
    if (!ask && asks_again_ && (!next || *asks_again_ < *next)) next = asks_again_;
  }
  if (ask) (void)solicit();
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

Status Autoconf::forget() {
  {
    const std::lock_guard lock(mutex_);
    servers_.clear();
    servers_end_.reset();
    asks_again_ = Clock::now() + kForgotten;
  }
  if (auto done = name_servers(NameSource::kAdvertised, {}); !done) return done;
  return netlink_ ? clear() : Status{};
}

Status Autoconf::clear() {
  const auto link = netlink_->link(interface_);
  if (!link) return std::unexpected(link.error());
  const auto addresses = netlink_->addresses();
  if (!addresses) return std::unexpected(addresses.error());
  for (const auto& address : *addresses) {
    if (address.index != link->index || address.address.address.is_v4()) continue;
    if (const auto gone = netlink_->remove_address(interface_, address.address); !gone) {
      return std::unexpected(gone.error());
    }
  }
  const auto routes = netlink_->routes();
  if (!routes) return std::unexpected(routes.error());
  for (const auto& route : *routes) {
    const bool here = std::ranges::any_of(
        route.next_hops, [&](const auto& hop) { return hop.index == link->index; });
    if (!here || route.prefix.network.is_v4() || route.prefix.network.is_multicast()) continue;
    if (const auto gone = netlink_->remove_route(route); !gone) {
      return std::unexpected(gone.error());
    }
  }
  return {};
}

Status Autoconf::solicit() {
  {
    const std::lock_guard lock(mutex_);
    if (!asks_again_) return {};
    asks_again_.reset();
  }
  return start_anew();
}

Status Autoconf::start_anew() {
  // An advertisement nobody asked for may have come since all was forgotten.
  if (auto done = clear(); !done) return done;
  const auto link = netlink_->link(interface_);
  if (!link) return std::unexpected(link.error());
  const auto added = netlink_->add_address(interface_, {net::link_local(link->mac), 64},
                                           netlink::Duplicates::kAsked);
  if (!added) return std::unexpected(added.error());
  return {};
}

Autoconf::Seen Autoconf::look() const {
  Seen seen;
  const auto link = netlink_->link(interface_);
  const auto addresses = netlink_->addresses();
  const auto routes = netlink_->routes();
  if (!link || !addresses || !routes) {
    seen.missing = "the interface cannot be read";
    return seen;
  }
  bool tentative = false;
  for (const auto& a : *addresses) {
    if (a.index != link->index || a.address.address.is_v4() || a.address.address.is_link_local()) {
      continue;
    }
    if (!a.tentative) seen.addresses.push_back(a.address);
    tentative = tentative || a.tentative;
  }
  for (const auto& route : *routes) {
    if (is_default(route) && route.next_hops.front().index == link->index) {
      seen.router = route.next_hops.front().via;
    }
  }
  if (!seen.router) {
    seen.missing = "no router has advertised itself";
  } else if (tentative) {
    seen.missing = "asking whether somebody has the address already";
  } else if (!managed_ && seen.addresses.empty()) {
    seen.missing = "no prefix to make an address of was advertised";
  }
  return seen;
}

Status Autoconf::acquire() {
  std::string missing;
  for (int tries = 0; tries < kTries; ++tries) {
    if (tries > 0 && !look().router) {
      if (auto done = start_anew(); !done) return done;
    }
    missing = wait_until(Clock::now() + kBetweenTries);
    if (missing.empty()) return {};
  }
  return fail(ErrorKind::kTimeout, fmt::format("IPv6 on {}: {}", interface_, missing));
}

std::string Autoconf::wait_until(Clock::time_point deadline) {
  for (;;) {
    uint64_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = changes_seen_;
    }
    std::string missing = look().missing;
    if (missing.empty()) return {};
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return changes_seen_ != before; })) {
      return missing;
    }
  }
}

hoplab::v1::Condition Autoconf::condition() {
  hoplab::v1::Condition condition;
  condition.set_name((managed_ ? "IPv6 router on " : "IPv6 address on ") + interface_);
  const Seen seen = look();
  condition.set_ok(seen.missing.empty());
  if (!seen.missing.empty()) {
    condition.set_detail(seen.missing);
  } else {
    condition.set_detail(managed_ ? net::to_string(*seen.router)
                                  : net::to_string(seen.addresses.front()));
  }
  return condition;
}

std::optional<hoplab::v1::Lease> Autoconf::found() const {
  if (managed_ || !netlink_) return std::nullopt;
  const Seen seen = look();
  if (seen.addresses.empty()) return std::nullopt;
  hoplab::v1::Lease lease;
  lease.set_address(net::to_string(seen.addresses.front()));
  if (const auto link = netlink_->link(interface_)) lease.set_mac(net::to_string(link->mac));
  if (seen.router) lease.set_router(net::to_string(*seen.router));
  const std::lock_guard lock(mutex_);
  for (const std::string& server : servers_) lease.add_name_servers(server);
  return lease;
}

}  // namespace hoplab::client
