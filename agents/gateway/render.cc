#include "agents/gateway/render.h"

#include <fmt/format.h>

namespace hoplab::agent::gateway {

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
                     kTable, spec.wan_interface(), spec.lan_interface(), nat);
}

}  // namespace hoplab::agent::gateway
