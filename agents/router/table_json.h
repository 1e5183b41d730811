// The daemons' tables (`show … json` of FRR 8.4) as messages: zebra's routes, bgpd's paths, what
// ospfd knows of its routes. Pure: text in, values out; text that is not JSON is an error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"

namespace hoplab::router {

// Of `show ip route json` or `show ipv6 route json`: every route of every protocol, chosen or not.
Result<std::vector<v1::Route>> read_rib(std::string_view json);

// Of `show bgp ipv4 unicast json detail`, or of ipv6: every path, in bgpd's order, without
// peer_node.
Result<std::vector<v1::BgpPath>> read_bgp_paths(std::string_view json);

struct OspfRoute {
  std::string type;  // "intra-area", "inter-area", "external-1", "external-2"
  std::string area;  // empty for external routes
};
// By prefix, of `show ip ospf route json`.
Result<std::map<std::string, OspfRoute>> read_ospf_routes(std::string_view json);
// The same of `show ipv6 ospf6 route json`, which tells no area.
Result<std::map<std::string, OspfRoute>> read_ospf6_routes(std::string_view json);
// Prefix → router id of the ASBR, of `show ip ospf database external json`.
Result<std::map<std::string, std::string>> read_ospf_externals(std::string_view json);
// The same of `show ipv6 ospf6 database as-external json`.
Result<std::map<std::string, std::string>> read_ospf6_externals(std::string_view json);
// Of `show ip ospf interface json`, and of OSPFv3 of `show ipv6 ospf6 interface json`, where
// routers are known by their ids.
Result<std::vector<v1::OspfInterfaceState>> read_ospf_interfaces(std::string_view json);
Result<std::vector<v1::OspfInterfaceState>> read_ospf6_interfaces(std::string_view json);

}  // namespace hoplab::router
