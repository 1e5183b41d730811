// bgpd: sessions and what is told over them (RFC 4271).
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "agents/common/net/ip_address.h"
#include "agents/router/bgp_policy.h"
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

// The address a session runs from: its update source, or ours on the neighbour's network.
std::optional<net::IpAddress> own_address(const v1::NodeSpec& spec, const v1::BgpNeighbor& neighbor,
                                          const net::IpAddress& peer) {
  if (!neighbor.update_source().empty()) return net::parse_ip(neighbor.update_source());
  for (const v1::InterfaceSpec& interface : spec.interfaces()) {
    for (const std::string& text : interface.addresses()) {
      const auto own = net::parse_ip_interface_address(text);
      if (own && own->prefix().contains(peer)) return own->address;
    }
  }
  return std::nullopt;
}

// With both ends connecting, two connections can cross and one be torn down already Established:
// so in 2 of 12 starts of ten routers. The end with the lower address listens instead; none in 12,
// and converged no later.
bool listens(const v1::NodeSpec& spec, const v1::BgpNeighbor& neighbor) {
  const auto peer = net::parse_ip(neighbor.address());
  if (!peer) return false;
  const auto own = own_address(spec, neighbor, *peer);
  return own && *own < *peer;
}

void bgp_neighbor(std::string& out, const v1::NodeSpec& spec, const v1::BgpNeighbor& neighbor,
                  const ShutSessions& shut) {
  const std::string& address = neighbor.address();
  line(out, " neighbor {} remote-as {}", address, neighbor.asn());
  if (!neighbor.node().empty()) line(out, " neighbor {} description {}", address, neighbor.node());
  if (!neighbor.update_source().empty()) {
    line(out, " neighbor {} update-source {}", address, neighbor.update_source());
  }
  if (!spec.router().standard_timers()) {
    line(out, " neighbor {} advertisement-interval 0", address);
    line(out, " neighbor {} timers connect 1", address);
    if (listens(spec, neighbor)) line(out, " neighbor {} passive", address);
  }
  if (const auto found = shut.find(address); found != shut.end()) {
    line(out, " neighbor {} shutdown message {}", address, found->second);
  }
}

std::string_view igp_word(v1::Igp igp, bool v6) {
  switch (igp) {
    case v1::IGP_RIP:
      return v6 ? "ripng" : "rip";
    case v1::IGP_EIGRP:
      return "eigrp";
    case v1::IGP_ISIS:
      return "isis";
    default:
      return v6 ? "ospf6" : "ospf";
  }
}

void neighbor_family(std::string& out, const v1::BgpNeighbor& neighbor) {
  const std::string& address = neighbor.address();
  if (neighbor.next_hop_self()) line(out, "  neighbor {} next-hop-self", address);
  if (neighbor.route_reflector_client()) line(out, "  neighbor {} route-reflector-client", address);
  if (has_import_policy(neighbor)) {
    line(out, "  neighbor {} route-map {} in", address, import_policy(neighbor));
  }
  if (has_export_policy(neighbor)) {
    line(out, "  neighbor {} route-map {} out", address, export_policy(neighbor));
  }
}

// What is told of one IP version, and to whom: a session carries the routes of its own version.
void address_family(std::string& out, const v1::RouterSpec& router, bool v6) {
  line(out, " address-family {} unicast", v6 ? "ipv6" : "ipv4");
  for (const std::string& prefix : router.announce()) {
    if (is_v6(prefix) == v6) line(out, "  network {}", prefix);
  }
  if (router.redistribute_igp()) {
    for (const std::string_view source :
         {igp_word(router.igp(), v6), std::string_view("connected")}) {
      line(out, "  redistribute {} route-map {}", source, v6 ? "own6" : "own");
    }
    if (v6 && router.static_routes_size() > 0) line(out, "  redistribute static route-map own6");
  }
  for (const v1::BgpNeighbor& neighbor : router.bgp()) {
    if (is_v6(neighbor.address()) == v6) {
      if (v6) line(out, "  neighbor {} activate", neighbor.address());
      neighbor_family(out, neighbor);
    } else if (!v6) {
      line(out, "  no neighbor {} activate", neighbor.address());
    }
  }
  const uint32_t paths = std::max(1U, router.multipath());
  line(out, "  maximum-paths {}", paths);
  line(out, "  maximum-paths ibgp {}", paths);
  line(out, " exit-address-family");
}

}  // namespace

std::string render_bgpd(const v1::NodeSpec& spec, const ShutSessions& shut) {
  const v1::RouterSpec& router = spec.router();
  const bool standard = router.standard_timers();
  std::string out = header(spec);
  // Before the sessions that use them: what a session has learnt under a map that is not there yet
  // is looked at again only seconds later.
  bgp_policies(out, router);
  line(out, "router bgp {}", router.asn());
  line(out, " bgp router-id {}", router.router_id());
  line(out, " bgp log-neighbor-changes");
  line(out, " no bgp ebgp-requires-policy");
  line(out, " no bgp network import-check");
  // The best path depends on the paths, not on which came first; a dead peer's paths go at once.
  line(out, " bgp bestpath compare-routerid");
  line(out, " bgp graceful-restart-disable");
  if (router.multipath() > 1) line(out, " bgp bestpath as-path multipath-relax");
  if (!standard) {
    line(out, " coalesce-time 0");
    line(out, " timers bgp 3 9");
  }
  for (const v1::BgpNeighbor& neighbor : router.bgp()) bgp_neighbor(out, spec, neighbor, shut);
  line(out, " !");
  address_family(out, router, false);
  if (!router.loopback6().empty()) address_family(out, router, true);
  leave(out);
  return out;
}

}  // namespace hoplab::router
