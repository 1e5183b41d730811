#include "agents/gateway/render.h"

#include <fmt/format.h>

namespace hoplab::agent::gateway {
namespace {

// As a router's: a day and four hours; short enough to be read, long enough never to end within a
// lab's life.
constexpr int kValidSeconds = 86400;
constexpr int kPreferredSeconds = 14400;
constexpr int kRouterSeconds = 1800;

// No translation: addresses stay what they are, and what a translation keeps out as it knows no
// inside for it is kept out by rule (RFC 6092, section 3). Of ICMPv6 all passes that the other end
// of a connection may have to say, and echo (RFC 4890, section 4.3).
std::string render_rules6(const hoplab::v1::GatewaySpec& spec) {
  return fmt::format(R"(table ip6 {0} {{}}
delete table ip6 {0}
table ip6 {0} {{
  chain to_me {{
    type filter hook input priority filter; policy accept;
    iifname "{1}" ct state established,related counter accept comment "answers to the gateway"
    iifname "{1}" meta l4proto 58 counter accept comment "neighbours, errors, echo"
    iifname "{1}" counter drop comment "the gateway serves the LAN"
  }}
  chain through_me {{
    type filter hook forward priority filter; policy accept;
    iifname "{1}" ct state established,related counter accept comment "answers to the LAN"
    iifname "{1}" icmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply }} counter accept comment "errors, echo"
    iifname "{1}" oifname "{2}" counter drop comment "nobody outside begins a connection"
  }}
}}
)",
                     kTable, spec.wan_interface(), spec.lan_interface());
}

}  // namespace

std::string render_rules(const hoplab::v1::GatewaySpec& spec) {
  const std::string nat = spec.masquerade() ? fmt::format(R"(
  chain nat {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "{}" counter masquerade comment "private addresses leave as the gateway's own"
  }})",
                                                          spec.wan_interface())
                                            : "";
  return fmt::format(R"(table ip {0} {{}}
delete table ip {0}
table ip {0} {{
  chain to_me {{
    type filter hook input priority filter; policy accept;
    iifname "{1}" udp dport 53 counter drop comment "the DNS cache is for the LAN"
    iifname "{1}" tcp dport 53 counter drop
  }}
  chain through_me {{
    type filter hook forward priority filter; policy accept;
    iifname "{1}" ct state established,related counter accept comment "answers to the LAN"
    iifname "{1}" oifname "{2}" counter drop comment "nobody outside begins a connection"
  }}{3}
}}
)",
                     kTable, spec.wan_interface(), spec.lan_interface(), nat) +
         (spec.prefix6().empty() ? "" : render_rules6(spec));
}

std::string render_advertisements(const hoplab::v1::GatewaySpec& spec) {
  std::string out;
  for (const auto& told : spec.advertisements()) {
    std::string servers;
    for (const std::string& server : told.name_servers()) servers += " " + server;
    out += fmt::format(R"(interface {} {{
  AdvSendAdvert on;
  AdvManagedFlag {};
  AdvDefaultLifetime {};
)",
                       told.interface(), told.managed() ? "on" : "off", kRouterSeconds);
    if (!spec.standard_timers()) {
      // How long hosts wait for who may have an address already (RFC 4862, section 5.1), and who
      // missed an answer for the next advertisement.
      out += "  AdvRetransTimer 100;\n  MinRtrAdvInterval 22;\n  MaxRtrAdvInterval 30;\n";
    }
    out += fmt::format(R"(  prefix {} {{
    AdvOnLink on;
    AdvAutonomous {};
    AdvValidLifetime {};
    AdvPreferredLifetime {};
  }};
)",
                       told.prefix(), told.autonomous() ? "on" : "off", kValidSeconds,
                       kPreferredSeconds);
    if (!servers.empty()) {
      out +=
          fmt::format("  RDNSS{} {{\n    AdvRDNSSLifetime {};\n  }};\n", servers, kRouterSeconds);
    }
    out += "};\n";
  }
  return out;
}

}  // namespace hoplab::agent::gateway
