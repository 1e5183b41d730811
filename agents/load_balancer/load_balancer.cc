#include "agents/load_balancer/load_balancer.h"

#include <chrono>

#include "agents/common/events/syslog.h"
#include "agents/common/probe/stream.h"
#include "agents/common/role/unmet.h"
#include "agents/load_balancer/render.h"

namespace hoplab::agent {
namespace {

constexpr std::chrono::milliseconds kControlTimeout{500};

class LoadBalancer final : public Role {
 public:
  explicit LoadBalancer(const hoplab::v1::NodeSpec& spec)
      : node_(spec), spec_(node_.load_balancer()) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = {
        {load_balancer::kConfiguration, load_balancer::render_configuration(node_)}};
    if (!spec_.certificate().empty()) {
      files.push_back(
          {load_balancer::kCertificate, spec_.certificate() + spec_.private_key(), 0600});
    }
    return files;
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    Program haproxy;
    haproxy.name = "haproxy";
    haproxy.argv = {"/usr/sbin/haproxy", "-db", "-f", std::string(load_balancer::kConfiguration)};
    haproxy.ready_file = load_balancer::kAdminSocket;
    return {haproxy};
  }

  Status prepare(Host& host) override {
    if (log_) return {};
    auto receiver =
        SyslogReceiver::listen(load_balancer::kLogSocket, [&host](std::string_view line) {
          if (auto event = load_balancer::parse_log(line)) {
            host.emit(std::move(*event));
          } else {
            host.recheck();  // a server went down or came up
          }
        });
    if (!receiver) return std::unexpected(receiver.error());
    log_ = std::move(*receiver);
    return {};
  }

  std::vector<hoplab::v1::Condition> conditions(Host&) override {
    const auto states = servers();
    if (!states) {
      hoplab::v1::Condition condition;
      condition.set_name("back ends");
      say_unmet(condition, "condition.daemon_silent", {{"daemon", "haproxy"}}, states.error().what);
      return {condition};
    }
    std::vector<hoplab::v1::Condition> conditions;
    for (const auto& state : *states) {
      auto& condition = conditions.emplace_back();
      condition.set_name("back end " + state.node());
      condition.set_ok(state.status().starts_with("UP"));
      condition.set_detail(state.check().empty() ? "not checked yet"
                                                 : state.status() + ", " + state.check());
    }
    return conditions;
  }

  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    auto states = servers();
    if (!states) return;
    for (auto& server : *states) *state.add_backends() = std::move(server);
  }

 private:
  static Result<std::vector<hoplab::v1::BackendState>> servers() {
    const auto csv =
        probe::converse(load_balancer::kAdminSocket, "show stat -1 4 -1\n", kControlTimeout);
    if (!csv) return std::unexpected(csv.error());
    return load_balancer::parse_statistics(*csv);
  }

  const hoplab::v1::NodeSpec node_;
  const hoplab::v1::LoadBalancerSpec& spec_;
  std::unique_ptr<SyslogReceiver> log_;
};

}  // namespace

std::unique_ptr<Role> make_load_balancer(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<LoadBalancer>(spec);
}

}  // namespace hoplab::agent
