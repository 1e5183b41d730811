#include "controller/journey/decisions/routes.h"

#include <algorithm>
#include <array>
#include <optional>

namespace hoplab::journey {
namespace {

std::optional<net::IpPrefix> prefix_of(const std::string& text) {
  if (text == "default") return net::Prefix{};
  if (const auto prefix = net::parse_ip_prefix(text)) return prefix;
  const auto host = net::parse_ip(text);
  return host ? std::optional(net::IpPrefix{*host, host->bits()}) : std::nullopt;
}

bool same_next_hops(const v1::Route& a, const v1::Route& b) {
  return std::ranges::equal(a.next_hops(), b.next_hops(), [](const auto& x, const auto& y) {
    return x.via() == y.via() && x.interface() == y.interface();
  });
}

// The kernel's identity of a route: one of a prefix and metric, unless one was appended.
bool same_place(const v1::Route& a, const v1::Route& b) {
  return a.prefix() == b.prefix() && a.metric() == b.metric();
}

bool same_route(const v1::Route& a, const v1::Route& b) {
  return same_place(a, b) && a.protocol() == b.protocol() && a.kind() == b.kind() &&
         same_next_hops(a, b);
}

bool leaves_by(const v1::Route& route, const std::string& interface) {
  return std::ranges::any_of(route.next_hops(),
                             [&](const v1::NextHop& hop) { return hop.interface() == interface; });
}

bool usable(const v1::Route& route) { return route.kind().empty() || route.kind() == "unicast"; }

}  // namespace

Routes::Routes(const Lab& lab, const v1::NodeCapture& capture) : lab_(lab), capture_(capture) {
  for (const auto& route : capture.before().routes()) add(route, Life::kAlways, true);
  for (const auto& event : capture.events()) {
    if (event.has_route()) apply(event.route(), event.time_ns());
    if (event.has_link() && !event.link().admin_up() && !event.link().up()) {
      interface_down(event.link().interface(), event.time_ns());
    }
  }
  if (capture.has_after()) reconcile(capture.after());
  std::ranges::stable_sort(entries_, [](const Entry& a, const Entry& b) {
    if (a.prefix.length != b.prefix.length) return a.prefix.length > b.prefix.length;
    return a.route->metric() < b.route->metric();
  });
  std::ranges::sort(changes_);
}

void Routes::add(const v1::Route& route, int64_t from, bool certain) {
  const auto prefix = prefix_of(route.prefix());
  if (!prefix) return;
  entries_.push_back({*prefix, &route, {from, Life::kForever, certain}});
  if (from != Life::kAlways) changes_.push_back(from);
}

void Routes::apply(const v1::RouteEvent& event, int64_t time) {
  const v1::Route& route = event.route();
  const auto end = [&](bool whatever_hops) {
    for (Entry& e : entries_) {
      if (e.life.ended() || !same_place(*e.route, route)) continue;
      if (!whatever_hops && !same_next_hops(*e.route, route)) continue;
      e.life.to = time;
      changes_.push_back(time);
      return true;
    }
    return false;
  };
  if (!event.added()) {
    if (!end(false)) end(true);
    return;
  }
  const bool there = std::ranges::any_of(
      entries_, [&](const Entry& e) { return !e.life.ended() && same_route(*e.route, route); });
  if (there) return;  // the snapshot was quicker
  if (event.replaces()) end(true);
  add(with_daemon_detail(route, capture_), time, true);
}

// The kernel drops every route over it, and tells of none (fib_sync_down_dev).
void Routes::interface_down(const std::string& interface, int64_t time) {
  std::vector<Entry> left;
  for (Entry& e : entries_) {
    const auto over = [&](const v1::NextHop& hop) { return hop.interface() == interface; };
    if (e.life.ended() || std::ranges::none_of(e.route->next_hops(), over)) continue;
    e.life.to = time;
    changes_.push_back(time);
    if (std::ranges::all_of(e.route->next_hops(), over)) continue;
    auto fewer = std::make_unique<v1::Route>(*e.route);
    fewer->clear_next_hops();
    for (const auto& hop : e.route->next_hops()) {
      if (!over(hop)) *fewer->add_next_hops() = hop;
    }
    left.push_back({e.prefix, fewer.get(), {time, Life::kForever, true}});
    owned_.push_back(std::move(fewer));
  }
  entries_.insert(entries_.end(), left.begin(), left.end());
}

// What no notice told of: between the snapshot and the arming of the capture, or lost.
void Routes::reconcile(const v1::NodeState& after) {
  const size_t known = entries_.size();
  for (const auto& route : after.routes()) {
    const bool there =
        std::any_of(entries_.begin(), entries_.begin() + static_cast<long>(known),
                    [&](const Entry& e) { return !e.life.ended() && same_route(*e.route, route); });
    if (!there) add(route, Life::kAlways, false);
  }
}

// Only the routing daemon knows path and peer, cost and area; it was asked before and after.
const v1::Route& Routes::with_daemon_detail(const v1::Route& route,
                                            const v1::NodeCapture& capture) {
  constexpr std::array kProtocols{"bgp", "ospf", "rip", "eigrp", "isis"};
  if (std::ranges::find(kProtocols, route.protocol()) == kProtocols.end()) return route;
  for (const v1::NodeState* state : {&capture.after(), &capture.before()}) {
    for (const auto& other : state->routes()) {
      if (other.protocol() != route.protocol() || other.prefix() != route.prefix() ||
          !same_next_hops(other, route)) {
        continue;
      }
      auto full = std::make_unique<v1::Route>(route);
      *full->mutable_as_path() = other.as_path();
      full->set_bgp_peer(other.bgp_peer());
      full->set_bgp_internal(other.bgp_internal());
      full->set_local_preference(other.local_preference());
      *full->mutable_detail() = other.detail();
      owned_.push_back(std::move(full));
      return *owned_.back();
    }
  }
  return route;
}

const v1::Route* Routes::longest(const IpAddress& destination, int64_t time, bool unsure,
                                 const std::string& link) const {
  // Every link has a route of its own to the link-local addresses.
  const bool here = destination.is_link_local() && !link.empty();
  for (const Entry& e : entries_) {
    if (unsure ? e.life.certain : !e.life.holds(time)) continue;
    if (!e.prefix.contains(destination)) continue;
    if (!here || leaves_by(*e.route, link)) return e.route;
  }
  return nullptr;
}

bool Routes::agrees(const v1::Route& route, const Leaving& seen) const {
  if (seen.interface.empty()) return true;
  return std::ranges::any_of(route.next_hops(), [&](const v1::NextHop& hop) {
    if (hop.interface() != seen.interface) return false;
    return hop.via().empty() || seen.next_node == kNone ||
           lab_.owns(seen.next_node, address_of(hop.via()));
  });
}

const v1::Route* Routes::find(const IpAddress& destination, int64_t time,
                              const Leaving& seen) const {
  const std::string& link = seen.interface;
  const v1::Route* first = longest(destination, time, false, link);
  if (first != nullptr && agrees(*first, seen)) return first;
  for (auto change = std::ranges::upper_bound(changes_, time);
       change != changes_.end() && *change <= time + kNoticeLagNs; ++change) {
    const v1::Route* later = longest(destination, *change, false, link);
    if (later != nullptr && agrees(*later, seen)) return later;
  }
  const v1::Route* unsure = longest(destination, time, true, link);
  if (unsure != nullptr && (first == nullptr || agrees(*unsure, seen))) return unsure;
  return first;
}

const v1::Route* Routes::find(const IpAddress& destination, const Leaving& seen) const {
  const std::string& link = seen.interface;
  const v1::Route* found = nullptr;
  const auto take = [&](const v1::Route* route) {
    if (found == nullptr) found = route;
    return route != nullptr && agrees(*route, seen);
  };
  for (int64_t time = Life::kAlways;;) {
    const v1::Route* route = longest(destination, time, false, link);
    if (take(route)) return route;
    const auto next = std::ranges::upper_bound(changes_, time);
    if (next == changes_.end()) break;
    time = *next;
  }
  const v1::Route* unsure = longest(destination, 0, true, link);
  return take(unsure) ? unsure : found;
}

const v1::Route* Routes::forbidding(const IpAddress& destination) const {
  const std::string link;
  const auto forbids = [](const v1::Route* route) {
    return route != nullptr && (route->kind() == "blackhole" || route->kind() == "unreachable" ||
                                route->kind() == "prohibit");
  };
  for (int64_t time = Life::kAlways;;) {
    if (const auto* route = longest(destination, time, false, link); forbids(route)) return route;
    const auto next = std::ranges::upper_bound(changes_, time);
    if (next == changes_.end()) break;
    time = *next;
  }
  // Only the later snapshot has it.
  const v1::Route* late = longest(destination, 0, true, link);
  return forbids(late) ? late : nullptr;
}

bool Routes::lacking(const IpAddress& destination) const {
  const std::string link;
  const auto none = [](const v1::Route* route) { return route == nullptr || !usable(*route); };
  if (!capture_.before().routes().empty()) {
    for (int64_t time = Life::kAlways;;) {
      if (none(longest(destination, time, false, link))) return true;
      const auto next = std::ranges::upper_bound(changes_, time);
      if (next == changes_.end()) break;
      time = *next;
    }
  }
  // The later snapshot by itself: what went without a notice is missing there.
  if (capture_.after().routes().empty()) return false;
  const v1::Route* best = nullptr;
  int length = -1;
  for (const auto& route : capture_.after().routes()) {
    const auto prefix = prefix_of(route.prefix());
    if (!prefix || !prefix->contains(destination)) continue;
    const bool better =
        prefix->length > length || (prefix->length == length && route.metric() < best->metric());
    if (!better) continue;
    best = &route;
    length = prefix->length;
  }
  return none(best);
}

}  // namespace hoplab::journey
