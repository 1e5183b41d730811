#include "agents/router/add_tables.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "agents/common/net/address.h"
#include "agents/router/render.h"
#include "agents/router/render_text.h"
#include "agents/router/table_json.h"
#include "agents/router/vty.h"

namespace hoplab::router {
namespace {

template <typename T>
using Reader = Result<T> (*)(std::string_view);

template <typename T>
T ask(const std::filesystem::path& directory, std::string_view daemon, std::string_view command,
      Reader<T> read) {
  const auto json = ask_daemon(directory, daemon, command);
  if (!json) return {};
  auto value = read(*json);
  return value ? std::move(*value) : T{};
}

template <typename T>
void append(std::vector<T>& list, std::vector<T> more) {
  std::ranges::move(more, std::back_inserter(list));
}

void add_bgp(const std::map<std::string, std::vector<const v1::BgpPath*>>& paths,
             v1::Route& route) {
  const auto found = paths.find(route.prefix());
  if (found == paths.end()) return;
  const auto best = std::ranges::find_if(found->second, [](const auto* p) { return p->best(); });
  if (best == found->second.end()) return;
  const v1::BgpPath& path = **best;
  *route.mutable_as_path() = path.as_path();
  route.set_bgp_peer(path.peer());
  route.set_bgp_internal(path.internal());
  route.set_local_preference(path.local_preference());
  v1::RouteDetail& detail = *route.mutable_detail();
  if (path.detail().has_med()) detail.set_med(path.detail().med());
  *detail.mutable_communities() = path.detail().communities();
  detail.set_best_reason(path.detail().best_reason());
  detail.set_paths(static_cast<uint32_t>(found->second.size()));
  detail.set_origin(path.detail().origin());
  detail.set_originator_id(path.detail().originator_id());
  detail.set_next_hop(path.next_hop());
}

void name_peers(const v1::RouterSpec& router, std::vector<v1::BgpPath>& paths) {
  for (v1::BgpPath& path : paths) {
    const auto neighbor = std::ranges::find(router.bgp(), path.peer(), &v1::BgpNeighbor::address);
    if (neighbor != router.bgp().end()) path.set_peer_node(neighbor->node());
  }
}

struct Ospf {
  std::map<std::string, OspfRoute> routes;
  std::map<std::string, std::string> asbrs;

  void add_to(v1::Route& route) const {
    const auto found = routes.find(route.prefix());
    if (found == routes.end()) return;
    v1::RouteDetail& detail = *route.mutable_detail();
    detail.set_type(found->second.type);
    detail.set_area(found->second.area);
    if (!found->second.type.starts_with("external")) return;
    const auto asbr = asbrs.find(route.prefix());
    if (asbr != asbrs.end()) detail.set_redistributed_by(asbr->second);
  }
};

Ospf ask_ospf(const std::filesystem::path& directory) {
  Ospf ospf;
  ospf.routes = ask(directory, "ospfd", "show ip ospf route json", read_ospf_routes);
  const bool external = std::ranges::any_of(
      ospf.routes, [](const auto& r) { return r.second.type.starts_with("external"); });
  if (external) {
    ospf.asbrs =
        ask(directory, "ospfd", "show ip ospf database external json", read_ospf_externals);
  }
  return ospf;
}

void add_ospf6(const std::filesystem::path& directory, Ospf& ospf) {
  auto routes = ask(directory, "ospf6d", "show ipv6 ospf6 route json", read_ospf6_routes);
  const bool external = std::ranges::any_of(
      routes, [](const auto& r) { return r.second.type.starts_with("external"); });
  ospf.routes.merge(std::move(routes));
  if (!external) return;
  ospf.asbrs.merge(
      ask(directory, "ospf6d", "show ipv6 ospf6 database as-external json", read_ospf6_externals));
}

}  // namespace

void add_tables(const std::filesystem::path& directory, const v1::RouterSpec& router,
                bool candidates, v1::NodeState& state) {
  const bool six = !router.loopback6().empty();
  auto rib = ask(directory, kZebra, "show ip route json", read_rib);
  if (six) append(rib, ask(directory, kZebra, "show ipv6 route json", read_rib));
  std::vector<v1::BgpPath> paths;
  if (needs_bgpd(router)) {
    paths = ask(directory, "bgpd", "show bgp ipv4 unicast json detail", read_bgp_paths);
    if (six) {
      append(paths, ask(directory, "bgpd", "show bgp ipv6 unicast json detail", read_bgp_paths));
    }
    name_peers(router, paths);
  }
  std::map<std::string, std::vector<const v1::BgpPath*>> by_prefix;
  for (const v1::BgpPath& path : paths) by_prefix[path.prefix()].push_back(&path);
  Ospf ospf;
  if (needs_ospfd(router)) {
    ospf = ask_ospf(directory);
    for (auto& interface :
         ask(directory, "ospfd", "show ip ospf interface json", read_ospf_interfaces)) {
      *state.add_ospf_interfaces() = std::move(interface);
    }
  }
  if (needs_ospf6d(router)) {
    add_ospf6(directory, ospf);
    for (auto& interface :
         ask(directory, "ospf6d", "show ipv6 ospf6 interface json", read_ospf6_interfaces)) {
      *state.add_ospf_interfaces() = std::move(interface);
    }
  }
  // ospf6d tells no area: a route inside of an area, or from another, is that of its interface.
  const auto area_of = [&](const v1::Route& route) -> std::string {
    if (route.next_hops().empty() || !route.detail().type().starts_with("int")) return {};
    for (const v1::OspfInterfaceState& i : state.ospf_interfaces()) {
      if (i.ipv6() && i.interface() == route.next_hops(0).interface()) return i.area();
    }
    return {};
  };
  const auto complete = [&](v1::Route& route) {
    if (route.protocol() == "bgp") add_bgp(by_prefix, route);
    if (route.protocol() != "ospf") return;
    ospf.add_to(route);
    if (is_v6(route.prefix())) route.mutable_detail()->set_area(area_of(route));
  };
  std::map<std::string, const v1::Route*> selected;
  for (const v1::Route& route : rib) {
    if (route.detail().selected()) selected.emplace(route.prefix(), &route);
  }
  for (v1::Route& route : *state.mutable_routes()) {
    const auto found = selected.find(route.prefix());
    if (found != selected.end() && found->second->protocol() == route.protocol()) {
      *route.mutable_detail() = found->second->detail();
    }
    complete(route);
  }
  if (!candidates) return;
  for (v1::Route& route : rib) {
    complete(route);
    *state.add_candidates() = std::move(route);
  }
  for (v1::BgpPath& path : paths) *state.add_bgp_paths() = std::move(path);
}

}  // namespace hoplab::router
