#include "agents/client/client.h"

#include <filesystem>
#include <optional>

#include "agents/client/autoconf.h"
#include "agents/client/bootp_client.h"
#include "agents/client/curl.h"
#include "agents/client/dhcp_client.h"
#include "agents/client/name_servers.h"
#include "agents/client/nscd.h"

namespace hoplab::agent {
namespace {

constexpr std::chrono::milliseconds kRequestTimeout{15000};

// Without IPv4 there is no request; IPv6 that does not come is seen in its exchanges.
hoplab::v1::RequestResult without_address(const std::string& why) {
  hoplab::v1::RequestResult result;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  result.set_started_ns(std::chrono::nanoseconds(now).count());
  result.set_ended_ns(result.started_ns());
  result.set_exit_code(-1);
  result.set_dhcp_error(why);
  return result;
}

class Client final : public Role {
 public:
  explicit Client(const hoplab::v1::NodeSpec& spec)
      : cache_(spec.client().cache()),
        servers_(spec.name_servers().begin(), spec.name_servers().end()) {
    if (const auto& interface = spec.client().autoconf_interface(); !interface.empty()) {
      autoconf_.emplace(interface, spec.client().dhcpv6());
      if (spec.client().dhcpv6()) dhcp6_.emplace(interface, client::DhcpVersion::k6);
    }
    const auto& interface = spec.client().dhcp_interface();
    if (interface.empty()) return;
    if (spec.client().bootp()) {
      bootp_.emplace(interface);
    } else {
      dhcp_.emplace(interface, client::DhcpVersion::k4);
    }
  }

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files;
    for (const auto* dhcp : {&dhcp_, &dhcp6_}) {
      if (*dhcp) files.push_back((*dhcp)->configuration());
    }
    if (cache_) files.push_back({client::kNscdConfiguration, client::nscd_configuration()});
    return files;
  }
  [[nodiscard]] std::vector<Program> programs() const override {
    std::vector<Program> programs;
    for (const auto* dhcp : {&dhcp_, &dhcp6_}) {
      if (*dhcp) programs.push_back((*dhcp)->program());
    }
    if (cache_) programs.push_back(client::nscd());
    return programs;
  }
  Status prepare(Host& host) override {
    std::error_code ignored;
    std::filesystem::create_directories("/run/hoplab-client", ignored);
    if (cache_) std::filesystem::create_directories("/run/nscd", ignored);
    if (auto done = client::name_servers(client::NameSource::kTopology, servers_); !done) {
      return done;
    }
    if (autoconf_) {
      if (auto done = autoconf_->listen(host); !done) return done;
    }
    if (dhcp6_) {
      if (auto done = dhcp6_->listen(host); !done) return done;
    }
    if (bootp_) return bootp_->start(host);
    return dhcp_ ? dhcp_->listen(host) : Status{};
  }
  std::vector<hoplab::v1::Condition> conditions(Host&) override {
    std::vector<hoplab::v1::Condition> conditions;
    if (bootp_) conditions.push_back(bootp_->condition());
    if (dhcp_) conditions.push_back(dhcp_->condition());
    if (autoconf_) conditions.push_back(autoconf_->condition());
    if (dhcp6_) conditions.push_back(dhcp6_->condition());
    return conditions;
  }
  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    if (auto lease = held()) *state.add_leases() = std::move(*lease);
    if (autoconf_) {
      if (auto found = autoconf_->found()) *state.add_leases() = std::move(*found);
    }
    if (dhcp6_) {
      if (auto lease = dhcp6_->lease()) *state.add_leases() = std::move(*lease);
    }
  }
  // dhclient listens on the interface that is gone; started again it asks for its lease on the new.
  void interfaces_replaced(Host& host) override {
    if (dhcp_) dhcp_->restart(host);
    if (dhcp6_) dhcp6_->restart(host);
  }

  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) override {
    if (request.names() && cache_) {
      if (auto done = client::nscd_forget(host); !done) return done;
    }
    if (!request.lease()) return {};
    Status done;
    const auto also = [&](const Status& step) {
      if (done) done = step;
    };
    if (dhcp6_) also(dhcp6_->release(host));  // which is sent from the link-local address
    if (autoconf_) also(autoconf_->forget());
    if (bootp_) also(bootp_->release());
    if (dhcp_) also(dhcp_->release(host));
    return done;
  }

  Result<hoplab::v1::RequestResult> request(Host& host,
                                            const hoplab::v1::RequestSpec& spec) override {
    std::optional<hoplab::v1::Lease> lease;
    if (spec.obtain_lease() && autoconf_) (void)autoconf_->solicit();
    if ((dhcp_ || bootp_) && spec.obtain_lease()) {
      auto acquired = dhcp_ ? dhcp_->acquire(host) : bootp_->acquire(host);
      if (!acquired) return without_address(acquired.error().what);
      lease = std::move(*acquired);
    } else {
      lease = held();
    }
    if (spec.obtain_lease() && autoconf_ && autoconf_->acquire() && dhcp6_) {
      (void)dhcp6_->acquire(host);
    }
    const auto timeout =
        spec.timeout_ms() == 0 ? kRequestTimeout : std::chrono::milliseconds(spec.timeout_ms());
    auto result = client::fetch(host, spec.url(), timeout);
    if (result && lease) *result->mutable_lease() = std::move(*lease);
    return result;
  }

 private:
  [[nodiscard]] std::optional<hoplab::v1::Lease> held() const {
    if (bootp_) return bootp_->lease();
    return dhcp_ ? dhcp_->lease() : std::nullopt;
  }

  const bool cache_;
  const std::vector<std::string> servers_;  // what the topology names
  std::optional<client::DhcpClient> dhcp_;
  std::optional<client::BootpClient> bootp_;
  std::optional<client::Autoconf> autoconf_;
  std::optional<client::DhcpClient> dhcp6_;
};

}  // namespace

std::unique_ptr<Role> make_client(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Client>(spec);
}

}  // namespace hoplab::agent
