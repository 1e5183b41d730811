// What DHCP servers, clients and relays are told of the LANs they are in.
#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::IsEmpty;

const v1::DhcpServerSpec& server(const Plan& plan, const char* node) {
  return plan.find(node)->spec.dhcp_server();
}

TEST(Leases, TwoServersOfOneLanShareIt) {
  const Plan plan = plan_of(
      "name: t\nsystems: { s: { nodes: { a: client, d: dhcp_server, e: dhcp_server, "
      "sw: { role: switch, subnet: 10.9.0.0/24 } } } }\nlinks: [ [a, sw], [d, sw], [e, sw] ]\n");
  const auto& d = server(plan, "d").subnets(0);
  const auto& e = server(plan, "e").subnets(0);
  EXPECT_EQ(d.first() + "-" + d.last(), "10.9.0.100-10.9.0.149");
  EXPECT_EQ(e.first() + "-" + e.last(), "10.9.0.150-10.9.0.199");
  EXPECT_TRUE(d.shared());
  EXPECT_TRUE(e.shared());
}

TEST(Leases, AnExcludedAddressMayBeStatic) {
  const Plan plan = plan_of(
      "name: t\nsystems: { s: { nodes: { a: client, p: { role: web_server, address: 10.9.0.101 }, "
      "d: { role: dhcp_server, exclude: [10.9.0.101, 10.9.0.103-10.9.0.105], lease: 20, renew: 4, "
      "rebind: 9 }, sw: { role: switch, subnet: 10.9.0.0/24 } } } }\n"
      "links: [ [a, sw], [d, sw], [p, sw] ]\n");
  const auto& subnet = server(plan, "d").subnets(0);
  ASSERT_EQ(subnet.excluded_size(), 2);
  EXPECT_EQ(subnet.excluded(1).first(), "10.9.0.103");
  EXPECT_EQ(subnet.excluded(1).last(), "10.9.0.105");
  EXPECT_EQ(subnet.renew_seconds(), 4U);
  EXPECT_EQ(subnet.rebind_seconds(), 9U);
  EXPECT_FALSE(subnet.shared());
  EXPECT_FALSE(server(plan, "d").bootp());
}

TEST(Leases, ARelayServesTheLansWithoutAServer) {
  const Plan plan = plan_of(
      "name: t\nsystems: { s: { nodes: { a: client, sa: { role: switch, subnet: 10.9.1.0/24 }, "
      "r: { role: router, relay: [d] }, d: dhcp_server, b: { role: client, address: bootp }, "
      "sd: { role: switch, subnet: 10.9.2.0/24 } } } }\n"
      "links: [ [a, sa], [r, sa], [r, sd], [d, sd], [b, sd] ]\n");
  EXPECT_EQ(plan.find("a")->spec.client().dhcp_interface(), "eth0");
  EXPECT_TRUE(plan.find("b")->spec.client().bootp());
  const auto& d = server(plan, "d");
  EXPECT_TRUE(d.bootp());
  ASSERT_EQ(d.subnets_size(), 2);
  EXPECT_EQ(d.subnets(0).subnet(), "10.9.1.0/24");
  EXPECT_EQ(d.subnets(0).relay(), "10.9.1.1");
  EXPECT_EQ(d.subnets(0).router(), "10.9.1.1");
  EXPECT_EQ(d.subnets(0).interface(), "eth0");
  EXPECT_EQ(d.subnets(1).subnet(), "10.9.2.0/24");
  EXPECT_THAT(d.subnets(1).relay(), IsEmpty());
  const auto& relay = plan.find("r")->spec.router().dhcp_relay();
  ASSERT_EQ(relay.client_interfaces_size(), 1);
  EXPECT_EQ(relay.client_interfaces(0), "eth0");
  ASSERT_EQ(relay.server_interfaces_size(), 1);
  EXPECT_EQ(relay.server_interfaces(0), "eth1");
  ASSERT_EQ(relay.servers_size(), 1);
  EXPECT_EQ(relay.servers(0), plan.find("d")->spec.interfaces(0).addresses(0).substr(0, 8));
}

}  // namespace
}  // namespace hoplab::topology
