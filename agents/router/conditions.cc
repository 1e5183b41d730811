#include "agents/router/conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "agents/common/net/ip_address.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

v1::Condition condition(std::string name, bool ok, std::string detail) {
  v1::Condition result;
  result.set_name(std::move(name));
  result.set_ok(ok);
  result.set_detail(std::move(detail));
  return result;
}

bool originates(const v1::RouterSpec& router, const std::string& prefix) {
  return std::ranges::find(router.announce(), prefix) != router.announce().end();
}

v1::Condition prefix_condition(const v1::RouterSpec& router, const std::string& text,
                               const Fib& fib) {
  std::string name = "prefix " + text;
  const auto prefix = net::parse_ip_prefix(text);
  if (!prefix) return condition(std::move(name), false, text + " is not a prefix");
  const auto found = fib.find(*prefix);
  if (found == fib.end()) return condition(std::move(name), false, "no route to " + text + " yet");
  if (found->second == FibKind::kReject && !originates(router, text)) {
    return condition(std::move(name), false, "the route to " + text + " discards packets");
  }
  return condition(std::move(name), true, "in the kernel's table");
}

v1::Condition ospf_condition(std::string_view protocol, const v1::OspfInterface& interface,
                             const Result<std::vector<OspfAdjacency>>& adjacencies) {
  const std::string with = fmt::format("{} with {}", protocol, interface.neighbor_node());
  const auto said = [&](bool ok, std::string_view state) {
    return condition(with, ok, fmt::format("{} on {}: {}", with, interface.interface(), state));
  };
  if (!adjacencies) return said(false, adjacencies.error().what);
  std::string_view state = "no hello heard";
  for (const OspfAdjacency& adjacency : *adjacencies) {
    if (adjacency.interface != interface.interface()) continue;
    if (adjacency.state == "Full") return said(true, "Full");
    state = adjacency.state;
  }
  return said(false, state);
}

v1::Condition isis_condition(const v1::IgpInterface& interface,
                             const Result<std::vector<IsisAdjacency>>& adjacencies) {
  const std::string with = "IS-IS with " + interface.neighbor_nodes(0);
  const auto said = [&](bool ok, std::string_view state) {
    return condition(with, ok, fmt::format("{} on {}: {}", with, interface.interface(), state));
  };
  if (!adjacencies) return said(false, adjacencies.error().what);
  std::string_view state = "no hello heard";
  for (const IsisAdjacency& adjacency : *adjacencies) {
    if (adjacency.interface != interface.interface()) continue;
    if (adjacency.state == "Up") return said(true, "Up");
    state = adjacency.state;
  }
  return said(false, state);
}

std::string bgp_with(const v1::BgpNeighbor& neighbor) {
  if (neighbor.node().empty()) return "BGP with " + neighbor.address();
  return (is_v6(neighbor.address()) ? "BGP over IPv6 with " : "BGP with ") + neighbor.node();
}

v1::Condition bgp_condition(const v1::BgpNeighbor& neighbor,
                            const Result<std::map<std::string, BgpSession>>& sessions,
                            const ShutSessions& shut) {
  const std::string with = bgp_with(neighbor);
  const auto said = [&](bool ok, std::string_view state) {
    return condition(with, ok, fmt::format("{}: {}", with, state));
  };
  if (const auto found = shut.find(neighbor.address()); found != shut.end()) {
    return said(false, "shut down (Idle, Admin)");
  }
  if (!sessions) return said(false, sessions.error().what);
  const auto found = sessions->find(neighbor.address());
  if (found == sessions->end()) return said(false, "not configured");
  return said(found->second.state == "Established", found->second.state);
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
    result.push_back(ospf_condition("OSPF", interface, sessions.ospf));
    if (interface.ipv6()) {
      result.push_back(ospf_condition("OSPFv3", interface, sessions.ospf6));
    }
  }
  // RIP has no sessions, and eigrpd does not tell of its own in JSON.
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    if (router.igp() != v1::IGP_ISIS || interface.passive()) continue;
    if (interface.neighbor_nodes().empty()) continue;
    result.push_back(isis_condition(interface, sessions.isis));
  }
  for (const v1::BgpNeighbor& neighbor : router.bgp()) {
    result.push_back(bgp_condition(neighbor, sessions.bgp, shut));
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
    const std::string with = bgp_with(neighbor);
    result.push_back(
        condition(with, false,
                  fmt::format("{}: silent for {} s, its hold timer would end it at {} s", with,
                              session.heard.count(), session.hold.count())));
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

bool all_hold(const std::vector<v1::Condition>& conditions) {
  return std::ranges::all_of(conditions, [](const auto& c) { return c.ok(); });
}

}  // namespace hoplab::router
