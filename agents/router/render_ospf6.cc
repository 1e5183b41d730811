// ospf6d: OSPF for IPv6 (RFC 5340), beside ospfd: the same areas, costs and passive interfaces.
#include <algorithm>

#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

void interface_lines(std::string& out, const v1::OspfInterface& interface, bool standard_timers) {
  line(out, "interface {}", interface.interface());
  line(out, " ipv6 ospf6 area {}", interface.area());
  if (interface.point_to_point()) line(out, " ipv6 ospf6 network point-to-point");
  if (interface.cost() != 0) line(out, " ipv6 ospf6 cost {}", interface.cost());
  if (interface.passive()) line(out, " ipv6 ospf6 passive");
  if (!interface.passive() && !standard_timers) {
    // The least that ospf6d has: it knows no fractions of a second.
    line(out, " ipv6 ospf6 hello-interval 1");
    line(out, " ipv6 ospf6 dead-interval 3");
    line(out, " ipv6 ospf6 retransmit-interval 1");
  }
  leave(out);
}

}  // namespace

std::string render_ospf6d(const v1::NodeSpec& spec) {
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  for (const v1::OspfInterface& interface : router.ospf()) {
    if (interface.ipv6()) interface_lines(out, interface, router.standard_timers());
  }
  if (!router.loopback6().empty()) {
    v1::OspfInterface loopback;
    loopback.set_interface("lo");
    // In the backbone, if this router stands in it.
    loopback.set_area(std::ranges::min(router.ospf(), {}, &v1::OspfInterface::area).area());
    loopback.set_passive(true);
    interface_lines(out, loopback, router.standard_timers());
  }
  const std::string_view sites = sites_map(out, router);
  line(out, "router ospf6");
  line(out, " ospf6 router-id {}", router.router_id());
  line(out, " log-adjacency-changes");
  if (!router.standard_timers()) {
    line(out, " timers throttle spf 0 50 500");
    line(out, " timers lsa min-arrival 0");
  }
  if (router.redistribute_bgp()) line(out, " redistribute bgp metric-type 2");
  if (!sites.empty()) line(out, " redistribute static route-map {}", sites);
  leave(out);
  return out;
}

}  // namespace hoplab::router
