// What a node says of itself where it is not as it should be: one table for the agents, which write
// the English into Condition.detail, and for reports, which say it in the reader's language.
// A daemon's own words stand in {state}, {rcode}, {status}; everything else is ours.
#pragma once

#include <array>
#include <string_view>

namespace hoplab::agent {

struct ConditionSentence {
  std::string_view key;
  std::string_view args;     // names, separated by one space
  std::string_view english;  // {name} is replaced
};

// clang-format off
inline constexpr auto kConditions = std::to_array<ConditionSentence>({
    {"condition.no_route_yet", "prefix", "no route to {prefix} yet"},
    {"condition.route_discards", "prefix", "the route to {prefix} discards packets"},
    {"condition.no_hello", "protocol peer interface", "{protocol} with {peer} on {interface}: no hello heard"},
    {"condition.adjacency", "protocol peer interface state", "{protocol} with {peer} on {interface}: {state}"},
    {"condition.session", "protocol peer state", "{protocol} with {peer}: {state}"},
    {"condition.session_untold", "protocol peer", "{protocol} with {peer}: nothing told yet"},
    {"condition.session_unheard", "protocol peer", "{protocol} with {peer}: nothing heard yet"},
    {"condition.session_shut", "protocol peer", "{protocol} with {peer}: shut down (Idle, Admin)"},
    {"condition.session_unknown", "protocol peer", "{protocol} with {peer}: not configured"},
    {"condition.session_silent", "protocol peer seconds hold", "{protocol} with {peer}: silent for {seconds} s, its hold timer would end it at {hold} s"},
    {"condition.sessions_unread", "protocol peer", "{protocol} with {peer}: the daemon does not answer"},
    {"condition.daemon_silent", "daemon", "{daemon} does not answer"},
    {"condition.sockets_closed", "daemon", "{daemon} could not open its sockets on the LAN yet"},
    {"condition.page_status", "status", "its own page answers {status}"},
    {"condition.zone_rcode", "zone rcode", "zone {zone} answers {rcode}"},
    {"condition.zone_no_authority", "zone", "zone {zone} answers without authority"},
    {"condition.servfail_to_all", "", "answers SERVFAIL to every question"},
    {"condition.rules_gone", "rules", "the table of its {rules} is gone"},
    {"condition.advertises_nothing", "daemon interface", "{daemon} has advertised nothing on {interface} yet"},
    {"condition.port_not_forwarding", "port state", "port {port} does not forward: {state}"},
});
// clang-format on

}  // namespace hoplab::agent
