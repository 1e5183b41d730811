#include "agents/router/table_json.h"

#include <fmt/format.h>

#include "agents/router/daemon_json.h"
#include "agents/router/json_fields.h"

namespace hoplab::router {
namespace {

// The kernel's words: a protocol is called the same in both versions of IP.
std::string protocol_word(const std::string& word) {
  if (word == "ospf6") return "ospf";
  if (word == "ripng") return "rip";
  return word;
}

v1::Route rib_route(const std::string& prefix, const json::object& from) {
  v1::Route route;
  route.set_prefix(prefix);
  route.set_protocol(protocol_word(text_at(from, "protocol")));
  route.set_kind("unicast");
  v1::RouteDetail& detail = *route.mutable_detail();
  detail.set_distance(number_at(from, "distance"));
  detail.set_metric(number_at(from, "metric"));
  detail.set_selected(flag_at(from, "selected"));
  for (const json::value& value : list_at(from, "nexthops")) {
    const json::object& hop = object_of(value);
    if (flag_at(hop, "blackhole")) route.set_kind("blackhole");
    // An address to be looked up again stands beside what it was resolved to.
    if (flag_at(hop, "recursive")) {
      detail.set_next_hop(text_at(hop, "ip"));
      continue;
    }
    v1::NextHop& out = *route.add_next_hops();
    out.set_via(text_at(hop, "ip"));
    out.set_interface(text_at(hop, "interfaceName"));
  }
  return route;
}

// "noExport" in JSON, "no-export" where it is configured and in RFC 1997.
std::string community_word(const std::string& word) {
  std::string result;
  for (const char c : word) {
    if (c >= 'A' && c <= 'Z') {
      result += '-';
      result += static_cast<char>(c - 'A' + 'a');
    } else {
      result += c;
    }
  }
  return result;
}

v1::BgpPath bgp_path(const std::string& prefix, const json::object& from) {
  v1::BgpPath path;
  path.set_prefix(prefix);
  const json::object& peer = object_at(from, "peer");
  if (!flag_at(from, "sourced")) path.set_peer(text_at(peer, "peerId"));
  path.set_internal(text_at(peer, "type") == "internal");
  path.set_valid(flag_at(from, "valid"));
  const json::object& best = object_at(from, "bestpath");
  path.set_best(flag_at(best, "overall"));
  path.set_multipath(flag_at(from, "multipath"));
  for (const uint32_t asn : parse_as_path(text_at(object_at(from, "aspath"), "string"))) {
    path.add_as_path(asn);
  }
  path.set_local_preference(number_at(from, "locPrf"));
  v1::RouteDetail& detail = *path.mutable_detail();
  for (const json::value& value : list_at(from, "nexthops")) {
    const json::object& hop = object_of(value);
    if (path.next_hop().empty()) path.set_next_hop(text_at(hop, "ip"));
    if (detail.metric() == 0) detail.set_metric(number_at(hop, "metric"));
  }
  // bgpd says 0 where there is none.
  if (const uint32_t med = number_at(from, "metric"); med != 0) detail.set_med(med);
  for (const char* kind : {"community", "largeCommunity"}) {
    for (const json::value& value : list_at(object_at(from, kind), "list")) {
      if (const auto* text = value.if_string()) {
        detail.add_communities(community_word(std::string(*text)));
      }
    }
  }
  detail.set_best_reason(text_at(best, "selectionReason"));
  detail.set_origin(text_at(from, "origin"));
  detail.set_originator_id(text_at(from, "originatorId"));
  detail.set_next_hop(path.next_hop());
  return path;
}

std::string ospf_type(std::string_view word) {
  if (word == "N") return "intra-area";
  if (word == "N IA") return "inter-area";
  if (word == "N E1") return "external-1";
  if (word == "N E2") return "external-2";
  return {};
}

std::string ospf6_type(std::string_view word) {
  if (word == "IA") return "intra-area";
  if (word == "IE") return "inter-area";
  if (word == "E1") return "external-1";
  if (word == "E2") return "external-2";
  return {};
}

}  // namespace

Result<std::vector<v1::Route>> read_rib(std::string_view text) {
  const auto parsed = parse(text, "zebra's routes");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<v1::Route> result;
  for (const auto& [prefix, routes] : *parsed) {
    for (const json::value& value : list_of(routes)) {
      result.push_back(rib_route(std::string(prefix), object_of(value)));
    }
  }
  return result;
}

Result<std::vector<v1::BgpPath>> read_bgp_paths(std::string_view text) {
  const auto parsed = parse(text, "bgpd's paths");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<v1::BgpPath> result;
  for (const auto& [prefix, paths] : object_at(*parsed, "routes")) {
    for (const json::value& value : list_of(paths)) {
      const json::object& path = object_of(value);
      // The first of a list only says to whom the prefix is told.
      if (path.contains("aspath")) result.push_back(bgp_path(std::string(prefix), path));
    }
  }
  return result;
}

Result<std::map<std::string, OspfRoute>> read_ospf_routes(std::string_view text) {
  const auto parsed = parse(text, "ospfd's routes");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, OspfRoute> result;
  for (const auto& [prefix, value] : *parsed) {
    const json::object& route = object_of(value);
    std::string type = ospf_type(text_at(route, "routeType"));
    if (type.empty()) continue;
    result[std::string(prefix)] = {.type = std::move(type), .area = text_at(route, "area")};
  }
  return result;
}

Result<std::map<std::string, OspfRoute>> read_ospf6_routes(std::string_view text) {
  const auto parsed = parse(text, "ospf6d's routes");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, OspfRoute> result;
  for (const auto& [prefix, value] : object_at(*parsed, "routes")) {
    const json::object& route = object_of(value);
    std::string type = ospf6_type(text_at(route, "pathType"));
    if (type.empty() || text_at(route, "destinationType") != "N") continue;
    result[std::string(prefix)] = {.type = std::move(type), .area = {}};
  }
  return result;
}

Result<std::map<std::string, std::string>> read_ospf_externals(std::string_view text) {
  const auto parsed = parse(text, "ospfd's external routes");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, std::string> result;
  for (const json::value& value : list_at(*parsed, "asExternalLinkStates")) {
    const json::object& lsa = object_of(value);
    result.emplace(fmt::format("{}/{}", text_at(lsa, "linkStateId"), number_at(lsa, "networkMask")),
                   text_at(lsa, "advertisingRouter"));
  }
  return result;
}

Result<std::map<std::string, std::string>> read_ospf6_externals(std::string_view text) {
  const auto parsed = parse(text, "ospf6d's external routes");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, std::string> result;
  for (const json::value& scope : list_at(*parsed, "asScopedLinkStateDb")) {
    for (const json::value& value : list_at(object_of(scope), "lsa")) {
      const json::object& lsa = object_of(value);
      result.emplace(text_at(lsa, "payload"), text_at(lsa, "advRouter"));
    }
  }
  return result;
}

Result<std::vector<v1::OspfInterfaceState>> read_ospf_interfaces(std::string_view text) {
  const auto parsed = parse(text, "ospfd's interfaces");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<v1::OspfInterfaceState> result;
  for (const auto& [name, value] : object_at(*parsed, "interfaces")) {
    const json::object& interface = object_of(value);
    v1::OspfInterfaceState& out = result.emplace_back();
    out.set_interface(std::string(name));
    out.set_area(text_at(interface, "area"));
    out.set_network(text_at(interface, "networkType"));
    out.set_role(text_at(interface, "state"));
    out.set_designated(text_at(interface, "drAddress"));
    out.set_backup(text_at(interface, "bdrAddress"));
    out.set_cost(number_at(interface, "cost"));
  }
  return result;
}

Result<std::vector<v1::OspfInterfaceState>> read_ospf6_interfaces(std::string_view text) {
  const auto parsed = parse(text, "ospf6d's interfaces");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<v1::OspfInterfaceState> result;
  for (const auto& [name, value] : *parsed) {
    const json::object& interface = object_of(value);
    if (!flag_at(interface, "attachedToArea")) continue;
    v1::OspfInterfaceState& out = result.emplace_back();
    out.set_ipv6(true);
    out.set_interface(std::string(name));
    out.set_area(text_at(interface, "areaId"));
    // What was configured stands beside what the interface is.
    const std::string as = text_at(interface, "operatingAsType");
    out.set_network(as.empty() ? text_at(interface, "type") : as);
    out.set_role(text_at(interface, "ospf6InterfaceState"));
    const auto router = [&](const char* key) {
      const std::string id = text_at(interface, key);
      return id == "0.0.0.0" ? std::string() : id;  // none was elected
    };
    out.set_designated(router("dr"));
    out.set_backup(router("bdr"));
    out.set_cost(number_at(interface, "cost"));
  }
  return result;
}

}  // namespace hoplab::router
