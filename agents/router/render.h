// FRR's configuration, rendered from a router's spec. Pure: same input, same text.
// One file a daemon, so that a daemon killed and started again is back at its whole configuration,
// faults included, without anybody talking to it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/role/role.h"

namespace hoplab::router {

inline constexpr const char* kConfigDirectory = "/etc/hoplab/frr";
inline constexpr const char* kRunDirectory = "/var/run/frr";  // compiled into FRR

inline constexpr const char* kZebra = "zebra";
// No daemons of FRR's.
inline constexpr const char* kRelay = "dhcrelay";
inline constexpr const char* kRelay6 = "dhcrelay6";
inline bool relays(const v1::RouterSpec& router) {
  return !router.dhcp_relay().client_interfaces().empty();
}
inline bool relays6(const v1::RouterSpec& router) {
  return !router.dhcp_relay().client_interfaces6().empty();
}

// BGP neighbour address → why its session is administratively down.
using ShutSessions = std::map<std::string, std::string>;

std::string render_zebra(const v1::NodeSpec& spec);
// What render_zebra() ends with: the router advertisements, of interfaces that have some.
void render_advertisements(const v1::RouterSpec& router, std::string& out);
std::string render_staticd(const v1::NodeSpec& spec);
std::string render_ospfd(const v1::NodeSpec& spec);
std::string render_ospf6d(const v1::NodeSpec& spec);  // OSPFv3 (RFC 5340)
std::string render_ripngd(const v1::NodeSpec& spec);  // RIPng (RFC 2080)
std::string render_ripd(const v1::NodeSpec& spec);
std::string render_eigrpd(const v1::NodeSpec& spec);
std::string render_isisd(const v1::NodeSpec& spec);
// Of the one of them that `igp_daemon` names.
std::string render_igp(const v1::NodeSpec& spec);
std::string render_bgpd(const v1::NodeSpec& spec, const ShutSessions& shut);

bool needs_staticd(const v1::RouterSpec& router);
bool needs_ospfd(const v1::RouterSpec& router);
bool needs_ospf6d(const v1::RouterSpec& router);
bool needs_ripngd(const v1::RouterSpec& router);
bool needs_bgpd(const v1::RouterSpec& router);
// "ripd", "eigrpd" or "isisd"; empty where OSPF or no IGP runs.
std::string_view igp_daemon(const v1::RouterSpec& router);

agent::ConfigFile bgpd_file(const v1::NodeSpec& spec, const ShutSessions& shut);
std::vector<agent::ConfigFile> config_files(const v1::NodeSpec& spec, const ShutSessions& shut);
std::vector<agent::Program> daemon_programs(const v1::RouterSpec& router);

}  // namespace hoplab::router
