#include "controller/journey/decisions/route_choices.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "agents/common/net/ip_address.h"
#include "controller/journey/story.h"

namespace hoplab::journey {
namespace {

std::optional<net::IpPrefix> prefix_of(const std::string& text) {
  if (text == "default") return net::IpPrefix(net::Prefix{});
  if (const auto prefix = net::parse_ip_prefix(text)) return prefix;
  const auto host = net::parse_ip(text);
  return host ? std::optional(net::IpPrefix{*host, host->bits()}) : std::nullopt;
}

// What was asked for, of a list of prefixes.
class Selection {
 public:
  Selection(const std::string& asked, const std::vector<std::string>& prefixes) {
    if (asked.empty()) return;
    all_ = false;
    const auto address = net::parse_ip(asked);
    if (!address) {
      inside_ = prefix_of(asked);
      return;
    }
    for (const std::string& text : prefixes) {
      const auto prefix = prefix_of(text);
      if (!prefix || !prefix->contains(*address)) continue;
      if (!longest_ || prefix->length > longest_->length) longest_ = prefix;
    }
  }
  [[nodiscard]] bool holds(const std::string& text) const {
    if (all_) return true;
    const auto prefix = prefix_of(text);
    if (!prefix) return false;
    if (longest_) return *prefix == *longest_;
    return inside_ && inside_->contains(prefix->network) && prefix->length >= inside_->length;
  }
  // Set when an address was asked for and something covers it.
  [[nodiscard]] const std::optional<net::IpPrefix>& longest() const { return longest_; }

 private:
  bool all_ = true;
  std::optional<net::IpPrefix> inside_;
  std::optional<net::IpPrefix> longest_;
};

// The link-local prefix: it is on every interface, and leads nowhere else.
bool every_interface_has(const v1::Route& route) {
  const auto prefix = prefix_of(route.prefix());
  return prefix && prefix->network.is_link_local();
}

std::string out_of(const v1::Route& route) {
  return route.next_hops().empty() ? "" : route.next_hops(0).interface();
}

uint32_t preference_of(const v1::BgpPath& path) {
  constexpr uint32_t kDefault = 100;
  return path.local_preference() == 0 ? kDefault : path.local_preference();
}

int origin_rank(const v1::BgpPath& path) {
  if (path.detail().origin() == "IGP") return 0;
  return path.detail().origin() == "EGP" ? 1 : 2;
}

bool same_neighbour_as(const v1::BgpPath& a, const v1::BgpPath& b) {
  return a.as_path_size() > 0 && b.as_path_size() > 0 && a.as_path(0) == b.as_path(0);
}

// The first step of the choice at which a path was worse than the best (RFC 4271, 9.1.2.2).
v1::Fact lost_at(const v1::BgpPath& path, const v1::BgpPath& best) {
  const auto against = [](std::string_view key, uint32_t own, uint32_t other) {
    return fact(key, {{"own", std::to_string(own)}, {"best", std::to_string(other)}});
  };
  if (!path.valid()) return fact("lost.not_valid", {{"next_hop", path.next_hop()}});
  if (preference_of(path) != preference_of(best)) {
    return against("lost.local_preference", preference_of(path), preference_of(best));
  }
  if (best.peer().empty() && !path.peer().empty()) return fact("lost.local_route");
  if (path.as_path_size() != best.as_path_size()) {
    return against("lost.as_path", static_cast<uint32_t>(path.as_path_size()),
                   static_cast<uint32_t>(best.as_path_size()));
  }
  if (origin_rank(path) != origin_rank(best)) {
    return fact("lost.origin", {{"own", path.detail().origin()}, {"best", best.detail().origin()}});
  }
  if (same_neighbour_as(path, best) && path.detail().med() != best.detail().med()) {
    return against("lost.med", path.detail().med(), best.detail().med());
  }
  if (path.internal() && !best.internal()) return fact("lost.internal");
  if (path.detail().metric() != best.detail().metric()) {
    return against("lost.igp_metric", path.detail().metric(), best.detail().metric());
  }
  return fact("lost.tie");
}

}  // namespace

v1::RouteTable route_table(const std::string& node, const v1::NodeState& state,
                           const std::string& asked, const NameOf& name) {
  const auto& routes = state.candidates().empty() ? state.routes() : state.candidates();
  const bool of_daemons = !state.candidates().empty();
  std::vector<std::string> prefixes;
  std::map<std::string, const v1::Route*> winners;
  for (const v1::Route& route : routes) {
    if (every_interface_has(route)) continue;
    if (of_daemons && !route.detail().selected()) continue;
    prefixes.push_back(route.prefix());
    winners.emplace(route.prefix(), &route);
  }
  const Selection selection(asked, prefixes);
  v1::RouteTable table;
  table.set_node(node);
  table.set_asked(asked);
  for (const v1::Route& route : routes) {
    if (!selection.holds(route.prefix()) || every_interface_has(route)) continue;
    v1::RouteChoice& choice = *table.add_routes();
    *choice.mutable_route() = route;
    const auto winner = winners.find(route.prefix());
    choice.set_used(winner != winners.end() && winner->second == &route);
    choice.set_matches(choice.used() && selection.longest().has_value());
    if (choice.matches()) {
      *choice.add_reasons() =
          fact("table.longest",
               {{"address", asked}, {"length", std::to_string(selection.longest()->length)}});
    }
    *choice.add_reasons() = route_fact(route, out_of(route), name);
    for (v1::Fact& reason : route_reasons(route, name)) *choice.add_reasons() = std::move(reason);
    if (!route.has_detail()) continue;
    const auto distance = [](const v1::Route& r) { return std::to_string(r.detail().distance()); };
    if (choice.used() || winner == winners.end()) {
      *choice.add_reasons() = fact("table.distance", {{"distance", distance(route)}});
    } else {
      *choice.add_reasons() =
          fact("table.not_chosen", {{"protocol", route.protocol()},
                                    {"distance", distance(route)},
                                    {"winner", winner->second->protocol()},
                                    {"winner_distance", distance(*winner->second)}});
    }
  }
  return table;
}

v1::LookingGlass looking_glass(const std::string& node, const v1::NodeState& state,
                               const std::string& asked) {
  std::vector<std::string> prefixes;
  std::map<std::string, const v1::BgpPath*> best;
  std::map<std::string, uint32_t> count;
  for (const v1::BgpPath& path : state.bgp_paths()) {
    prefixes.push_back(path.prefix());
    ++count[path.prefix()];
    if (path.best()) best[path.prefix()] = &path;
  }
  const Selection selection(asked, prefixes);
  v1::LookingGlass glass;
  glass.set_node(node);
  glass.set_asked(asked);
  for (const v1::BgpPath& path : state.bgp_paths()) {
    if (!selection.holds(path.prefix())) continue;
    v1::PathChoice& choice = *glass.add_paths();
    *choice.mutable_path() = path;
    if (path.best()) {
      *choice.add_reasons() = best_step(path.detail().best_reason(), count[path.prefix()]);
    } else if (path.multipath()) {
      *choice.add_reasons() = fact("best.multipath");
    } else if (const auto found = best.find(path.prefix()); found != best.end()) {
      *choice.add_reasons() = lost_at(path, *found->second);
    } else {
      *choice.add_reasons() = fact("lost.not_valid", {{"next_hop", path.next_hop()}});
    }
  }
  return glass;
}

}  // namespace hoplab::journey
