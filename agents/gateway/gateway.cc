#include "agents/gateway/gateway.h"

#include <chrono>

#include "agents/gateway/render.h"
#include "agents/resolver/unbound.h"

namespace hoplab::agent {
namespace {

constexpr const char* kNft = "/usr/sbin/nft";
constexpr std::chrono::milliseconds kTimeout{5000};

// NAT by nftables around the DNS cache.
class Gateway final : public Unbound {
 public:
  explicit Gateway(const hoplab::v1::GatewaySpec& spec) : Unbound(spec.resolver()), spec_(spec) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = Unbound::files();
    files.push_back({gateway::kRules, gateway::render_rules(spec_)});
    return files;
  }

  Status prepare(Host& host) override {
    const auto loaded = host.run({kNft, "-f", std::string(gateway::kRules)}, kTimeout);
    if (!loaded) return std::unexpected(loaded.error());
    if (loaded->exit_code != 0) {
      return fail(ErrorKind::kEnvironment, "load NAT rules: " + loaded->error_output,
                  "the kernel needs nf_tables with nat and masquerade");
    }
    return Unbound::prepare(host);
  }

  std::vector<hoplab::v1::Condition> conditions(Host& host) override {
    auto conditions = Unbound::conditions(host);
    conditions.insert(conditions.begin(), rules_condition(host));
    return conditions;
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
};

}  // namespace

std::unique_ptr<Role> make_gateway(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Gateway>(spec.gateway());
}

}  // namespace hoplab::agent
