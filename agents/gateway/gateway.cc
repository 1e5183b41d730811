#include "agents/gateway/gateway.h"

#include <chrono>

#include "agents/gateway/render.h"
#include "agents/resolver/unbound.h"

namespace hoplab::agent {
namespace {

constexpr const char* kNft = "/usr/sbin/nft";
constexpr std::chrono::milliseconds kTimeout{5000};

class Gateway final : public Role {
 public:
  explicit Gateway(const hoplab::v1::NodeSpec& spec)
      : spec_(spec.gateway()), unbound_(spec.gateway().resolver()) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = unbound_.files();
    files.push_back({gateway::kRules, gateway::render_rules(spec_)});
    return files;
  }
  [[nodiscard]] std::vector<Program> programs() const override { return {Unbound::program()}; }

  Status prepare(Host& host) override {
    const auto loaded = host.run({kNft, "-f", std::string(gateway::kRules)}, kTimeout);
    if (!loaded) return std::unexpected(loaded.error());
    if (loaded->exit_code != 0) {
      return fail(ErrorKind::kEnvironment, "load NAT rules: " + loaded->error_output,
                  "the kernel needs nf_tables with nat and masquerade");
    }
    return unbound_.prepare(host);
  }

  std::vector<hoplab::v1::Condition> conditions(Host& host) override {
    return {rules_condition(host), unbound_.condition()};
  }

  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    unbound_.snapshot(state);
  }
  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) override {
    return unbound_.forget(host, request);
  }
  void flush_events(Host&) override { unbound_.flush_events(); }
  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault) override {
    return unbound_.apply(host, fault);
  }
  Status undo(Host& host, const hoplab::v1::Fault& fault) override {
    return unbound_.undo(host, fault);
  }

 private:
  static hoplab::v1::Condition rules_condition(Host& host) {
    hoplab::v1::Condition condition;
    condition.set_name(std::string("NAT rules"));
    const auto listed =
        host.run({kNft, "list", "table", "ip", std::string(gateway::kTable)}, kTimeout);
    condition.set_ok(listed && listed->exit_code == 0);
    condition.set_detail(condition.ok() ? "loaded" : "the table is gone");
    return condition;
  }

  const hoplab::v1::GatewaySpec spec_;
  Unbound unbound_;
};

}  // namespace

std::unique_ptr<Role> make_gateway(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Gateway>(spec);
}

}  // namespace hoplab::agent
