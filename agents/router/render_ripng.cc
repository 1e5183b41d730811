// ripngd: RIPng (RFC 2080), beside ripd.
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {

std::string render_ripngd(const v1::NodeSpec& spec) {
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  const std::string_view sites = sites_map(out, router);
  line(out, "router ripng");
  // As ripd; RFC 2080 has 30, 180 and 120 s.
  if (!router.standard_timers()) line(out, " timers basic 5 15 10");
  if (router.multipath() > 1) line(out, " allow-ecmp");
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    if (!interface.ipv6()) continue;
    line(out, " network {}", interface.interface());
    if (interface.passive()) line(out, " passive-interface {}", interface.interface());
  }
  if (!router.loopback6().empty()) {
    line(out, " network lo");
    line(out, " passive-interface lo");
  }
  if (router.redistribute_bgp()) line(out, " redistribute bgp");
  if (!sites.empty()) line(out, " redistribute static route-map {}", sites);
  leave(out);
  return out;
}

}  // namespace hoplab::router
