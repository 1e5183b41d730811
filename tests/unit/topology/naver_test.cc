// Facts of the lab that ships.
#include <map>
#include <set>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

using Lines = std::vector<std::string>;

class Naver : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = load(HOPLAB_SOURCE_DIR "/topologies/naver.yaml");
    if (!loaded) {
      for (const Problem& p : loaded.error()) ADD_FAILURE() << to_string(p);
      FAIL();
    }
    plan = std::move(*loaded);
  }
  [[nodiscard]] const v1::NodeSpec& spec(std::string_view node) const {
    return plan.find(node)->spec;
  }
  [[nodiscard]] const v1::RouterSpec& router(std::string_view node) const {
    return spec(node).router();
  }
  [[nodiscard]] std::vector<std::string> records(std::string_view origin) const {
    std::vector<std::string> lines;
    for (const v1::Zone& zone : plan.zones) {
      if (zone.origin() != origin) continue;
      for (const auto& r : zone.records())
        lines.push_back(r.name() + " " + r.type() + " " + r.data());
    }
    return lines;
  }
  [[nodiscard]] std::string address(std::string_view node, int interface = 0) const {
    const std::string& cidr = spec(node).interfaces(interface).addresses(0);
    return cidr.substr(0, cidr.find('/'));
  }
  Plan plan;
};

TEST_F(Naver, IsLargeEnough) {
  EXPECT_GE(plan.nodes.size(), 24U);
  std::set<uint32_t> asns;
  std::map<v1::Role, int> roles;
  for (const SystemPlan& s : plan.systems) {
    if (s.asn != 0) asns.insert(s.asn);
  }
  for (const NodePlan& n : plan.nodes) ++roles[n.role];
  EXPECT_EQ(asns.size(), 5U);
  EXPECT_EQ(roles[v1::ROUTER], 10);
  EXPECT_EQ(roles[v1::WEB_SERVER], 4);
  EXPECT_EQ(roles[v1::DNS_SERVER], 4);
  EXPECT_EQ(plan.find("client")->asn, 0U);
  EXPECT_EQ(plan.find("naver-lb")->asn, 64540U);
}

TEST_F(Naver, AddressesAndMacsAreUniqueAndOfLabRanges) {
  std::set<std::string> addresses;
  std::set<std::string> macs;
  for (const NodePlan& node : plan.nodes) {
    if (!node.spec.router().loopback().empty()) {
      EXPECT_TRUE(addresses.insert(node.spec.router().loopback()).second) << node.name;
    }
    for (const auto& i : node.spec.interfaces()) {
      EXPECT_TRUE(i.mac().starts_with("02:")) << i.mac();
      EXPECT_TRUE(macs.insert(i.mac()).second) << i.mac();
      for (const std::string& a : i.addresses()) {
        EXPECT_TRUE(addresses.insert(a.substr(0, a.find('/'))).second) << a;
      }
    }
  }
}

TEST_F(Naver, LinksMatchInterfaces) {
  std::set<std::pair<std::string, std::string>> ends;
  for (const LinkPlan& l : plan.links) {
    for (const auto& [node, interface, mac, peer] :
         {std::tuple{l.node_a, l.interface_a, l.mac_a, l.node_b},
          std::tuple{l.node_b, l.interface_b, l.mac_b, l.node_a}}) {
      EXPECT_TRUE(ends.emplace(node, interface).second);
      bool found = false;
      for (const auto& i : spec(node).interfaces()) {
        if (i.name() != interface) continue;
        found = true;
        EXPECT_EQ(i.mac(), net::to_string(mac));
        EXPECT_EQ(i.peer_node(), peer);
      }
      EXPECT_TRUE(found) << node << ':' << interface;
    }
  }
}

TEST_F(Naver, HomeIsBehindNat) {
  const v1::GatewaySpec& gateway = spec("home-gw").gateway();
  EXPECT_EQ(gateway.lan_interface(), "lan");
  EXPECT_EQ(gateway.wan_interface(), "wan");
  EXPECT_TRUE(gateway.masquerade());
  EXPECT_THAT(gateway.resolver().listen(), ElementsAre("192.168.10.1", "127.0.0.1"));
  EXPECT_THAT(gateway.resolver().allow(), Contains("192.168.10.0/24"));
  EXPECT_THAT(gateway.resolver().forwarders(), ElementsAre(address("isp-dns")));
  EXPECT_TRUE(gateway.resolver().root_hints().empty());
  EXPECT_EQ(spec("home-gw").routes(0).prefix(), "0.0.0.0/0");
  EXPECT_EQ(spec("home-gw").routes(0).via(), address("isp-edge"));
  const auto& subnet = spec("dhcp").dhcp_server().subnets(0);
  EXPECT_EQ(subnet.router(), "192.168.10.1");
  EXPECT_THAT(subnet.name_servers(), ElementsAre("192.168.10.1"));
  EXPECT_EQ(spec("dhcp").routes(0).via(), "192.168.10.1");
  EXPECT_TRUE(spec("client").routes().empty());
}

TEST_F(Naver, ResolverStartsFromTheRoots) {
  const v1::ResolverSpec& resolver = spec("isp-dns").resolver();
  std::map<std::string, std::string> hints;
  for (const auto& h : resolver.root_hints()) hints[h.name()] = h.address();
  EXPECT_EQ(hints,
            (std::map<std::string, std::string>{{"a.root-servers.net.", address("root-a")},
                                                {"b.root-servers.net.", address("root-b")}}));
  EXPECT_TRUE(resolver.forwarders().empty());
  EXPECT_THAT(resolver.allow(), Contains("100.64.0.0/16"));
  EXPECT_THAT(resolver.listen(), Contains(address("isp-dns")));
}

TEST_F(Naver, ZonesDelegateWithGlue) {
  EXPECT_THAT(records("."),
              IsSupersetOf(Lines{". NS a.root-servers.net.", ". NS b.root-servers.net.",
                                 "a.root-servers.net. A " + address("root-a"), "com. NS a.nic.com.",
                                 "a.nic.com. A " + address("tld-com")}));
  EXPECT_THAT(records("com."),
              IsSupersetOf(Lines{"com. NS a.nic.com.", "naver.com. NS ns1.naver.com.",
                                 "ns1.naver.com. A " + address("ns-naver")}));
  EXPECT_THAT(records("com."), Not(Contains("naver.com. A 203.0.113.10")));
  EXPECT_THAT(
      records("naver.com."),
      IsSupersetOf(Lines{"naver.com. NS ns1.naver.com.", "ns1.naver.com. A " + address("ns-naver"),
                         "www.naver.com. A 203.0.113.10", "naver.com. A 203.0.113.10",
                         "cdn.naver.com. A " + address("cdn-cache")}));
  for (const v1::Zone& zone : plan.zones) EXPECT_EQ(zone.records(0).type(), "SOA") << zone.origin();
  EXPECT_EQ(spec("root-a").dns_server().zones(0).records_size(),
            spec("root-b").dns_server().zones(0).records_size());
}

TEST_F(Naver, LoadBalancerKnowsItsBackends) {
  const v1::LoadBalancerSpec& lb = spec("naver-lb").load_balancer();
  EXPECT_EQ(lb.address(), "203.0.113.10");
  EXPECT_EQ(lb.algorithm(), "roundrobin");
  EXPECT_THAT(lb.names(), ElementsAre("www.naver.com", "naver.com"));
  ASSERT_EQ(lb.backends_size(), 3);
  EXPECT_EQ(lb.backends(1).node(), "web2");
  EXPECT_EQ(lb.backends(1).address(), address("web2"));
  EXPECT_EQ(lb.backends(1).port(), 80U);
  EXPECT_THAT(spec("cdn-cache").web_server().names(), ElementsAre("cdn.naver.com"));
}

TEST_F(Naver, BgpSessionsAreSymmetric) {
  std::set<std::string> own;
  int sessions = 0;
  for (const NodePlan& node : plan.nodes) {
    for (const auto& n : node.spec.router().bgp()) {
      ++sessions;
      const v1::RouterSpec& peer = router(n.node());
      EXPECT_EQ(n.asn(), peer.asn());
      bool back = false;
      for (const auto& m : peer.bgp()) back = back || m.node() == node.name;
      EXPECT_TRUE(back) << node.name << " → " << n.node();
      if (n.asn() == node.asn) {
        EXPECT_EQ(n.address() + "/32", peer.loopback());
        EXPECT_EQ(n.update_source() + "/32", node.spec.router().loopback());
      } else {
        EXPECT_EQ(n.update_source(), "");
        EXPECT_NE(n.interface(), "");
        EXPECT_FALSE(n.next_hop_self());
      }
    }
  }
  EXPECT_EQ(sessions, 2 * (3 + 3 + 1) + 2 * 4);  // iBGP of three systems, four borders
}

TEST_F(Naver, BordersAnnounceAndSetThemselvesAsNextHop) {
  EXPECT_THAT(router("isp-asbr").announce(), ElementsAre("100.64.0.0/16"));
  EXPECT_THAT(router("isp-edge").announce(), ElementsAre());
  for (const auto& n : router("isp-asbr").bgp()) {
    EXPECT_EQ(n.next_hop_self(), n.asn() == 64510) << n.node();
  }
  for (const auto& n : router("isp-core").bgp()) EXPECT_FALSE(n.next_hop_self());
}

TEST_F(Naver, OspfIsPassiveToHostsAndOtherSystems) {
  for (const auto& o : router("isp-asbr").ospf()) {
    EXPECT_EQ(o.passive(), o.interface() == "eth1") << o.interface();
  }
  for (const auto& o : router("naver-core").ospf()) {
    EXPECT_EQ(o.passive(), o.neighbor_node() != "naver-border") << o.interface();
  }
  EXPECT_EQ(router("dns-gw").ospf_size(), 0);  // alone in its system
}

TEST_F(Naver, ExpectedPrefixesAreThoseOfOthers) {
  EXPECT_THAT(
      router("dns-gw").expected_prefixes(),
      UnorderedElementsAre("100.64.0.0/16", "10.20.0.0/16", "203.0.113.0/24", "192.0.2.0/24"));
  const auto& edge = router("isp-edge").expected_prefixes();
  EXPECT_THAT(edge,
              IsSupersetOf({"10.20.0.0/16", "198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"}));
  EXPECT_THAT(edge, Contains(router("isp-asbr").loopback()));
  EXPECT_THAT(edge, Not(Contains("100.64.0.0/16")));
  EXPECT_THAT(edge, Not(Contains(router("isp-edge").loopback())));
  EXPECT_THAT(router("naver-border").expected_prefixes(), Contains("203.0.113.0/27"));
}

TEST_F(Naver, EveryHostHasAWayOut) {
  for (const NodePlan& node : plan.nodes) {
    if (node.role == v1::ROUTER || node.role == v1::SWITCH || node.role == v1::CLIENT) continue;
    EXPECT_EQ(node.spec.routes_size(), 1) << node.name;
  }
  EXPECT_EQ(spec("web1").routes(0).via(), "203.0.113.1");
  EXPECT_EQ(spec("web1").interfaces(0).peer_node(), "naver-sw");
}

}  // namespace
}  // namespace hoplab::topology
