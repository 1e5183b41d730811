#include "agents/gateway/gateway.h"

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "agents/common/base/read_file.h"
#include "agents/common/role/unmet.h"
#include "agents/gateway/render.h"
#include "agents/resolver/unbound.h"

namespace hoplab::agent {
namespace {

constexpr const char* kNft = "/usr/sbin/nft";
constexpr std::chrono::milliseconds kTimeout{5000};

constexpr const char* kAdvertiser = "radvd";

// How many router advertisements the kernel has sent from an interface (RFC 4293, ipIfStatsTable).
uint64_t advertisements_sent(const std::string& interface) {
  const auto table = read_file("/proc/net/dev_snmp6/" + interface);
  constexpr std::string_view kCounter = "Icmp6OutRouterAdvertisements";
  const size_t at = table ? table->find(kCounter) : std::string::npos;
  if (at == std::string::npos) return 0;
  return std::strtoull(table->c_str() + at + kCounter.size(), nullptr, 10);
}

// NAT by nftables around the DNS cache; for IPv6 a filter and router advertisements.
class Gateway final : public Unbound {
 public:
  explicit Gateway(const hoplab::v1::GatewaySpec& spec) : Unbound(spec.resolver()), spec_(spec) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = Unbound::files();
    files.push_back({gateway::kRules, gateway::render_rules(spec_)});
    if (advertises())
      files.push_back({gateway::kAdvertised, gateway::render_advertisements(spec_)});
    return files;
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    std::vector<Program> programs = Unbound::programs();
    if (!advertises()) return programs;
    Program radvd;
    radvd.name = kAdvertiser;
    // As root it needs NET_RAW alone. Its child for the interface's own settings, which are
    // read-only in a container, complains at the start and is of no further use.
    radvd.argv = {"/usr/sbin/radvd", "--nodaemon", "--config=" + std::string(gateway::kAdvertised),
                  "--pidfile=" + std::string(gateway::kAdvertiserPid), "--logmethod=stderr"};
    programs.push_back(std::move(radvd));
    return programs;
  }

  Status prepare(Host& host) override {
    const auto loaded = host.run({kNft, "-f", std::string(gateway::kRules)}, kTimeout);
    if (!loaded) return std::unexpected(loaded.error());
    if (loaded->exit_code != 0) {
      return fail(ErrorKind::kEnvironment, "load packet filters: " + loaded->error_output,
                  "the kernel needs nf_tables with nat, masquerade and connection tracking");
    }
    return Unbound::prepare(host);
  }

  std::vector<hoplab::v1::Condition> conditions(Host& host) override {
    auto conditions = Unbound::conditions(host);
    conditions.insert(conditions.begin(), rules_condition(host, "ip", "NAT rules"));
    if (spec_.prefix6().empty()) return conditions;
    conditions.push_back(rules_condition(host, "ip6", "IPv6 filter"));
    for (const auto& told : spec_.advertisements()) {
      conditions.push_back(advertised_condition(host, told.interface()));
    }
    return conditions;
  }

  void interfaces_replaced(Host& host) override {
    if (advertises()) (void)host.signal_program(kAdvertiser, SIGHUP);
  }

 private:
  [[nodiscard]] bool advertises() const { return !spec_.advertisements().empty(); }

  static hoplab::v1::Condition rules_condition(Host& host, const char* family, const char* name) {
    hoplab::v1::Condition condition;
    condition.set_name(name);
    const auto listed =
        host.run({kNft, "list", "table", family, std::string(gateway::kTable)}, kTimeout);
    condition.set_ok(listed && listed->exit_code == 0);
    condition.set_detail("loaded");
    if (!condition.ok()) say_unmet(condition, "condition.rules_gone", {{"rules", name}});
    return condition;
  }

  static hoplab::v1::Condition advertised_condition(Host& host, const std::string& interface) {
    hoplab::v1::Condition condition;
    condition.set_name("router advertisements on " + interface);
    const bool runs = host.program_running(kAdvertiser);
    const uint64_t sent = advertisements_sent(interface);
    condition.set_ok(runs && sent > 0);
    condition.set_detail("sent");
    if (!runs) say_unmet(condition, "condition.daemon_silent", {{"daemon", kAdvertiser}});
    if (runs && sent == 0) {
      say_unmet(condition, "condition.advertises_nothing",
                {{"daemon", kAdvertiser}, {"interface", interface}});
    }
    return condition;
  }

  const hoplab::v1::GatewaySpec spec_;
};

}  // namespace

std::unique_ptr<Role> make_gateway(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Gateway>(spec.gateway());
}

}  // namespace hoplab::agent
