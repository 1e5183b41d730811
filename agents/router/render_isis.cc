// isisd: IS-IS for IP (ISO 10589, RFC 1195), all of a system in one level 2.
#include "agents/common/net/address.h"
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

// The system id is the router id written in twelve digits: 10.255.0.1 is 0102.5500.0001.
std::string network_entity_title(const std::string& router_id) {
  const auto id = net::parse_ipv4(router_id);
  if (!id) return "49.0001.0000.0000.0001.00";
  const std::string digits =
      fmt::format("{:03}{:03}{:03}{:03}", id->value >> 24U, id->value >> 16U & 255U,
                  id->value >> 8U & 255U, id->value & 255U);
  return fmt::format("49.0001.{}.{}.{}.00", digits.substr(0, 4), digits.substr(4, 4),
                     digits.substr(8, 4));
}

void interface_lines(std::string& out, const v1::IgpInterface& interface, bool standard_timers) {
  line(out, "interface {}", interface.interface());
  line(out, " ip router isis lab");
  if (interface.ipv6()) line(out, " ipv6 router isis lab");
  if (interface.cost() != 0) line(out, " isis metric {}", interface.cost());
  if (interface.passive()) line(out, " isis passive");
  if (interface.point_to_point()) line(out, " isis network point-to-point");
  if (!interface.passive() && !standard_timers) {
    line(out, " isis hello-interval 1");
    line(out, " isis hello-multiplier 3");
    line(out, " isis csnp-interval 1");
    line(out, " isis psnp-interval 1");
  }
  leave(out);
}

}  // namespace

std::string render_isisd(const v1::NodeSpec& spec) {
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    interface_lines(out, interface, router.standard_timers());
  }
  if (!router.loopback().empty()) {
    v1::IgpInterface loopback;
    loopback.set_interface("lo");
    loopback.set_passive(true);
    loopback.set_ipv6(!router.loopback6().empty());
    interface_lines(out, loopback, router.standard_timers());
  }
  const std::string_view sites = sites_map(out, router);
  line(out, "router isis lab");
  // The title comes last: with it isisd makes its first LSP, and a change after that waits for the
  // interval in force then, 30 s.
  line(out, " is-type level-2-only");
  if (!router.standard_timers()) {
    line(out, " lsp-gen-interval 1");
    line(out,
         " spf-delay-ietf init-delay 50 short-delay 100 long-delay 500 holddown 1000 "
         "time-to-learn 500");
  }
  line(out, " log-adjacency-changes");
  if (router.redistribute_bgp()) line(out, " redistribute ipv4 bgp level-2");
  if (router.redistribute_bgp() && !router.loopback6().empty()) {
    line(out, " redistribute ipv6 bgp level-2");
  }
  if (!sites.empty()) line(out, " redistribute ipv6 static level-2 route-map {}", sites);
  line(out, " net {}", network_entity_title(router.router_id()));
  leave(out);
  return out;
}

}  // namespace hoplab::router
