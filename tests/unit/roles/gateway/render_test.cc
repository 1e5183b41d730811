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

// No translation, a filter that remembers, and what is advertised.
TEST(GatewayRules, Ipv6) {
  auto spec = home();
  spec.set_prefix6("2001:db8:64:100::/56");
  const std::string rules = render_rules(spec);
  EXPECT_EQ(rules.substr(rules.find("table ip6")), R"(table ip6 hoplab {}
delete table ip6 hoplab
table ip6 hoplab {
  chain to_me {
    type filter hook input priority filter; policy accept;
    iifname "wan" ct state established,related counter accept comment "answers to the gateway"
    iifname "wan" meta l4proto 58 counter accept comment "neighbours, errors, echo"
    iifname "wan" counter drop comment "the gateway serves the LAN"
  }
  chain through_me {
    type filter hook forward priority filter; policy accept;
    iifname "wan" ct state established,related counter accept comment "answers to the LAN"
    iifname "wan" icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply } counter accept comment "errors, echo"
    iifname "wan" oifname "lan" counter drop comment "nobody outside begins a connection"
  }
}
)");
}

TEST(GatewayAdvertisements, OfALanWhereHostsMakeTheirAddresses) {
  auto spec = home();
  auto& told = *spec.add_advertisements();
  told.set_interface("lan");
  told.set_prefix("2001:db8:64:100::/64");
  told.set_autonomous(true);
  told.add_name_servers("2001:db8:64:100::1");
  EXPECT_EQ(render_advertisements(spec), R"(interface lan {
  AdvSendAdvert on;
  AdvManagedFlag off;
  AdvDefaultLifetime 1800;
  AdvRetransTimer 100;
  MinRtrAdvInterval 22;
  MaxRtrAdvInterval 30;
  prefix 2001:db8:64:100::/64 {
    AdvOnLink on;
    AdvAutonomous on;
    AdvValidLifetime 86400;
    AdvPreferredLifetime 14400;
  };
  RDNSS 2001:db8:64:100::1 {
    AdvRDNSSLifetime 1800;
  };
};
)");
}

TEST(GatewayAdvertisements, OfALanWithDhcpv6AndTheStandardsTimers) {
  auto spec = home();
  spec.set_standard_timers(true);
  auto& told = *spec.add_advertisements();
  told.set_interface("lan");
  told.set_prefix("2001:db8:64:100::/64");
  told.set_managed(true);
  EXPECT_EQ(render_advertisements(spec), R"(interface lan {
  AdvSendAdvert on;
  AdvManagedFlag on;
  AdvDefaultLifetime 1800;
  prefix 2001:db8:64:100::/64 {
    AdvOnLink on;
    AdvAutonomous off;
    AdvValidLifetime 86400;
    AdvPreferredLifetime 14400;
  };
};
)");
}

TEST(GatewayRules, WithoutMasqueradeThereIsNoNat) {
  auto spec = home();
  spec.set_masquerade(false);
  EXPECT_EQ(render_rules(spec).find("nat"), std::string::npos);
}

}  // namespace
}  // namespace hoplab::agent::gateway
