// What a container's namespace is told of IPv6.
#include "controller/lab/container_spec.h"

#include <gtest/gtest.h>

namespace hoplab::lab {
namespace {

std::map<std::string, std::string> sysctls_of(v1::Role role, const std::string& address) {
  topology::NodePlan node;
  node.name = "n";
  node.role = role;
  node.spec.add_interfaces()->add_addresses(address);
  return container_spec(node, Paths("t"), "/agent").sysctls;
}

TEST(ContainerSpec, WithoutAnIpv6AddressThereIsNoIpv6) {
  const auto settings = sysctls_of(v1::CLIENT, "192.0.2.1/24");
  EXPECT_EQ(settings.at("net.ipv6.conf.all.disable_ipv6"), "1");
  EXPECT_EQ(settings.at("net.ipv6.conf.default.disable_ipv6"), "1");
  EXPECT_FALSE(settings.contains("net.ipv6.conf.all.forwarding"));
}

TEST(ContainerSpec, RoutersForwardIpv6AndHostsDoNot) {
  const auto router = sysctls_of(v1::ROUTER, "2001:db8::1/64");
  EXPECT_EQ(router.at("net.ipv6.conf.all.disable_ipv6"), "0");
  EXPECT_FALSE(router.contains("net.ipv6.conf.default.disable_ipv6")) << "'all' sets it too";
  EXPECT_EQ(router.at("net.ipv6.conf.all.forwarding"), "1");
  EXPECT_EQ(sysctls_of(v1::CLIENT, "2001:db8::1/64").at("net.ipv6.conf.all.forwarding"), "0");
}

}  // namespace
}  // namespace hoplab::lab
