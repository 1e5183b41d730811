#include "agents/router/role.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <system_error>
#include <utility>

#include "agents/common/base/read_file.h"
#include "agents/router/add_tables.h"
#include "agents/router/router.h"
#include "agents/router/vty.h"

namespace hoplab::router {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kDaemonDown = "daemon down";
constexpr const char* kUdp6 = "/proc/self/net/udp6";

template <typename T>
Result<T> parsed(Result<std::string> json, Result<T> (*read)(std::string_view)) {
  if (!json) return std::unexpected(json.error());
  return read(*json);
}

}  // namespace

RouterRole::RouterRole(v1::NodeSpec spec, Places places)
    : spec_(std::move(spec)), places_(std::move(places)) {}

std::vector<agent::ConfigFile> RouterRole::files() const {
  return config_files(spec_, shut_sessions());
}

std::vector<agent::Program> RouterRole::programs() const { return daemon_programs(router()); }

Status RouterRole::prepare(agent::Host&) {
  // A container that is started again still has the sockets of the daemons that died with it; their
  // presence must not be taken for life.
  std::error_code error;
  std::filesystem::create_directories(places_.run_directory, error);
  for (const agent::Program& program : programs()) {
    for (const char* suffix : {".vty", ".pid"}) {
      if (!error) std::filesystem::remove(places_.run_directory / (program.name + suffix), error);
    }
  }
  if (!error) std::filesystem::remove(places_.run_directory / "zserv.api", error);
  if (error) {
    return fail(ErrorKind::kEnvironment,
                fmt::format("clear {}: {}", places_.run_directory.string(), error.message()),
                "the image's folder for FRR's sockets must belong to root");
  }
  return {};
}

Sessions RouterRole::ask_sessions() const {
  Sessions sessions;
  if (needs_bgpd(router())) {
    sessions.bgp =
        parsed(ask_daemon(places_.run_directory, "bgpd", "show bgp ipv4 unicast summary json"),
               read_bgp_sessions);
    if (sessions.bgp && !router().loopback6().empty()) {
      auto six =
          parsed(ask_daemon(places_.run_directory, "bgpd", "show bgp ipv6 unicast summary json"),
                 read_bgp_sessions);
      if (six) sessions.bgp->merge(*six);
    }
  }
  if (needs_ospfd(router())) {
    sessions.ospf = parsed(ask_daemon(places_.run_directory, "ospfd", "show ip ospf neighbor json"),
                           read_ospf_adjacencies);
  }
  if (needs_ospf6d(router())) {
    sessions.ospf6 =
        parsed(ask_daemon(places_.run_directory, "ospf6d", "show ipv6 ospf6 neighbor json"),
               read_ospf6_adjacencies);
  }
  if (router().igp() == v1::IGP_ISIS) {
    sessions.isis = parsed(ask_daemon(places_.run_directory, "isisd", "show isis neighbor json"),
                           read_isis_adjacencies);
  }
  return sessions;
}

// dhcrelay keeps sockets on the interfaces that are gone; started again it opens new ones.
void RouterRole::interfaces_replaced(agent::Host& host) {
  if (relays(router())) (void)host.signal_program(kRelay, SIGTERM);
  if (relays6(router())) (void)host.signal_program(kRelay6, SIGTERM);
}

void RouterRole::follow_zebra(agent::Host& host) {
  if (!host.program_running(kZebra)) return;
  std::string pid;
  std::getline(std::ifstream(places_.run_directory / "zebra.pid"), pid);
  if (pid.empty() || pid == zebra_pid_) return;
  const bool first = zebra_pid_.empty();
  zebra_pid_ = std::move(pid);
  if (first) return;
  for (const agent::Program& program : programs()) {
    if (program.name != kZebra && program.name != kRelay && program.name != kRelay6 &&
        host.program_running(program.name)) {
      (void)host.signal_program(program.name, SIGTERM);
    }
  }
}

std::vector<v1::Condition> RouterRole::conditions(agent::Host& host) {
  follow_zebra(host);
  const auto fib = read_fib(places_.route_table);
  auto result = prefix_conditions(router(), fib ? *fib : Fib{});
  const bool forwarding = all_hold(result);
  const auto now = Clock::now();
  if (forwarding || was_forwarding_ || now - explained_ >= kExplainEvery) {
    last_sessions_ = session_conditions(router(), ask_sessions(), shut_sessions());
    explained_ = now;
  }
  was_forwarding_ = forwarding;
  explain_missing(result, last_sessions_);
  result.insert(result.end(), last_sessions_.begin(), last_sessions_.end());
  const auto relay = relay_conditions(router(), read_file(kUdp6).value_or(""));
  result.insert(result.end(), relay.begin(), relay.end());
  return result;
}

std::vector<v1::Condition> RouterRole::unsettled(agent::Host&) {
  if (!needs_bgpd(router())) return {};
  const auto timers =
      parsed(ask_daemon(places_.run_directory, "bgpd", "show bgp neighbors json"), read_bgp_timers);
  // A daemon that does not answer is its sessions' condition already.
  return timers ? silent_sessions(router(), *timers) : std::vector<v1::Condition>{};
}

void RouterRole::snapshot(agent::Host&, const v1::SnapshotRequest& request, v1::NodeState& state) {
  add_sessions(state);
  if (request.routes()) {
    add_tables(places_.run_directory, router(), request.candidates(), state);
  }
}

void RouterRole::add_sessions(v1::NodeState& state) const {
  const Sessions sessions = ask_sessions();
  for (const v1::BgpNeighbor& neighbor : router().bgp()) {
    v1::BgpPeer& peer = *state.add_bgp_peers();
    peer.set_address(neighbor.address());
    peer.set_asn(neighbor.asn());
    peer.set_node(neighbor.node());
    peer.set_state(kDaemonDown);
    if (!sessions.bgp) continue;
    const auto found = sessions.bgp->find(neighbor.address());
    peer.set_state(found == sessions.bgp->end() ? "not configured" : found->second.state);
    if (found != sessions.bgp->end()) peer.set_prefixes(found->second.prefixes);
  }
  if (sessions.isis) {
    for (const IsisAdjacency& adjacency : *sessions.isis) {
      v1::IgpNeighbor& neighbor = *state.add_igp_neighbors();
      neighbor.set_protocol("isis");
      neighbor.set_interface(adjacency.interface);
      neighbor.set_id(adjacency.id);
      neighbor.set_state(adjacency.state);
    }
  }
  if (needs_ospf6d(router()) && sessions.ospf6) {
    for (const OspfAdjacency& adjacency : *sessions.ospf6) {
      v1::IgpNeighbor& neighbor = *state.add_igp_neighbors();
      neighbor.set_protocol("ospf6");
      neighbor.set_interface(adjacency.interface);
      neighbor.set_id(adjacency.router_id);
      neighbor.set_state(adjacency.state);
    }
  }
  if (!sessions.ospf) return;
  for (const OspfAdjacency& adjacency : *sessions.ospf) {
    v1::OspfNeighbor& neighbor = *state.add_ospf_neighbors();
    neighbor.set_router_id(adjacency.router_id);
    neighbor.set_address(adjacency.address);
    neighbor.set_interface(adjacency.interface);
    neighbor.set_state(adjacency.state);
    neighbor.set_role(adjacency.role);
    const auto& interfaces = router().ospf();
    const auto at = std::ranges::find_if(
        interfaces, [&](const auto& i) { return i.interface() == adjacency.interface; });
    if (at != interfaces.end()) neighbor.set_node(at->neighbor_node());
  }
}

ShutSessions RouterRole::shut_sessions() const {
  ShutSessions result;
  for (const auto& [id, addresses] : session_faults_) {
    for (const std::string& address : addresses) result.emplace(address, "fault " + id);
  }
  return result;
}

Result<std::vector<std::string>> RouterRole::neighbor_of(const v1::BgpSessionDown& fault) const {
  std::string known;
  std::vector<std::string> found;
  for (const v1::BgpNeighbor& neighbor : router().bgp()) {
    const bool named = fault.neighbor().empty() ? neighbor.node() == fault.neighbor_node()
                                                : neighbor.address() == fault.neighbor();
    if (named) found.push_back(neighbor.address());
    known +=
        fmt::format("{}{} ({})", known.empty() ? "" : ", ", neighbor.node(), neighbor.address());
  }
  if (!found.empty()) return found;
  return fail(ErrorKind::kNotFound,
              fmt::format("{} has no BGP session with '{}'", spec_.node(),
                          fault.neighbor().empty() ? fault.neighbor_node() : fault.neighbor()),
              known.empty() ? "it has no BGP sessions at all" : "its neighbours are " + known);
}

Status RouterRole::configure_bgpd(const std::vector<std::string>& lines) const {
  if (lines.empty()) return {};
  auto vty = Vty::open(places_.run_directory, "bgpd");
  if (!vty && vty.error().kind == ErrorKind::kUnavailable) return {};
  if (!vty) return std::unexpected(vty.error());
  std::vector<std::string> all{fmt::format("router bgp {}", router().asn())};
  all.insert(all.end(), lines.begin(), lines.end());
  return vty->configure(all);
}

Result<std::string> RouterRole::apply(agent::Host& host, const v1::Fault& fault) {
  if (!fault.has_bgp_session_down()) {
    return fail(ErrorKind::kInvalid, "a router has no such fault");
  }
  const auto addresses = neighbor_of(fault.bgp_session_down());
  if (!addresses) return std::unexpected(addresses.error());
  session_faults_[fault.id()] = *addresses;
  explained_ = {};
  Status done = host.write(bgpd_file(spec_, shut_sessions()));
  if (done) {
    std::vector<std::string> lines;
    for (const std::string& address : *addresses) {
      lines.push_back(
          fmt::format("neighbor {} shutdown message {}", address, shut_sessions().at(address)));
    }
    done = configure_bgpd(lines);
  }
  if (!done) {
    // Half a fault is none: the file must not bring it back with the next start of bgpd.
    session_faults_.erase(fault.id());
    (void)host.write(bgpd_file(spec_, shut_sessions()));
    return std::unexpected(done.error());
  }
  host.recheck();
  return fmt::format("bgpd: neighbor {} shutdown, in its configuration file as well",
                     fmt::join(*addresses, " and "));
}

Status RouterRole::undo(agent::Host& host, const v1::Fault& fault) {
  const auto held = session_faults_.find(fault.id());
  if (held == session_faults_.end()) return {};
  const std::vector<std::string> addresses = held->second;
  session_faults_.erase(held);
  explained_ = {};
  if (auto written = host.write(bgpd_file(spec_, shut_sessions())); !written) return written;
  std::vector<std::string> lines;
  for (const std::string& address : addresses) {
    if (shut_sessions().contains(address)) continue;
    lines.push_back(fmt::format("no neighbor {} shutdown", address));
  }
  const Status done = configure_bgpd(lines);
  host.recheck();
  return done;
}

}  // namespace hoplab::router

namespace hoplab::agent {

std::unique_ptr<Role> make_router(const v1::NodeSpec& spec) {
  return std::make_unique<router::RouterRole>(spec);
}

}  // namespace hoplab::agent
