// ripd: RIP version 2 (RFC 2453).
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {

std::string render_ripd(const v1::NodeSpec& spec) {
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  line(out, "router rip");
  // The least that ripd allows; RFC 2453 has 30, 180 and 120 s.
  if (!router.standard_timers()) line(out, " timers basic 5 15 10");
  if (router.multipath() > 1) line(out, " allow-ecmp");
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    line(out, " network {}", interface.interface());
    if (interface.passive()) line(out, " passive-interface {}", interface.interface());
  }
  if (!router.loopback().empty()) {
    line(out, " network lo");
    line(out, " passive-interface lo");
  }
  if (router.redistribute_bgp()) line(out, " redistribute bgp");
  leave(out);
  return out;
}

}  // namespace hoplab::router
