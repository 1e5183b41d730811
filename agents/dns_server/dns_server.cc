#include "agents/dns_server/dns_server.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <set>

#include "agents/common/events/dnstap.h"
#include "agents/common/events/dnstap_flush.h"
#include "agents/common/probe/dns.h"
#include "agents/common/probe/settle.h"
#include "agents/common/role/unmet.h"
#include "agents/dns_server/render.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Condition;
using hoplab::v1::Zone;
using std::chrono::milliseconds;

constexpr const char* kDaemon = "knotd";
constexpr milliseconds kProbeTimeout{150};
constexpr milliseconds kSettleTimeout{2000};
constexpr milliseconds kControlTimeout{5000};
constexpr milliseconds kAskAgain{1000};

class DnsServer final : public Role {
 public:
  explicit DnsServer(const hoplab::v1::NodeSpec& spec) : spec_(spec.dns_server()) {
    if (spec_.listen_size() > 0) listen_ = net::parse_ipv4(spec_.listen(0));
  }

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = {
        {dns_server::kConfiguration, dns_server::render_configuration(spec_)},
        {"/run/role/knot/db/README", "Knot keeps its timers and journal here.\n"}};
    files.push_back({dns_server::kUsualConfiguration,
                     fmt::format("include: \"{}\"\n", dns_server::kConfiguration)});
    for (const Zone& zone : spec_.zones()) {
      if (!zone.has_primary()) files.push_back(file_of(zone));
      if (!zone.signing_key().empty()) {
        files.push_back({dns_server::key_file(zone), zone.signing_key(), 0600, {}});
      }
    }
    return files;
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    Program knot;
    knot.name = kDaemon;
    knot.argv = {"/usr/sbin/knotd", "-c", std::string(dns_server::kConfiguration)};
    knot.ready_file = dns_server::kControlSocket;
    return {knot};
  }

  Status prepare(Host& host) override {
    if (!listen_) return fail(ErrorKind::kInvalid, "a DNS server needs an address to listen on");
    if (auto taken = take_keys(host); !taken) return taken;
    if (dnstap_) return {};
    auto receiver = DnstapReceiver::listen(dns_server::kDnstapSocket, "knot",
                                           [&host](auto event) { host.emit(std::move(event)); });
    if (!receiver) return std::unexpected(receiver.error());
    dnstap_ = std::move(*receiver);
    return {};
  }

  std::vector<Condition> conditions(Host& host) override {
    std::vector<Condition> conditions;
    bool reachable = true;
    for (const Zone& zone : spec_.zones()) {
      Condition& condition = conditions.emplace_back();
      const std::string name = dns_server::canonical_name(zone.origin());
      condition.set_name("zone " + name);
      if (!reachable) {
        say_unmet(condition, "condition.daemon_silent", {{"daemon", kDaemon}});
        continue;
      }
      const auto answer = soa(zone);
      reachable = answer.has_value();
      condition.set_ok(answer && is_served(*answer));
      if (answer && !condition.ok() && zone.has_primary()) ask_primary(host, zone);
      if (!answer) {
        say_unmet(condition, "condition.daemon_silent", {{"daemon", kDaemon}}, answer.error().what);
      } else if (condition.ok()) {
        condition.set_detail("answers with authority");
      } else if (answer->rcode == 0) {
        say_unmet(condition, "condition.zone_no_authority", {{"zone", name}});
      } else {
        say_unmet(condition, "condition.zone_rcode",
                  {{"zone", name}, {"rcode", probe::rcode_name(answer->rcode)}});
      }
    }
    return conditions;
  }

  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault) override {
    if (!fault.has_dns_servfail()) return Role::apply(host, fault);
    std::set<std::string> zones;
    const std::string wanted = fault.dns_servfail().zone();
    for (const Zone& zone : spec_.zones()) {
      const std::string name = dns_server::canonical_name(zone.origin());
      if (!wanted.empty() && dns_server::canonical_name(wanted) != name) continue;
      if (zone.has_primary()) {
        return fail(ErrorKind::kInvalid, "this server transfers " + name + " from another",
                    "put the fault on the primary, " + zone.primary().node());
      }
      zones.insert(name);
    }
    if (zones.empty()) {
      return fail(ErrorKind::kNotFound, "this server has no zone " + wanted, "it has " + names());
    }
    withheld_[fault.id()] = std::move(zones);
    if (auto done = follow(host); !done) {
      withheld_.erase(fault.id());
      if (auto undone = follow(host); !undone) {
        return fail(ErrorKind::kInternal, done.error().what + "; and then " + undone.error().what);
      }
      return std::unexpected(done.error());
    }
    return std::string("zone contents withheld from Knot");
  }

  Status undo(Host& host, const hoplab::v1::Fault& fault) override {
    if (withheld_.erase(fault.id()) == 0) return {};
    return follow(host);
  }

  void flush_events(Host&) override {
    if (!dnstap_ || spec_.zones().empty()) return;
    flush_name_server(*dnstap_, listen_.value_or(net::Ipv4{}), {.name = spec_.zones(0).origin()},
                      kQuestionsToKnot);
  }

 private:
  // The keys of signed zones into Knot's key database; again they are the same ones.
  [[nodiscard]] Status take_keys(Host& host) const {
    for (const Zone& zone : spec_.zones()) {
      if (zone.signing_key().empty()) continue;
      const auto done = host.run({"/usr/sbin/keymgr", "-c", std::string(dns_server::kConfiguration),
                                  zone.origin(), "import-pem", dns_server::key_file(zone).string(),
                                  "algorithm=ED25519", "ksk=yes", "zsk=yes"},
                                 kControlTimeout);
      if (!done) return std::unexpected(done.error());
      if (done->exit_code != 0) {
        return fail(ErrorKind::kInternal,
                    fmt::format("take the key of {}: {}", zone.origin(), done->error_output));
      }
    }
    return {};
  }

  // Knot asks its primary at start and then waits long: in a lab the way there may take a while.
  void ask_primary(Host& host, const Zone& zone) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ask_) return;
    next_ask_ = now + kAskAgain;
    (void)control(host, {"zone-refresh", zone.origin()});
  }

  [[nodiscard]] bool is_withheld(const std::string& zone) const {
    for (const auto& [id, zones] : withheld_) {
      if (zones.contains(zone)) return true;
    }
    return false;
  }

  [[nodiscard]] ConfigFile file_of(const Zone& zone) const {
    const bool withheld = is_withheld(dns_server::canonical_name(zone.origin()));
    return {dns_server::zone_file(zone),
            withheld ? dns_server::render_withheld_zone(zone) : dns_server::render_zone(zone)};
  }

  [[nodiscard]] Result<probe::DnsAnswer> soa(const Zone& zone) const {
    return probe::ask(listen_.value_or(net::Ipv4{}), {.name = zone.origin()}, kProbeTimeout);
  }

  static bool is_served(const probe::DnsAnswer& answer) {
    return answer.rcode == 0 && answer.authoritative && answer.answers > 0;
  }
  [[nodiscard]] std::string names() const {
    std::string out;
    for (const Zone& zone : spec_.zones()) {
      out += (out.empty() ? "" : ", ") + dns_server::canonical_name(zone.origin());
    }
    return out;
  }

  static Status control(Host& host, const std::vector<std::string>& command) {
    std::vector<std::string> argv = {"/usr/sbin/knotc", "-s",
                                     std::string(dns_server::kControlSocket)};
    argv.insert(argv.end(), command.begin(), command.end());
    const auto result = host.run(argv, kControlTimeout);
    if (!result) return std::unexpected(result.error());
    if (result->exit_code != 0) {
      return fail(ErrorKind::kInternal,
                  fmt::format("knotc {}: {}", fmt::join(command, " "), result->error_output));
    }
    return {};
  }

  // Makes files and the running server agree with what is withheld now. A server that is down gets
  // there by the files alone when it starts.
  Status follow(Host& host) {
    bool load = false;
    for (const Zone& zone : spec_.zones()) {
      const std::string name = dns_server::canonical_name(zone.origin());
      const bool withhold = is_withheld(name);
      if (withhold == applied_.contains(name)) continue;
      if (auto written = host.write(file_of(zone)); !written) return written;
      if (withhold) {
        applied_.insert(name);
        if (!host.program_running(kDaemon)) continue;
        if (auto done = control(host, {"-f", "zone-purge", "+expire", name}); !done) return done;
      } else {
        applied_.erase(name);
        load = true;
      }
    }
    if (!host.program_running(kDaemon)) return {};
    if (load) {
      if (auto done = control(host, {"reload"}); !done) return done;
    }
    const bool settled = probe::settles(kSettleTimeout, [this] {
      for (const Zone& zone : spec_.zones()) {
        const auto answer = soa(zone);
        const bool withheld = applied_.contains(dns_server::canonical_name(zone.origin()));
        if (!answer || is_served(*answer) == withheld) return false;
      }
      return true;
    });
    host.recheck();
    if (!settled) {
      return fail(ErrorKind::kTimeout, "knotd did not take the changed zones in 2 s");
    }
    return {};
  }

  const hoplab::v1::DnsServerSpec spec_;
  std::optional<net::Ipv4> listen_;
  std::map<std::string, std::set<std::string>> withheld_;  // fault id → zones
  std::chrono::steady_clock::time_point next_ask_;
  std::set<std::string> applied_;  // zones withheld from the running server
  std::unique_ptr<DnstapReceiver> dnstap_;
};

}  // namespace

std::unique_ptr<Role> make_dns_server(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<DnsServer>(spec);
}

}  // namespace hoplab::agent
