#include "agents/gateway/render.h"

#include <gtest/gtest.h>

namespace hoplab::agent::gateway {
namespace {

hoplab::v1::GatewaySpec home() {
  hoplab::v1::GatewaySpec spec;
  spec.set_lan_interface("lan");
  spec.set_wan_interface("wan");
  spec.set_masquerade(true);
  return spec;
}

TEST(GatewayRules, MasqueradeAndKeepOutsidersOut) {
  EXPECT_EQ(render_rules(home()), R"(table ip hoplab {}
delete table ip hoplab
table ip hoplab {
  chain to_me {
    type filter hook input priority filter; policy accept;
    iifname "wan" udp dport 53 counter drop comment "the DNS cache is for the LAN"
    iifname "wan" tcp dport 53 counter drop
  }
  chain through_me {
    type filter hook forward priority filter; policy accept;
    iifname "wan" ct state established,related counter accept comment "answers to the LAN"
    iifname "wan" oifname "lan" counter drop comment "nobody outside begins a connection"
  }
  chain nat {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan" counter masquerade comment "private addresses leave as the gateway's own"
  }
}
)");
}

TEST(GatewayRules, WithoutMasqueradeThereIsNoNat) {
  auto spec = home();
  spec.set_masquerade(false);
  EXPECT_EQ(render_rules(spec).find("nat"), std::string::npos);
}

}  // namespace
}  // namespace hoplab::agent::gateway
