#include "agents/client/dhcp_client.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "agents/client/dhclient_script.h"
#include "agents/client/lease.h"
#include "agents/common/events/unix_listener.h"

namespace hoplab::client {
namespace {

constexpr const char* kFolder = "/run/hoplab-client";
constexpr const char* kLeases = "/run/hoplab-client/dhclient.leases";
constexpr const char* kPid = "/run/hoplab-client/dhclient.pid";
constexpr const char* kConfiguration = "/etc/hoplab/dhclient.conf";
constexpr std::chrono::seconds kPatience{6};  // a little more than dhclient's own timeout

std::string script() { return fmt::format("{}/{}", kFolder, agent::kDhclientScriptName); }

std::vector<std::string> command(const char* verb, const std::string& interface) {
  return {"/sbin/dhclient", "-4",  verb, "-cf", kConfiguration, "-lf",
          kLeases,          "-pf", kPid, "-sf", script(),       interface};
}

int64_t realtime_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

DhcpClient::~DhcpClient() {
  if (!thread_.joinable()) return;
  agent::signal_stop(stop_);
  thread_.join();
}

agent::ConfigFile DhcpClient::configuration() const {
  // The first DISCOVER at once, the first offer taken, and an answer or none within five seconds.
  return {kConfiguration,
          "initial-delay 0;\n"
          "select-timeout 0;\n"
          "initial-interval 1;\n"
          "backoff-cutoff 2;\n"
          "timeout 5;\n"
          "reboot 1;\n"
          "retry 2;\n"
          "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers;\n",
          0644,
          {}};
}

agent::Program DhcpClient::program() const {
  agent::Program program;
  program.name = kProgram;
  program.argv = command("-d", interface_);
  return program;
}

Status DhcpClient::listen(agent::Host& host) {
  if (thread_.joinable()) return {};
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  netlink_ = std::move(*netlink);
  auto socket = agent::bind_unix(agent::kDhclientEvents, SOCK_DGRAM);
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

void DhcpClient::receive(agent::Host& host) {
  std::array<char, 8192> buffer;
  while (agent::readable_before_stop(socket_.get(), stop_.get())) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    hoplab::v1::DaemonEvent event;
    if (got <= 0 || !event.mutable_lease()->ParseFromArray(buffer.data(), static_cast<int>(got))) {
      continue;
    }
    event.set_daemon(kProgram);
    {
      // Between the script's taking the address off and its telling so, the check of health may
      // have put it back.
      const std::lock_guard lock(interface_mutex_);
      take(event.lease());
      const auto& reason = event.lease().reason();
      if (effect_of(reason) == Effect::kDrop && reason != "RELEASE") {
        (void)drop(event.lease(), *netlink_);
      }
    }
    host.emit(std::move(event));
    host.recheck();
  }
}

void DhcpClient::take(const hoplab::v1::LeaseEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (effect_of(event.reason()) == Effect::kApply) {
      held_ = event;
      expires_ns_ = realtime_ns() + int64_t{event.lease_seconds()} * 1'000'000'000;
    } else {
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
  lease.set_expires_ns(expires_ns_);
  return lease;
}

Result<hoplab::v1::Lease> DhcpClient::acquire(agent::Host& host) {
  if (auto lease = this->lease()) return *lease;
  uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    failures = failures_;
  }
  if (auto released = host.release_program(kProgram); !released) {
    return std::unexpected(released.error());
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return held_ || failures_ > failures; });
  }
  if (auto lease = this->lease()) return *lease;
  return fail(ErrorKind::kTimeout,
              host.program_running(kProgram)
                  ? fmt::format("no DHCP server answered on {}", interface_)
                  : fmt::format("the DHCP client does not run, so {} has no address", interface_));
}

Status DhcpClient::release(agent::Host& host) {
  if (auto held = host.hold_program(kProgram, SIGKILL); !held) return held;
  // Sends the DHCPRELEASE, and reports RELEASE through the script. The file stays: the next one
  // begins with a DISCOVER that suggests the address of before.
  const auto released = host.run(command("-r", interface_), std::chrono::seconds(5));
  if (!released) return std::unexpected(released.error());
  hoplab::v1::LeaseEvent nothing;
  nothing.set_reason("RELEASE");
  nothing.set_interface(interface_);
  const std::lock_guard lock(interface_mutex_);
  take(nothing);
  return netlink_ ? drop(nothing, *netlink_) : Status{};
}

hoplab::v1::Condition DhcpClient::condition() {
  hoplab::v1::Condition condition;
  condition.set_name("lease on " + interface_);
  const std::lock_guard unchanged(interface_mutex_);
  std::optional<hoplab::v1::LeaseEvent> held;
  uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
    failures = failures_;
  }
  if (!held) {
    condition.set_detail(failures > 0 ? "no DHCP server answers" : "asked for by DHCP");
    return condition;
  }
  auto problem = missing(*held, *netlink_);
  if (!problem.empty()) {
    const auto link = netlink_->link(interface_);
    if (link && link->admin_up) {
      if (const auto again = apply(*held, *netlink_); again) problem.clear();
    }
  }
  condition.set_ok(problem.empty());
  condition.set_detail(problem.empty() ? held->address() : problem);
  return condition;
}

}  // namespace hoplab::client
