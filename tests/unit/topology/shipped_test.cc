// The two smaller topologies, stability, and rendering.
#include <google/protobuf/util/message_differencer.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Plan shipped(const std::string& name) {
  auto plan = load(HOPLAB_SOURCE_DIR "/topologies/" + name);
  if (plan) return std::move(*plan);
  for (const Problem& p : plan.error()) ADD_FAILURE() << to_string(p);
  return {};
}

TEST(Lessons, AreAllWithoutProblems) {
  for (const auto& entry :
       std::filesystem::directory_iterator(HOPLAB_SOURCE_DIR "/topologies/lessons")) {
    if (entry.path().extension() != ".yaml") continue;
    const Plan plan = shipped("lessons/" + entry.path().filename().string());
    EXPECT_EQ(plan.lab, entry.path().stem()) << "a lesson is called like its file";
  }
}

TEST(Lan, DhcpGivesAddressAndNameServer) {
  const Plan plan = shipped("lan.yaml");
  ASSERT_EQ(plan.nodes.size(), 5U);
  EXPECT_EQ(plan.find("client")->spec.client().dhcp_interface(), "eth0");
  EXPECT_TRUE(plan.find("client")->spec.interfaces(0).addresses().empty());
  const auto& subnet = plan.find("dhcp")->spec.dhcp_server().subnets(0);
  EXPECT_EQ(subnet.interface(), "eth0");
  EXPECT_EQ(subnet.subnet(), "192.168.10.0/24");
  EXPECT_EQ(subnet.first(), "192.168.10.100");
  EXPECT_EQ(subnet.last(), "192.168.10.199");
  EXPECT_EQ(subnet.router(), "");
  EXPECT_THAT(subnet.name_servers(), ElementsAre("192.168.10.2"));
  EXPECT_EQ(plan.find("dns")->spec.dns_server().listen(0), "192.168.10.2");
  EXPECT_EQ(plan.find("web")->spec.web_server().address(), "192.168.10.3");
}

TEST(ThreeRouters, OspfOnSidesPassiveToHosts) {
  const Plan plan = shipped("three-routers.yaml");
  const v1::RouterSpec& r1 = plan.find("r1")->spec.router();
  EXPECT_EQ(r1.asn(), 0U);
  EXPECT_EQ(r1.bgp_size(), 0);
  EXPECT_TRUE(r1.announce().empty());
  ASSERT_EQ(r1.ospf_size(), 3);
  EXPECT_TRUE(r1.ospf(0).passive());  // to the client
  EXPECT_EQ(r1.ospf(1).neighbor_node(), "r2");
  EXPECT_TRUE(r1.ospf(1).point_to_point());
  EXPECT_EQ(r1.ospf(1).cost(), 0U);
  EXPECT_EQ(r1.ospf(2).neighbor_node(), "r3");
  EXPECT_EQ(r1.ospf(2).cost(), 30U);
  EXPECT_THAT(r1.expected_prefixes(),
              UnorderedElementsAre("10.0.0.8/30", "10.0.0.16/30", "10.0.0.20/30", "10.0.255.2/32",
                                   "10.0.255.3/32"));
  const v1::NodeSpec& client = plan.find("client")->spec;
  EXPECT_EQ(client.interfaces(0).addresses(0), "10.0.0.2/30");
  EXPECT_EQ(client.routes(0).via(), "10.0.0.1");
  EXPECT_THAT(client.name_servers(), ElementsAre("10.0.0.22"));
}

TEST(Plans, AreTheSameOnEveryRun) {
  const Plan a = shipped("naver.yaml");
  const Plan b = shipped("naver.yaml");
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_TRUE(
        google::protobuf::util::MessageDifferencer::Equals(a.nodes[i].spec, b.nodes[i].spec));
  }
}

TEST(Plans, LabsOfOneTopologyDifferInMacsOnly) {
  const std::string yaml =
      "name: t\nsystems: { s: { nodes: { a: client, b: client } } }\nlinks: [ [a, b] ]\n";
  const auto one = load_text(yaml, "t", "one");
  const auto two = load_text(yaml, "t", "two");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->lab, "one");
  EXPECT_EQ(one->topology, "t");
  EXPECT_NE(one->links[0].mac_a, two->links[0].mac_a);
  EXPECT_EQ(one->nodes[0].spec.interfaces(0).addresses(0),
            two->nodes[0].spec.interfaces(0).addresses(0));
}

TEST(Plans, WhatIsPinnedStays) {
  const Plan plan = plan_of(
      "name: t\n"
      "timers: standard\n"
      "systems:\n"
      "  x:\n"
      "    asn: 64512\n"
      "    prefix: 10.1.0.0/16\n"
      "    nodes:\n"
      "      r1: { role: router, loopback: 10.1.9.9, router_id: 10.1.7.7, announce: "
      "[198.18.0.0/24] }\n"
      "      r2: router\n"
      "      d: { role: dhcp_server, pool: 10.1.4.50-10.1.4.60, lease: 60, domain: x.test, "
      "reservations: { a: 10.1.4.77 } }\n"
      "      a: client\n"
      "      sw: { role: switch, subnet: 10.1.4.0/24 }\n"
      "      box: { role: container, image: 'alpine:3', command: [httpd, -f], environment: { A: "
      "'1' }, after: [d] }\n"
      "links:\n"
      "  - { ends: ['r1:up', r2], subnet: 10.1.200.0/31, mtu: 9000, offload: on, cost: 7 }\n"
      "  - [r1, sw]\n"
      "  - [d, sw]\n"
      "  - [a, sw]\n"
      "  - [box, r2]\n");
  const v1::NodeSpec& r1 = plan.find("r1")->spec;
  EXPECT_EQ(r1.router().loopback(), "10.1.9.9/32");
  EXPECT_EQ(r1.router().router_id(), "10.1.7.7");
  EXPECT_TRUE(r1.router().standard_timers());
  EXPECT_THAT(r1.router().announce(), ElementsAre("198.18.0.0/24"));
  EXPECT_EQ(r1.interfaces(0).name(), "up");
  EXPECT_EQ(r1.interfaces(0).mtu(), 9000U);
  EXPECT_TRUE(r1.interfaces(0).offload());
  EXPECT_EQ(r1.interfaces(0).addresses(0), "10.1.200.0/31");
  EXPECT_EQ(r1.interfaces(1).name(), "eth0");
  EXPECT_EQ(r1.router().ospf(0).cost(), 7U);
  EXPECT_THAT(plan.find("r2")->spec.router().expected_prefixes(),
              testing::Contains("198.18.0.0/24"));
  const auto& subnet = plan.find("d")->spec.dhcp_server().subnets(0);
  EXPECT_EQ(subnet.first(), "10.1.4.50");
  EXPECT_EQ(subnet.lease_seconds(), 60U);
  EXPECT_EQ(subnet.router(), "10.1.4.1");
  EXPECT_EQ(subnet.reservations(0).address(), "10.1.4.77");
  EXPECT_EQ(subnet.reservations(0).mac(), plan.find("a")->spec.interfaces(0).mac());
  const NodePlan& box = *plan.find("box");
  EXPECT_EQ(box.image, "alpine:3");
  EXPECT_THAT(box.start_after, ElementsAre("d"));
  EXPECT_THAT(box.spec.container().command(), ElementsAre("httpd", "-f"));
  EXPECT_THAT(box.spec.container().environment(), ElementsAre("A=1"));
  EXPECT_EQ(box.line, 13);
}

TEST(Plans, GrowToSixtyRoutersAndMore) {
  std::string yaml =
      "name: big\nsystems:\n  x:\n    asn: 64512\n    prefix: 10.0.0.0/8\n    nodes:\n";
  for (int i = 0; i < 60; ++i) yaml += "      r" + std::to_string(i) + ": router\n";
  for (int i = 0; i < 500; ++i) yaml += "      h" + std::to_string(i) + ": client\n";
  yaml += "links:\n";
  for (int i = 1; i < 60; ++i) yaml += "  - [r0, r" + std::to_string(i) + "]\n";
  for (int i = 0; i < 500; ++i) {
    yaml += "  - [h" + std::to_string(i) + ", r" + std::to_string(i % 60) + "]\n";
  }
  const Plan plan = plan_of(yaml);
  EXPECT_EQ(plan.nodes.size(), 560U);
  std::set<std::string> addresses;
  size_t count = 0;
  for (const NodePlan& node : plan.nodes) {
    for (const auto& i : node.spec.interfaces()) {
      ++count;
      addresses.insert(i.addresses(0));
    }
  }
  EXPECT_EQ(addresses.size(), count);
}

TEST(Render, ShowsEveryNodeLinkAndRecord) {
  const Plan plan = shipped("lan.yaml");
  std::ostringstream out;
  render(plan, out);
  EXPECT_THAT(out.str(), HasSubstr("lab lan (lan): 1 systems, 5 nodes, 4 links, 1 zones\n"));
  EXPECT_THAT(out.str(), HasSubstr("\n  client:eth0  –  sw:eth0  mtu 1500\n"));
  EXPECT_THAT(out.str(), HasSubstr("\n  web.lan.test.  60    A    192.168.10.3\n"));
  EXPECT_THAT(out.str(), HasSubstr("  client  eth0  by DHCP  "));
}

}  // namespace
}  // namespace hoplab::topology
