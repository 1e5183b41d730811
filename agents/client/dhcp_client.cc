#include "agents/client/dhcp_client.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "agents/client/dhclient_script.h"
#include "agents/client/lease6.h"
#include "agents/common/events/unix_listener.h"

namespace hoplab::client {
namespace {

constexpr const char* kFolder = "/run/hoplab-client";

std::string script() { return fmt::format("{}/{}", kFolder, agent::kDhclientScriptName); }

constexpr int64_t kSecond = 1'000'000'000;

int64_t realtime_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What is left of it after that time; nothing where it has ended.
std::optional<hoplab::v1::LeaseEvent> remaining(hoplab::v1::LeaseEvent lease, int64_t passed_ns) {
  const auto passed = static_cast<uint32_t>(std::max<int64_t>(0, passed_ns / kSecond));
  const auto left = [&](uint32_t seconds) {
    if (seconds == 0 || seconds == netlink::Lifetimes::kForever) return seconds;
    return seconds <= passed ? 0 : seconds - passed;
  };
  const bool timed = lease.lease_seconds() != 0;
  lease.set_lease_seconds(left(lease.lease_seconds()));
  lease.set_preferred_seconds(left(lease.preferred_seconds()));
  if (timed && lease.lease_seconds() == 0) return std::nullopt;
  return lease;
}

}  // namespace

struct DhcpClient::Kind {
  const char* program;        // its name for the supervisor
  const char* settings;       // dhclient.conf(5)
  const char* configuration;  // files
  const char* leases;
  const char* pid;
  const char* events;
  const char* condition;
  const char* protocol;
  std::vector<std::string> options;
  std::chrono::seconds patience;
  Effect (*effect_of)(const hoplab::v1::LeaseEvent&);
  Status (*apply)(const hoplab::v1::LeaseEvent&, const netlink::Netlink&);
  Status (*drop)(const hoplab::v1::LeaseEvent&, const netlink::Netlink&);
  std::string (*missing)(const hoplab::v1::LeaseEvent&, const netlink::Netlink&);
};

const DhcpClient::Kind& DhcpClient::kind_of(DhcpVersion version) {
  // The first DISCOVER at once, the first offer taken, and an answer or none within five seconds;
  // the patience is a little more than dhclient's own timeout.
  static const Kind k4 = {
      "dhclient",
      "initial-delay 0;\n"
      "select-timeout 0;\n"
      "initial-interval 1;\n"
      "backoff-cutoff 2;\n"
      "timeout 5;\n"
      "reboot 1;\n"
      "retry 2;\n"
      "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers;\n",
      "/etc/hoplab/dhclient.conf",
      "/run/hoplab-client/dhclient.leases",
      "/run/hoplab-client/dhclient.pid",
      agent::kDhclientEvents,
      "lease on ",
      "DHCP",
      {"-4"},
      std::chrono::seconds(6),
      [](const hoplab::v1::LeaseEvent& event) { return effect_of(event.reason()); },
      apply,
      drop,
      missing};
  // It begins after a random time of up to a second (RFC 8415, section 18.2.1). A DUID of the MAC
  // is the same in every run.
  static const Kind k6 = {"dhclient6",
                          "# Of DHCPv6 all times are the standard's.\n",
                          "/etc/hoplab/dhclient6.conf",
                          "/run/hoplab-client/dhclient6.leases",
                          "/run/hoplab-client/dhclient6.pid",
                          agent::kDhclientEvents6,
                          "DHCPv6 lease on ",
                          "DHCPv6",
                          {"-6", "-D", "LL"},
                          std::chrono::seconds(8),
                          effect_of6,
                          apply6,
                          drop6,
                          missing6};
  return version == DhcpVersion::k4 ? k4 : k6;
}

DhcpClient::DhcpClient(std::string interface, DhcpVersion version)
    : interface_(std::move(interface)), kind_(kind_of(version)) {}

std::vector<std::string> DhcpClient::command(const char* verb) const {
  std::vector<std::string> words = {"/sbin/dhclient"};
  words.insert(words.end(), kind_.options.begin(), kind_.options.end());
  words.insert(words.end(), {verb, "-cf", kind_.configuration, "-lf", kind_.leases, "-pf",
                             kind_.pid, "-sf", script(), interface_});
  return words;
}

DhcpClient::~DhcpClient() {
  if (!thread_.joinable()) return;
  agent::signal_stop(stop_);
  thread_.join();
}

agent::ConfigFile DhcpClient::configuration() const {
  return {kind_.configuration, kind_.settings, 0644, {}};
}

agent::Program DhcpClient::program() const {
  agent::Program program;
  program.name = kind_.program;
  program.argv = command("-d");
  return program;
}

Status DhcpClient::listen(agent::Host& host) {
  if (thread_.joinable()) return {};
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  netlink_ = std::move(*netlink);
  auto socket = agent::bind_unix(kind_.events, SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error());
  auto stop = agent::make_stop_event();
  if (!stop) return std::unexpected(stop.error());
  std::error_code error;
  std::filesystem::remove(script(), error);
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) std::filesystem::create_symlink(self, script(), error);
  if (error) return fail_errno("make dhclient's script", error.value());
  socket_ = std::move(*socket);
  stop_ = std::move(*stop);
  thread_ = std::thread([this, &host] { receive(host); });
  return {};
}

void DhcpClient::restart(agent::Host& host) { (void)host.signal_program(kind_.program, SIGTERM); }

void DhcpClient::receive(agent::Host& host) {
  std::array<char, 8192> buffer;
  while (agent::readable_before_stop(socket_.get(), stop_.get())) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    hoplab::v1::DaemonEvent event;
    if (got <= 0 || !event.mutable_lease()->ParseFromArray(buffer.data(), static_cast<int>(got))) {
      continue;
    }
    event.set_daemon(kind_.program);
    {
      // Between the script's taking the address off and its telling so, the check of health may
      // have put it back.
      const std::lock_guard lock(interface_mutex_);
      take(event.lease());
      if (kind_.effect_of(event.lease()) == Effect::kDrop &&
          !event.lease().reason().starts_with("RELEASE")) {
        (void)kind_.drop(event.lease(), *netlink_);
      }
    }
    host.emit(std::move(event));
    host.recheck();
  }
}

void DhcpClient::take(const hoplab::v1::LeaseEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    const Effect effect = kind_.effect_of(event);
    if (effect == Effect::kApply) {
      held_ = event;
      held_since_ns_ = realtime_ns();
    } else if (effect != Effect::kDeprecate) {
      held_.reset();
      if (event.reason() == "FAIL") ++failures_;
    }
  }
  changed_.notify_all();
}

std::optional<hoplab::v1::Lease> DhcpClient::lease() const {
  const std::lock_guard lock(mutex_);
  if (!held_) return std::nullopt;
  hoplab::v1::Lease lease;
  lease.set_address(held_->address());
  if (netlink_) {
    if (const auto link = netlink_->link(interface_)) lease.set_mac(net::to_string(link->mac));
  }
  lease.set_server(held_->server());
  lease.set_router(held_->router());
  *lease.mutable_name_servers() = held_->name_servers();
  lease.set_lease_seconds(held_->lease_seconds());
  lease.set_expires_ns(held_since_ns_ + int64_t{held_->lease_seconds()} * kSecond);
  return lease;
}

Result<hoplab::v1::Lease> DhcpClient::acquire(agent::Host& host) {
  if (auto lease = this->lease()) return *lease;
  uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    failures = failures_;
  }
  if (auto released = host.release_program(kind_.program); !released) {
    return std::unexpected(released.error());
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kind_.patience, [&] { return held_ || failures_ > failures; });
  }
  if (auto lease = this->lease()) return *lease;
  return fail(ErrorKind::kTimeout,
              host.program_running(kind_.program)
                  ? fmt::format("no {} server answered on {}", kind_.protocol, interface_)
                  : fmt::format("the {} client does not run, so {} has no address", kind_.protocol,
                                interface_));
}

Status DhcpClient::release(agent::Host& host) {
  if (auto held = host.hold_program(kind_.program, SIGKILL); !held) return held;
  // Sends the DHCPRELEASE, and reports RELEASE through the script. The file stays: the next one
  // begins with a DISCOVER that suggests the address of before.
  const auto released = host.run(command("-r"), std::chrono::seconds(5));
  if (!released) return std::unexpected(released.error());
  hoplab::v1::LeaseEvent nothing;
  nothing.set_reason("RELEASE");
  nothing.set_interface(interface_);
  const std::lock_guard lock(interface_mutex_);
  take(nothing);
  return netlink_ ? kind_.drop(nothing, *netlink_) : Status{};
}

hoplab::v1::Condition DhcpClient::condition() {
  hoplab::v1::Condition condition;
  condition.set_name(kind_.condition + interface_);
  const std::lock_guard unchanged(interface_mutex_);
  std::optional<hoplab::v1::LeaseEvent> held;
  uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    // The kernel may take an ended one away a moment before dhclient tells.
    if (held_) held = remaining(*held_, realtime_ns() - held_since_ns_);
    failures = failures_;
  }
  if (!held) {
    condition.set_detail(failures > 0 ? fmt::format("no {} server answers", kind_.protocol)
                                      : fmt::format("asked for by {}", kind_.protocol));
    return condition;
  }
  auto problem = kind_.missing(*held, *netlink_);
  if (!problem.empty()) {
    const auto link = netlink_->link(interface_);
    if (link && link->admin_up) {
      if (const auto again = kind_.apply(*held, *netlink_); again) problem.clear();
    }
  }
  condition.set_ok(problem.empty());
  condition.set_detail(problem.empty() ? held->address() : problem);
  return condition;
}

}  // namespace hoplab::client
