#include "agents/common/netlink/configure.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::netlink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConfigureTest : public OwnNamespace {};

v1::NodeSpec router() {
  v1::NodeSpec spec;
  spec.set_node("r1");
  auto& interface = *spec.add_interfaces();
  interface.set_name("eth0");
  interface.set_mac("02:68:00:00:00:01");
  interface.add_addresses("192.0.2.1/24");
  interface.set_mtu(1400);
  auto& route = *spec.add_routes();
  route.set_prefix("198.51.100.0/24");
  route.set_via("192.0.2.254");
  spec.mutable_router()->set_loopback("10.255.0.1/32");
  return spec;
}

TEST_F(ConfigureTest, WaitsForNothingAndSaysWhatIsMissing) {
  const auto first = must(configure_interfaces(router(), net()));
  EXPECT_TRUE(first.changed);
  EXPECT_THAT(first.missing, ElementsAre("eth0"));
  EXPECT_THAT(first.waiting, ElementsAre("198.51.100.0/24"));

  must(net().add_veth("eth0", "far"));
  const auto second = must(configure_interfaces(router(), net()));
  EXPECT_TRUE(second.changed);
  EXPECT_THAT(second.missing, IsEmpty());
  EXPECT_THAT(second.waiting, IsEmpty());
  const LinkInfo link = must(net().link("eth0"));
  EXPECT_EQ(net::to_string(link.mac), "02:68:00:00:00:01");
  EXPECT_EQ(link.mtu, 1400U);
  EXPECT_TRUE(link.admin_up);
  EXPECT_TRUE(must(net().link("lo")).admin_up);
  EXPECT_FALSE(must(net().set_offload("eth0", false))) << "offloads are off already";
  std::vector<std::string> addresses;
  for (const auto& a : addresses4()) addresses.push_back(net::to_string(a.address));
  EXPECT_THAT(addresses,
              testing::UnorderedElementsAre("127.0.0.1/8", "10.255.0.1/32", "192.0.2.1/24"));
  const auto routes = must(net().routes());
  EXPECT_TRUE(std::ranges::any_of(
      routes, [](const auto& r) { return net::to_string(r.prefix) == "198.51.100.0/24"; }));

  EXPECT_FALSE(must(configure_interfaces(router(), net())).changed) << "the same again";
}

TEST_F(ConfigureTest, AnInterfaceHeldDownStaysDown) {
  must(net().add_veth("eth0", "far"));
  const auto held = must(configure_interfaces(router(), net(), {"eth0"}));
  EXPECT_FALSE(must(net().link("eth0")).admin_up);
  EXPECT_THAT(held.waiting, ElementsAre("198.51.100.0/24"));
  EXPECT_THAT(must(configure_interfaces(router(), net())).waiting, IsEmpty());
  EXPECT_TRUE(must(net().link("eth0")).admin_up);
}

TEST_F(ConfigureTest, EveryInterfaceOfASwitchIsAPortOfItsBridge) {
  v1::NodeSpec spec;
  spec.set_node("sw");
  spec.mutable_switch_();
  spec.add_interfaces()->set_name("eth0");
  spec.add_interfaces()->set_name("eth1");
  must(net().add_veth("eth0", "far0"));
  must(net().add_veth("eth1", "far1"));
  EXPECT_TRUE(must(configure_interfaces(spec, net())).changed);
  const int bridge = must(net().link("br0")).index;
  EXPECT_EQ(must(net().link("eth0")).master, bridge);
  EXPECT_EQ(must(net().link("eth1")).master, bridge);
  EXPECT_TRUE(must(net().link("br0")).admin_up);
  EXPECT_FALSE(must(configure_interfaces(spec, net())).changed);
}

TEST_F(ConfigureTest, BadTextIsRefusedBeforeAnythingIsDone) {
  v1::NodeSpec spec = router();
  spec.mutable_interfaces(0)->set_addresses(0, "192.0.2.300/24");
  const auto result = configure_interfaces(spec, net());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(result.error().what, testing::HasSubstr("r1: '192.0.2.300/24'"));
  EXPECT_FALSE(must(net().link("lo")).admin_up);
}

}  // namespace
}  // namespace hoplab::netlink
