#include "agents/dhcp_server/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hoplab::agent::dhcp_server {
namespace {

hoplab::v1::NodeSpec home() {
  hoplab::v1::NodeSpec spec;
  auto& interface = *spec.add_interfaces();
  interface.set_name("eth0");
  interface.add_addresses("192.168.10.2/24");
  auto& subnet = *spec.mutable_dhcp_server()->add_subnets();
  subnet.set_interface("eth0");
  subnet.set_subnet("192.168.10.0/24");
  subnet.set_first("192.168.10.100");
  subnet.set_last("192.168.10.199");
  subnet.set_router("192.168.10.1");
  subnet.add_name_servers("192.168.10.1");
  subnet.add_name_servers("192.168.10.3");
  subnet.set_domain("home.lab");
  subnet.set_lease_seconds(120);
  auto& reservation = *subnet.add_reservations();
  reservation.set_mac("02:68:00:00:00:09");
  reservation.set_address("192.168.10.50");
  reservation.set_node("printer");
  return spec;
}

TEST(DhcpConfiguration, HoldsSubnetPoolOptionsAndReservations) {
  EXPECT_EQ(render_configuration(home().dhcp_server()), R"({ "Dhcp4": {
  "interfaces-config": {
    "interfaces": [ "eth0" ], "dhcp-socket-type": "raw",
    "service-sockets-max-retries": 300, "service-sockets-retry-wait-time": 200 },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/role/kea/control.sock" },
  "lease-database": {
    "type": "memfile", "persist": true, "name": "/run/role/kea/leases.csv", "lfc-interval": 0 },
  "authoritative": true,
  "multi-threading": { "enable-multi-threading": false },
  "subnet4": [
    { "id": 1, "subnet": "192.168.10.0/24", "interface": "eth0",
      "valid-lifetime": 120, "calculate-tee-times": true,
      "pools": [ { "pool": "192.168.10.100 - 192.168.10.199" } ],
      "option-data": [
        { "name": "routers", "data": "192.168.10.1" },
        { "name": "domain-name-servers", "data": "192.168.10.1, 192.168.10.3" },
        { "name": "domain-name", "data": "home.lab" }
      ],
      "reservations": [
        { "hw-address": "02:68:00:00:00:09", "ip-address": "192.168.10.50", "hostname": "printer" }
      ] }
  ],
  "loggers": [
    { "name": "kea-dhcp4", "severity": "INFO",
      "output_options": [ { "output": "stdout", "flush": true, "pattern": "%p %m\n" } ] },
    { "name": "kea-dhcp4.commands", "severity": "WARN",
      "output_options": [ { "output": "stdout", "flush": true, "pattern": "%p %m\n" } ] } ]
} }
)");
}

TEST(DhcpConfiguration, QuotesWhatWouldEndAString) {
  auto spec = home();
  spec.mutable_dhcp_server()->mutable_subnets(0)->set_domain("a\"b\\c");
  EXPECT_NE(render_configuration(spec.dhcp_server()).find(R"("a\"b\\c")"), std::string::npos);
}

constexpr std::string_view kHeading =
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
    "user_context\n";

TEST(DhcpLeases, TheLastLineAboutAnAddressCounts) {
  const std::string csv = std::string(kHeading) +
                          "192.168.10.100,02:68:00:00:00:07,,120,2000,1,0,0,,0,\n"
                          "192.168.10.101,02:68:00:00:00:08,,120,2000,1,0,0,,0,\n"
                          "192.168.10.100,02:68:00:00:00:07,,120,2060,1,0,0,client,0,\n"
                          "192.168.10.101,02:68:00:00:00:08,,0,0,1,0,0,,0,\n";
  const auto leases = read_leases(csv, home(), 1'000'000'000'000);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].address(), "192.168.10.100");
  EXPECT_EQ(leases[0].mac(), "02:68:00:00:00:07");
  EXPECT_EQ(leases[0].expires_ns(), 2060'000'000'000);
  EXPECT_EQ(leases[0].lease_seconds(), 120U);
  EXPECT_EQ(leases[0].server(), "192.168.10.2");
  EXPECT_EQ(leases[0].router(), "192.168.10.1");
  EXPECT_EQ(leases[0].name_servers_size(), 2);
}

TEST(DhcpLeases, LeavesOutWhatExpiredWasDeclinedOrIsCutShort) {
  const std::string csv = std::string(kHeading) +
                          "192.168.10.100,02:68:00:00:00:07,,120,999,1,0,0,,0,\n"
                          "192.168.10.101,02:68:00:00:00:08,,120,2000,1,0,0,,1,\n"
                          "192.168.10.102,02:68:00";
  EXPECT_TRUE(read_leases(csv, home(), 1'000'000'000'000).empty());
}

std::string rendered(const hoplab::v1::NodeSpec& spec) {
  return render_configuration(spec.dhcp_server());
}

TEST(DhcpConfiguration, ExclusionsPartThePool) {
  auto spec = home();
  auto& subnet = *spec.mutable_dhcp_server()->mutable_subnets(0);
  const auto exclude = [&](const char* first, const char* last) {
    auto& range = *subnet.add_excluded();
    range.set_first(first);
    range.set_last(last);
  };
  exclude("192.168.10.110", "192.168.10.119");
  exclude("192.168.10.100", "192.168.10.100");
  exclude("192.168.10.115", "192.168.10.120");  // overlaps
  exclude("192.168.10.5", "192.168.10.9");      // below the pool
  EXPECT_THAT(rendered(spec),
              testing::HasSubstr(R"("pools": [ { "pool": "192.168.10.101 - 192.168.10.109" }, )"
                                 R"({ "pool": "192.168.10.121 - 192.168.10.199" } ])"));
}

TEST(DhcpConfiguration, TimersAnotherServerARelayAndBootp) {
  auto spec = home();
  spec.mutable_dhcp_server()->set_bootp(true);
  auto& subnet = *spec.mutable_dhcp_server()->mutable_subnets(0);
  subnet.set_renew_seconds(4);
  subnet.set_rebind_seconds(9);
  subnet.set_shared(true);
  subnet.set_relay("192.168.10.1");
  const std::string text = rendered(spec);
  EXPECT_THAT(text, testing::HasSubstr(R"("renew-timer": 4, "rebind-timer": 9)"));
  EXPECT_THAT(text, testing::HasSubstr(R"("authoritative": false)"));
  EXPECT_THAT(text, testing::HasSubstr(R"("relay": { "ip-addresses": [ "192.168.10.1" ] })"));
  EXPECT_THAT(text, testing::HasSubstr("libdhcp_bootp.so"));
}

}  // namespace
}  // namespace hoplab::agent::dhcp_server
