#include "agents/client/client.h"

#include <csignal>
#include <filesystem>
#include <optional>

#include "agents/client/bootp_client.h"
#include "agents/client/curl.h"
#include "agents/client/dhcp_client.h"
#include "agents/client/nscd.h"

namespace hoplab::agent {
namespace {

constexpr std::chrono::milliseconds kRequestTimeout{15000};

class Client final : public Role {
 public:
  explicit Client(const hoplab::v1::NodeSpec& spec) : cache_(spec.client().cache()) {
    const auto& interface = spec.client().dhcp_interface();
    if (interface.empty()) return;
    if (spec.client().bootp()) {
      bootp_.emplace(interface);
    } else {
      dhcp_.emplace(interface);
    }
  }

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files;
    if (dhcp_) files.push_back(dhcp_->configuration());
    if (cache_) files.push_back({client::kNscdConfiguration, client::nscd_configuration()});
    return files;
  }
  [[nodiscard]] std::vector<Program> programs() const override {
    std::vector<Program> programs;
    if (dhcp_) programs.push_back(dhcp_->program());
    if (cache_) programs.push_back(client::nscd());
    return programs;
  }
  Status prepare(Host& host) override {
    std::error_code ignored;
    std::filesystem::create_directories("/run/hoplab-client", ignored);
    if (cache_) std::filesystem::create_directories("/run/nscd", ignored);
    if (bootp_) return bootp_->start(host);
    return dhcp_ ? dhcp_->listen(host) : Status{};
  }
  std::vector<hoplab::v1::Condition> conditions(Host&) override {
    if (bootp_) return {bootp_->condition()};
    if (!dhcp_) return {};
    return {dhcp_->condition()};
  }
  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    if (auto lease = held()) *state.add_leases() = std::move(*lease);
  }
  // dhclient listens on the interface that is gone; started again it asks for its lease on the new.
  void interfaces_replaced(Host& host) override {
    if (dhcp_) (void)host.signal_program("dhclient", SIGTERM);
  }

  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) override {
    if (request.names() && cache_) {
      if (auto done = client::nscd_forget(host); !done) return done;
    }
    if (!request.lease()) return {};
    if (bootp_) return bootp_->release();
    return dhcp_ ? dhcp_->release(host) : Status{};
  }

  Result<hoplab::v1::RequestResult> request(Host& host,
                                            const hoplab::v1::RequestSpec& spec) override {
    std::optional<hoplab::v1::Lease> lease;
    if ((dhcp_ || bootp_) && spec.obtain_lease()) {
      auto acquired = dhcp_ ? dhcp_->acquire(host) : bootp_->acquire(host);
      if (!acquired) {
        hoplab::v1::RequestResult result;
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        result.set_started_ns(std::chrono::nanoseconds(now).count());
        result.set_ended_ns(result.started_ns());
        result.set_exit_code(-1);
        result.set_dhcp_error(acquired.error().what);
        return result;
      }
      lease = std::move(*acquired);
    } else {
      lease = held();
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
  std::optional<client::DhcpClient> dhcp_;
  std::optional<client::BootpClient> bootp_;
};

}  // namespace

std::unique_ptr<Role> make_client(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Client>(spec);
}

}  // namespace hoplab::agent
