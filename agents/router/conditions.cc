#include "agents/router/conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "agents/common/net/ip_address.h"
#include "agents/common/role/unmet.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

using Args = std::initializer_list<std::pair<std::string_view, std::string>>;

v1::Condition met(std::string name, std::string detail) {
  v1::Condition result;
  result.set_name(std::move(name));
  result.set_ok(true);
  result.set_detail(std::move(detail));
  return result;
}
v1::Condition unmet(std::string name, std::string_view key, Args args, std::string_view more = {}) {
  v1::Condition result;
  result.set_name(std::move(name));
  agent::say_unmet(result, key, args, more);
  return result;
}

bool originates(const v1::RouterSpec& router, const std::string& prefix) {
  return std::ranges::find(router.announce(), prefix) != router.announce().end();
}

v1::Condition prefix_condition(const v1::RouterSpec& router, const std::string& text,
                               const Fib& fib) {
  std::string name = "prefix " + text;
  const auto prefix = net::parse_ip_prefix(text);
  const auto found = prefix ? fib.find(*prefix) : fib.end();
  if (found == fib.end()) {
    return unmet(std::move(name), "condition.no_route_yet", {{"prefix", text}});
  }
  if (found->second == FibKind::kReject && !originates(router, text)) {
    return unmet(std::move(name), "condition.route_discards", {{"prefix", text}});
  }
  return met(std::move(name), "in the kernel's table");
}

// Of OSPF of either version and IS-IS: `up` is the state that is waited for.
template <typename Adjacency>
v1::Condition adjacency_condition(const std::string& protocol, const std::string& peer,
                                  const std::string& interface, std::string_view up,
                                  const Result<std::vector<Adjacency>>& adjacencies) {
  const std::string with = fmt::format("{} with {}", protocol, peer);
  if (!adjacencies) {
    return unmet(with, "condition.sessions_unread", {{"protocol", protocol}, {"peer", peer}},
                 adjacencies.error().what);
  }
  std::string state;
  for (const Adjacency& adjacency : *adjacencies) {
    if (adjacency.interface != interface) continue;
    if (adjacency.state == up) return met(with, fmt::format("{} on {}: {}", with, interface, up));
    state = adjacency.state;
  }
  if (state.empty()) {
    return unmet(with, "condition.no_hello",
                 {{"protocol", protocol}, {"peer", peer}, {"interface", interface}});
  }
  return unmet(
      with, "condition.adjacency",
      {{"protocol", protocol}, {"peer", peer}, {"interface", interface}, {"state", state}});
}

std::string bgp_protocol(const v1::BgpNeighbor& neighbor) {
  return !neighbor.node().empty() && is_v6(neighbor.address()) ? "BGP over IPv6" : "BGP";
}
std::string bgp_peer(const v1::BgpNeighbor& neighbor) {
  return neighbor.node().empty() ? neighbor.address() : neighbor.node();
}
std::string bgp_with(const v1::BgpNeighbor& neighbor) {
  return fmt::format("{} with {}", bgp_protocol(neighbor), bgp_peer(neighbor));
}

// bgpd tells a new peer its table some tenths of a second after the session is established, while a
// prefix may be reached by a worse path already. Who announces has told when it has told something;
// a neighbour in another system is a border of its own and always has something to tell.
std::string_view unfinished(const v1::RouterSpec& router, const v1::BgpNeighbor& neighbor,
                            const BgpSession& session) {
  const bool announces = std::ranges::any_of(router.announce(), [&](const std::string& prefix) {
    return is_v6(prefix) == is_v6(neighbor.address());
  });
  if (announces && session.told == 0) return "condition.session_untold";
  const bool external = neighbor.asn() != router.asn();
  return external && session.prefixes == 0 ? "condition.session_unheard" : "";
}

v1::Condition bgp_condition(const v1::RouterSpec& router, const v1::BgpNeighbor& neighbor,
                            const Result<std::map<std::string, BgpSession>>& sessions,
                            const ShutSessions& shut) {
  const std::string with = bgp_with(neighbor);
  const std::string protocol = bgp_protocol(neighbor);
  const std::string peer = bgp_peer(neighbor);
  if (shut.contains(neighbor.address())) {
    return unmet(with, "condition.session_shut", {{"protocol", protocol}, {"peer", peer}});
  }
  if (!sessions) {
    return unmet(with, "condition.sessions_unread", {{"protocol", protocol}, {"peer", peer}},
                 sessions.error().what);
  }
  const auto found = sessions->find(neighbor.address());
  if (found == sessions->end()) {
    return unmet(with, "condition.session_unknown", {{"protocol", protocol}, {"peer", peer}});
  }
  if (found->second.state == "Established") {
    if (const auto key = unfinished(router, neighbor, found->second); !key.empty()) {
      return unmet(with, key, {{"protocol", protocol}, {"peer", peer}});
    }
    return met(with, fmt::format("{}: {}", with, found->second.state));
  }
  return unmet(with, "condition.session",
               {{"protocol", protocol}, {"peer", peer}, {"state", found->second.state}});
}

}  // namespace

std::vector<v1::Condition> prefix_conditions(const v1::RouterSpec& router, const Fib& fib) {
  std::vector<v1::Condition> result;
  for (const std::string& prefix : router.expected_prefixes()) {
    result.push_back(prefix_condition(router, prefix, fib));
  }
  return result;
}

std::vector<v1::Condition> session_conditions(const v1::RouterSpec& router,
                                              const Sessions& sessions, const ShutSessions& shut) {
  std::vector<v1::Condition> result;
  for (const v1::OspfInterface& interface : router.ospf()) {
    if (interface.passive() || interface.neighbor_node().empty()) continue;
    result.push_back(adjacency_condition("OSPF", interface.neighbor_node(), interface.interface(),
                                         "Full", sessions.ospf));
    if (interface.ipv6()) {
      result.push_back(adjacency_condition("OSPFv3", interface.neighbor_node(),
                                           interface.interface(), "Full", sessions.ospf6));
    }
  }
  // RIP has no sessions, and eigrpd does not tell of its own in JSON.
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    if (router.igp() != v1::IGP_ISIS || interface.passive()) continue;
    if (interface.neighbor_nodes().empty()) continue;
    result.push_back(adjacency_condition("IS-IS", interface.neighbor_nodes(0),
                                         interface.interface(), "Up", sessions.isis));
  }
  for (const v1::BgpNeighbor& neighbor : router.bgp()) {
    result.push_back(bgp_condition(router, neighbor, sessions.bgp, shut));
  }
  return result;
}

std::vector<v1::Condition> silent_sessions(const v1::RouterSpec& router,
                                           const std::map<std::string, BgpTimers>& timers) {
  // Both are counted in whole seconds, so the figure may be one second short.
  constexpr std::chrono::seconds kSlack{1};
  std::vector<v1::Condition> result;
  for (const v1::BgpNeighbor& neighbor : router.bgp()) {
    const auto found = timers.find(neighbor.address());
    if (found == timers.end()) continue;
    const BgpTimers& session = found->second;
    if (session.hold.count() == 0 || session.heard <= session.keepalive + kSlack) continue;
    result.push_back(unmet(bgp_with(neighbor), "condition.session_silent",
                           {{"protocol", bgp_protocol(neighbor)},
                            {"peer", bgp_peer(neighbor)},
                            {"seconds", std::to_string(session.heard.count())},
                            {"hold", std::to_string(session.hold.count())}}));
  }
  return result;
}

void explain_missing(std::vector<v1::Condition>& prefixes,
                     const std::vector<v1::Condition>& sessions) {
  const auto unmet = std::ranges::find_if(sessions, [](const auto& c) { return !c.ok(); });
  if (unmet == sessions.end()) return;
  for (v1::Condition& prefix : prefixes) {
    if (!prefix.ok()) prefix.set_detail(fmt::format("{}; {}", prefix.detail(), unmet->detail()));
  }
}

std::vector<v1::Condition> relay_conditions(const v1::RouterSpec& router, std::string_view udp6) {
  if (!relays6(router)) return {};
  // "  sl  local_address:port remote_address:port …": relays and servers listen on 547.
  const bool open = udp6.find(":0223 0000") != std::string_view::npos;
  const std::string name = "DHCPv6 relay";
  if (open) return {met(name, "listening")};
  return {unmet(name, "condition.sockets_closed", {{"daemon", "dhcrelay -6"}})};
}

bool all_hold(const std::vector<v1::Condition>& conditions) {
  return std::ranges::all_of(conditions, [](const auto& c) { return c.ok(); });
}

}  // namespace hoplab::router
