#include "agents/client/bootp_client.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <bit>
#include <map>
#include <sstream>

#include "agents/client/lease.h"
#include "agents/common/net/address.h"

namespace hoplab::client {
namespace {

constexpr std::chrono::seconds kPatience{6};
constexpr std::chrono::milliseconds kPause{250};

// bootpc sends through an ordinary socket: without an address the kernel knows no way to
// 255.255.255.255 of its own.
netlink::RouteInfo broadcast_route(int interface) {
  netlink::RouteInfo route;
  route.prefix = net::Prefix{net::Ipv4{0xffffffffU}, 32};
  route.next_hops = {{net::Ipv4{}, interface}};
  route.scope = RT_SCOPE_LINK;
  return route;
}

}  // namespace

std::optional<hoplab::v1::LeaseEvent> read_bootp(std::string_view output,
                                                 const std::string& interface) {
  std::map<std::string, std::string> values;
  std::istringstream lines{std::string(output)};
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find("='");
    const size_t end = line.rfind('\'');
    if (equals == std::string::npos || end < equals + 2) continue;
    values[line.substr(0, equals)] = line.substr(equals + 2, end - equals - 2);
  }
  const auto address = net::parse_ipv4(values["IPADDR"]);
  const auto mask = net::parse_ipv4(values["NETMASK"]);
  if (!address || address->value == 0) return std::nullopt;
  hoplab::v1::LeaseEvent event;
  event.set_reason("BOUND");
  event.set_interface(interface);
  event.set_address(net::to_string(net::InterfaceAddress{
      *address, static_cast<uint8_t>(mask ? std::popcount(mask->value) : 32)}));
  const std::string routers = values["GATEWAYS"];
  event.set_router(routers.substr(0, routers.find(' ')));
  std::istringstream servers(values["DNSSRVS"]);
  for (std::string server; servers >> server;) event.add_name_servers(server);
  const std::string server = values["SERVER"];
  if (server != "0.0.0.0") event.set_server(server);
  return event;
}

Status BootpClient::start(agent::Host& host) {
  if (thread_.joinable()) return {};
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  netlink_ = std::move(*netlink);
  thread_ = std::jthread([this, &host](const std::stop_token& stop) {
    while (!stop.stop_requested() && !lease()) {
      // bootpc itself waits for seconds; what fails before it, such as a wire that is away, would
      // spin.
      if (!ask(host)) std::this_thread::sleep_for(kPause);
      host.recheck();
    }
  });
  return {};
}

Status BootpClient::ask(agent::Host& host) {
  const std::lock_guard one_at_a_time(asking_);
  if (lease()) return {};
  const auto link = netlink_->link(interface_);
  if (!link) return std::unexpected(link.error());
  const auto route = broadcast_route(link->index);
  if (const auto added = netlink_->replace_route(route); !added) {
    return std::unexpected(added.error());
  }
  const auto ran = host.run({"/sbin/bootpc", "--dev", interface_, "--serverbcast", "--returniffail",
                             "--timeoutwait", "4"},
                            kPatience);
  const auto gone = netlink_->remove_route(route);
  auto event = ran ? read_bootp(ran->output, interface_) : std::nullopt;
  Status done = !gone ? Status(std::unexpected(gone.error())) : Status{};
  if (!event) {
    done = fail(ErrorKind::kTimeout, fmt::format("no BOOTP server answered on {}", interface_));
  } else if (done) {
    done = apply(*event, *netlink_);
  }
  const std::lock_guard lock(mutex_);
  if (done) {
    held_ = std::move(event);
  } else {
    problem_ = done.error().what;
  }
  return done;
}

Result<hoplab::v1::Lease> BootpClient::acquire(agent::Host& host) {
  if (Status asked = ask(host); !asked) return std::unexpected(asked.error());
  return *lease();
}

Status BootpClient::release() {
  hoplab::v1::LeaseEvent nothing;
  nothing.set_interface(interface_);
  {
    const std::lock_guard lock(mutex_);
    held_.reset();
    problem_ = "forgotten";
  }
  return netlink_ ? drop(nothing, *netlink_) : Status{};
}

std::optional<hoplab::v1::Lease> BootpClient::lease() const {
  const std::lock_guard lock(mutex_);
  if (!held_) return std::nullopt;
  hoplab::v1::Lease lease;
  lease.set_address(held_->address());
  if (const auto link = netlink_->link(interface_)) lease.set_mac(net::to_string(link->mac));
  lease.set_server(held_->server());
  lease.set_router(held_->router());
  *lease.mutable_name_servers() = held_->name_servers();
  return lease;
}

hoplab::v1::Condition BootpClient::condition() {
  hoplab::v1::Condition condition;
  condition.set_name("address on " + interface_);
  const std::lock_guard lock(mutex_);
  if (!held_) {
    condition.set_detail(problem_);
    return condition;
  }
  auto problem = missing(*held_, *netlink_);
  if (!problem.empty()) {
    const auto link = netlink_->link(interface_);
    if (link && link->admin_up && apply(*held_, *netlink_)) problem.clear();
  }
  condition.set_ok(problem.empty());
  condition.set_detail(problem.empty() ? held_->address() : problem);
  return condition;
}

}  // namespace hoplab::client
