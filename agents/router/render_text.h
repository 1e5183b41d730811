// What the renderers of all daemons share: lines of FRR's configuration. Internal to this folder.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "proto/node.pb.h"

namespace hoplab::router {

template <typename... Args>
void line(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
  out += '\n';
}

inline std::string header(const v1::NodeSpec& spec) {
  std::string out;
  line(out, "frr defaults traditional");
  line(out, "hostname {}", spec.node());
  line(out, "!");
  return out;
}

inline bool is_v6(std::string_view text) { return text.find(':') != std::string_view::npos; }

inline void leave(std::string& out) {
  line(out, "exit");
  line(out, "!");
}

// What an IGP is to tell of the static routes: those to sites, not those that end what BGP
// announces. Empty, or the name of a route-map that is made here.
inline std::string_view sites_map(std::string& out, const v1::RouterSpec& router) {
  if (router.static_routes().empty()) return {};
  for (const v1::StaticRoute& route : router.static_routes()) {
    line(out, "ipv6 prefix-list sites permit {}", route.prefix());
  }
  line(out, "route-map sites permit 10");
  line(out, " match ipv6 address prefix-list sites");
  leave(out);
  return "sites";
}

}  // namespace hoplab::router
