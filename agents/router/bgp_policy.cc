#include "agents/router/bgp_policy.h"

#include <algorithm>
#include <set>

#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

uint32_t preference_of(const v1::BgpNeighbor& neighbor) {
  if (neighbor.has_local_preference()) return neighbor.local_preference();
  switch (neighbor.relation()) {
    case v1::CUSTOMER:
      return kCustomerPreference;
    case v1::PEER:
      return kPeerPreference;
    default:
      return kProviderPreference;
  }
}

bool related(const v1::BgpNeighbor& neighbor) {
  return neighbor.relation() != v1::RELATION_UNSPECIFIED;
}

bool is_large(const std::string& community) { return std::ranges::count(community, ':') == 2; }

std::string added(const v1::BgpNeighbor& neighbor, bool large) {
  std::string list;
  for (const std::string& community : neighbor.communities()) {
    if (is_large(community) != large) continue;
    list += (list.empty() ? "" : " ") + community;
  }
  return list;
}

void import_map(std::string& out, const v1::RouterSpec& router, const v1::BgpNeighbor& neighbor) {
  line(out, "route-map {} permit 10", import_policy(neighbor));
  line(out, " set local-preference {}", preference_of(neighbor));
  if (related(neighbor)) {
    line(out, " set large-community {}:1:{} additive", router.asn(),
         static_cast<int>(neighbor.relation()));
  }
  leave(out);
}

void export_map(std::string& out, const v1::RouterSpec& router, const v1::BgpNeighbor& neighbor) {
  if (neighbor.relation() == v1::PEER || neighbor.relation() == v1::PROVIDER) {
    line(out, "route-map {} deny 5", export_policy(neighbor));
    line(out, " match large-community from-peers-and-providers");
    leave(out);
  }
  line(out, "route-map {} permit 10", export_policy(neighbor));
  if (neighbor.has_med()) line(out, " set metric {}", neighbor.med());
  if (neighbor.prepend() > 0) {
    std::string again;
    for (uint32_t i = 0; i < neighbor.prepend(); ++i) again += " " + std::to_string(router.asn());
    line(out, " set as-path prepend{}", again);
  }
  if (const auto list = added(neighbor, false); !list.empty()) {
    line(out, " set community {} additive", list);
  }
  if (const auto list = added(neighbor, true); !list.empty()) {
    line(out, " set large-community {} additive", list);
  }
  if (related(neighbor)) line(out, " set large-comm-list our-marks delete");
  leave(out);
}

}  // namespace

bool has_import_policy(const v1::BgpNeighbor& neighbor) {
  return related(neighbor) || neighbor.has_local_preference();
}

bool has_export_policy(const v1::BgpNeighbor& neighbor) {
  return related(neighbor) || neighbor.has_med() || neighbor.prepend() > 0 ||
         neighbor.communities_size() > 0;
}

std::string import_policy(const v1::BgpNeighbor& neighbor) { return "from-" + neighbor.node(); }
std::string export_policy(const v1::BgpNeighbor& neighbor) { return "to-" + neighbor.node(); }

void bgp_policies(std::string& out, const v1::RouterSpec& router) {
  if (std::ranges::any_of(router.bgp(), related)) {
    for (const int relation : {v1::PEER, v1::PROVIDER}) {
      line(out, "bgp large-community-list standard from-peers-and-providers permit {}:1:{}",
           router.asn(), relation);
    }
    for (const int relation : {v1::CUSTOMER, v1::PEER, v1::PROVIDER}) {
      line(out, "bgp large-community-list standard our-marks permit {}:1:{}", router.asn(),
           relation);
    }
    line(out, "!");
  }
  if (router.redistribute_igp()) {
    line(out, "ip prefix-list own permit {} le 32", router.system_prefix());
    line(out, "route-map own permit 10");
    line(out, " match ip address prefix-list own");
    leave(out);
    if (!router.system_prefix6().empty()) {
      line(out, "ipv6 prefix-list own6 permit {} le 128", router.system_prefix6());
      line(out, "route-map own6 permit 10");
      line(out, " match ipv6 address prefix-list own6");
      leave(out);
    }
  }
  std::set<std::string> done;  // sessions of both versions with one neighbour share its maps
  for (const v1::BgpNeighbor& neighbor : router.bgp()) {
    if (!done.insert(neighbor.node()).second) continue;
    if (has_import_policy(neighbor)) import_map(out, router, neighbor);
    if (has_export_policy(neighbor)) export_map(out, router, neighbor);
  }
}

}  // namespace hoplab::router
