// When a router is ready: every expected prefix is forwarded, every OSPF adjacency is Full, every
// BGP session is Established. Pure: facts in, conditions with their reasons out.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agents/router/daemon_json.h"
#include "agents/router/fib.h"
#include "agents/router/render.h"
#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::router {

// What the daemons said; an error when they could not be asked.
struct Sessions {
  Result<std::map<std::string, BgpSession>> bgp;
  Result<std::vector<OspfAdjacency>> ospf;
  Result<std::vector<OspfAdjacency>> ospf6;
  Result<std::vector<IsisAdjacency>> isis;
};

std::vector<v1::Condition> prefix_conditions(const v1::RouterSpec& router, const Fib& fib);
std::vector<v1::Condition> session_conditions(const v1::RouterSpec& router,
                                              const Sessions& sessions, const ShutSessions& shut);

// The sessions that are established and may not stay so: nothing was heard for longer than it takes
// a peer to say that it lives, so the hold timer may end them yet (RFC 4271, 6.5).
std::vector<v1::Condition> silent_sessions(const v1::RouterSpec& router,
                                           const std::map<std::string, BgpTimers>& timers);

// Says of each missing prefix what it waits for: the first session or adjacency that is not there.
void explain_missing(std::vector<v1::Condition>& prefixes,
                     const std::vector<v1::Condition>& sessions);

// Of a router that relays DHCPv6: whether its port is open, by the text of /proc/net/udp6
// (proc_net(5)).
std::vector<v1::Condition> relay_conditions(const v1::RouterSpec& router, std::string_view udp6);

bool all_hold(const std::vector<v1::Condition>& conditions);

}  // namespace hoplab::router
