#include "agents/dhcp_server/render6.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agents/dhcp_server/dhcp_server.h"

namespace hoplab::agent::dhcp_server {
namespace {

hoplab::v1::NodeSpec managed() {
  hoplab::v1::NodeSpec spec;
  auto& interface = *spec.add_interfaces();
  interface.set_name("eth0");
  interface.add_addresses("192.168.10.2/24");
  interface.add_addresses("2001:db8:40:1::2/64");
  auto& subnet = *spec.mutable_dhcp_server()->add_subnets6();
  subnet.set_interface("eth0");
  subnet.set_subnet("2001:db8:40:1::/64");
  subnet.set_first("2001:db8:40:1::1000");
  subnet.set_last("2001:db8:40:1::1fff");
  subnet.add_name_servers("2001:db8:40:1::53");
  subnet.set_domain("lan.test");
  subnet.set_lease_seconds(600);
  subnet.set_preference(255);
  return spec;
}

TEST(Dhcp6Configuration, HoldsSubnetPoolTimesAndOptions) {
  EXPECT_EQ(render_configuration6(managed().dhcp_server()), R"({ "Dhcp6": {
  "interfaces-config": {
    "interfaces": [ "eth0" ],
    "service-sockets-max-retries": 300, "service-sockets-retry-wait-time": 200 },
  "server-id": { "type": "LL", "persist": false },
  "data-directory": "/run/role/kea",
  "control-socket": { "socket-type": "unix", "socket-name": "/run/role/kea/control6.sock" },
  "lease-database": {
    "type": "memfile", "persist": true, "name": "/run/role/kea/leases6.csv", "lfc-interval": 0 },
  "multi-threading": { "enable-multi-threading": false },
  "subnet6": [
    { "id": 1, "subnet": "2001:db8:40:1::/64", "interface": "eth0",
      "preferred-lifetime": 450, "valid-lifetime": 600, "calculate-tee-times": true,
      "pools": [ { "pool": "2001:db8:40:1::1000 - 2001:db8:40:1::1fff" } ],
      "option-data": [
        { "name": "preference", "data": "255", "always-send": true },
        { "name": "dns-servers", "data": "2001:db8:40:1::53" },
        { "name": "domain-search", "data": "lan.test" }
      ] }
  ],
  "loggers": [
    { "name": "kea-dhcp6", "severity": "INFO",
      "output_options": [ { "output": "stdout", "flush": true, "pattern": "%p %m\n" } ] },
    { "name": "kea-dhcp6.commands", "severity": "WARN",
      "output_options": [ { "output": "stdout", "flush": true, "pattern": "%p %m\n" } ] } ]
} }
)");
}

TEST(Dhcp6Configuration, TimersThatAreGiven) {
  auto spec = managed();
  spec.mutable_dhcp_server()->mutable_subnets6(0)->set_renew_seconds(4);
  spec.mutable_dhcp_server()->mutable_subnets6(0)->set_rebind_seconds(9);
  EXPECT_THAT(render_configuration6(spec.dhcp_server()),
              testing::HasSubstr(R"("interface": "eth0", "renew-timer": 4, "rebind-timer": 9,)"));
}

TEST(Dhcp6Configuration, WhatIsExcludedPartsThePoolAndReservationsAreByMac) {
  auto spec = managed();
  auto& subnet = *spec.mutable_dhcp_server()->mutable_subnets6(0);
  const auto exclude = [&](const char* first, const char* last) {
    auto& range = *subnet.add_excluded();
    range.set_first(first);
    range.set_last(last);
  };
  exclude("2001:db8:40:1::1ff0", "2001:db8:40:1::1fff");
  exclude("2001:db8:40:1::1000", "2001:db8:40:1::1000");
  exclude("2001:db8:40:1::1010", "2001:db8:40:1::101f");
  auto& reservation = *subnet.add_reservations();
  reservation.set_mac("02:00:00:00:00:07");
  reservation.set_address("2001:db8:40:1::7");
  subnet.set_preference(0);
  EXPECT_THAT(
      render_configuration6(spec.dhcp_server()),
      testing::AllOf(
          testing::HasSubstr(
              R"("pools": [ { "pool": "2001:db8:40:1::1001 - 2001:db8:40:1::100f" }, )"
              R"({ "pool": "2001:db8:40:1::1020 - 2001:db8:40:1::1fef" } ])"),
          testing::HasSubstr(R"("name": "preference", "data": "0")"),
          testing::HasSubstr(
              R"({ "hw-address": "02:00:00:00:00:07", "ip-addresses": [ "2001:db8:40:1::7" ] })")));
}

TEST(Dhcp6Configuration, WhatIsRelayedComesToAnAddress) {
  auto spec = managed();
  auto& subnet = *spec.mutable_dhcp_server()->add_subnets6();
  subnet = spec.dhcp_server().subnets6(0);
  subnet.set_subnet("2001:db8:40:2::/64");
  subnet.set_relay("2001:db8:40:2::1");
  subnet.set_listen("2001:db8:40:1::2");
  EXPECT_THAT(
      render_configuration6(spec.dhcp_server()),
      testing::AllOf(testing::HasSubstr(R"("interfaces": [ "eth0", "eth0/2001:db8:40:1::2" ])"),
                     testing::HasSubstr(R"("subnet": "2001:db8:40:2::/64", "relay": { )"
                                        R"("ip-addresses": [ "2001:db8:40:2::1" ] })")));
}

// As Kea 2.2 wrote them.
constexpr std::string_view kHeading =
    "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,"
    "fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source\n";

TEST(Dhcp6Leases, TheLastLineAboutAnAddressCounts) {
  const std::string csv =
      std::string(kHeading) +
      "2001:db8:40:1::1000,00:03:00:01:02:68:00:00:00:03,600,2000,1,450,0,3,128,0,0,,"
      "02:68:00:00:00:03,0,,1,2\n"
      "2001:db8:40:1::1001,00:03:00:01:02:68:00:00:00:04,600,2000,1,450,0,4,128,0,0,,"
      "02:68:00:00:00:04,0,,1,2\n"
      "2001:db8:40:1::1001,00:03:00:01:02:68:00:00:00:04,0,0,1,0,0,4,128,0,0,,"
      "02:68:00:00:00:04,0,,1,2\n"
      "2001:db8:40:1::1002,00:03:00:01:02:68:00:00:00:05,600,999,1,450,0,5,128,0,0,,"
      "02:68:00:00:00:05,0,,1,2\n"
      "2001:db8:40:1::1003,00:03";
  const auto leases = read_leases6(csv, managed(), 1'000'000'000'000);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].address(), "2001:db8:40:1::1000");
  EXPECT_EQ(leases[0].mac(), "02:68:00:00:00:03");
  EXPECT_EQ(leases[0].lease_seconds(), 600U);
  EXPECT_EQ(leases[0].expires_ns(), 2000'000'000'000);
  EXPECT_EQ(leases[0].server(), "2001:db8:40:1::2");
  EXPECT_EQ(leases[0].name_servers(0), "2001:db8:40:1::53");
}

TEST(Dhcp6Daemon, RunsOnlyWhereAddressesAreManaged) {
  auto spec = managed();
  const auto both = make_dhcp_server(spec);
  ASSERT_EQ(both->programs().size(), 2U);
  EXPECT_EQ(both->programs()[1].argv[0], "/usr/sbin/kea-dhcp6");
  EXPECT_EQ(both->files().size(), 2U);
  spec.mutable_dhcp_server()->clear_subnets6();
  EXPECT_EQ(make_dhcp_server(spec)->programs().size(), 1U);
  EXPECT_EQ(make_dhcp_server(spec)->files().size(), 1U);
}

}  // namespace
}  // namespace hoplab::agent::dhcp_server
