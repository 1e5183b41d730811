#include "agents/resolver/unbound.h"

#include <chrono>

#include "agents/common/events/dnstap_flush.h"
#include "agents/common/probe/dns.h"
#include "agents/common/probe/settle.h"
#include "agents/common/probe/stream.h"
#include "agents/common/role/unmet.h"
#include "agents/resolver/render.h"

namespace hoplab::agent {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDaemon = "unbound";
constexpr milliseconds kProbeTimeout{150};
constexpr milliseconds kControlTimeout{2000};
constexpr milliseconds kSettleTimeout{3000};
constexpr size_t kCachedNames = 200;
constexpr size_t kDumpLimit = 1U << 20U;
constexpr unsigned kServfail = 2;

// Answered by the daemon alone, whatever its cache and its upstream.
const probe::DnsQuestion kOwnVersion = {
    .name = "version.bind.", .type = probe::DnsType::kTxt, .klass = probe::DnsClass::kChaos};

bool is_servfail(const hoplab::v1::DnsEvent& event) {
  const std::string& message = event.response();
  return message.size() > 3 && (static_cast<unsigned char>(message[3]) & 0x0fU) == kServfail;
}

}  // namespace

Unbound::Unbound(const hoplab::v1::ResolverSpec& spec) : spec_(spec) {
  if (spec_.listen_size() > 0) listen_ = net::parse_ipv4(spec_.listen(0));
}

ConfigFile Unbound::configuration() const {
  return {resolver::kConfiguration, resolver::render_configuration(spec_, !faults_.empty())};
}

std::vector<ConfigFile> Unbound::files() const {
  return {configuration(), {resolver::kRootHints, resolver::render_root_hints(spec_)}};
}

std::vector<Program> Unbound::programs() const {
  Program unbound;
  unbound.name = kDaemon;
  unbound.argv = {"/usr/sbin/unbound", "-d", "-p", "-c", std::string(resolver::kConfiguration)};
  unbound.ready_file = resolver::kControlSocket;
  return {unbound};
}

Status Unbound::prepare(Host& host) {
  if (!listen_) return fail(ErrorKind::kInvalid, "a resolver needs an address to listen on");
  if (dnstap_) return {};
  auto receiver = DnstapReceiver::listen(resolver::kDnstapSocket, kDaemon,
                                         [this, &host](hoplab::v1::DaemonEvent event) {
                                           if (is_servfail(event.dns())) failure_seen_ = true;
                                           host.emit(std::move(event));
                                         });
  if (!receiver) return std::unexpected(receiver.error());
  dnstap_ = std::move(*receiver);
  return {};
}

Result<std::string> Unbound::control(std::string_view command) {
  auto answer = probe::converse(resolver::kControlSocket, "UBCT1 " + std::string(command) + "\n",
                                kControlTimeout, kDumpLimit);
  if (answer && answer->starts_with("error")) {
    return fail(ErrorKind::kInternal, "unbound-control " + std::string(command) + ": " + *answer);
  }
  return answer;
}

Status Unbound::alive() const {
  const auto answer = probe::ask(listen_.value_or(net::Ipv4{}), kOwnVersion, kProbeTimeout);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

bool Unbound::answers_servfail() const {
  const auto answer = probe::ask(
      listen_.value_or(net::Ipv4{}),
      {.name = ".", .type = probe::DnsType::kNs, .recursion_desired = true}, kProbeTimeout);
  return answer && answer->rcode == kServfail;
}

std::vector<hoplab::v1::Condition> Unbound::conditions(Host&) {
  hoplab::v1::Condition condition;
  condition.set_name("DNS answers");
  if (const auto living = alive(); !living) {
    say_unmet(condition, "condition.daemon_silent", {{"daemon", "unbound"}}, living.error().what);
  } else if (!faults_.empty() && answers_servfail()) {
    // Asked only then: without the fault the question would go out into the lab.
    say_unmet(condition, "condition.servfail_to_all", {});
  } else {
    condition.set_ok(true);
    condition.set_detail("answers");
  }
  return {condition};
}

void Unbound::snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) {
  if (const auto local = control("list_local_data")) {
    for (auto& name : resolver::read_local_data(*local)) *state.add_local_names() = std::move(name);
  }
  const auto dump = control("dump_cache");
  if (!dump) return;
  for (auto& name : resolver::read_cache(*dump, kCachedNames)) {
    *state.add_cached_names() = std::move(name);
  }
}

Status Unbound::forget(Host& host, const hoplab::v1::ForgetRequest& request) {
  if (!request.names() || !host.program_running(kDaemon)) return {};
  for (const char* command : {"flush_requestlist", "flush_zone .", "flush_infra all"}) {
    if (auto done = control(command); !done) return std::unexpected(done.error());
  }
  return {};
}

void Unbound::flush_events(Host&) {
  if (!dnstap_) return;
  flush_name_server(*dnstap_, listen_.value_or(net::Ipv4{}), kOwnVersion, kQuestionsToUnbound);
  // Unbound would go on answering SERVFAIL for 5 s after its upstream recovered.
  if (failure_seen_.exchange(false)) {
    (void)control("flush_negative");
    (void)control("flush_infra all");
  }
}

Result<std::string> Unbound::apply(Host& host, const hoplab::v1::Fault& fault) {
  if (!fault.has_dns_servfail()) {
    return fail(ErrorKind::kInvalid, "a resolver has no such fault", "it has dns_servfail");
  }
  if (!fault.dns_servfail().zone().empty()) {
    return fail(ErrorKind::kInvalid, "a resolver fails every question, not one zone",
                "leave the zone out, or put the fault on the zone's own server");
  }
  faults_.insert(fault.id());
  if (auto done = follow(host); !done) {
    faults_.erase(fault.id());
    if (auto undone = follow(host); !undone) {
      return fail(ErrorKind::kInternal, done.error().what + "; and then " + undone.error().what);
    }
    return std::unexpected(done.error());
  }
  return std::string("Unbound left without a server it may ask");
}

Status Unbound::undo(Host& host, const hoplab::v1::Fault& fault) {
  if (faults_.erase(fault.id()) == 0) return {};
  return follow(host);
}

Status Unbound::follow(Host& host) {
  if (auto written = host.write(configuration()); !written) return written;
  if (!host.program_running(kDaemon)) return {};
  if (auto done = control("reload"); !done) return std::unexpected(done.error());
  const bool broken = !faults_.empty();
  const bool settled = probe::settles(kSettleTimeout, [this, broken] {
    if (!alive()) return false;
    if (broken) return answers_servfail();
    const auto forwards = control("list_forwards");
    return forwards && forwards->find("127.0.0.1") == std::string::npos;
  });
  host.recheck();
  if (!settled) {
    return fail(ErrorKind::kTimeout, "unbound did not take its changed configuration in 3 s");
  }
  return {};
}

}  // namespace hoplab::agent
