#include "agents/common/netlink/netlink.h"

#include <gmock/gmock.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "agents/common/netlink/monitor.h"
#include "agents/common/netlink/snapshot.h"
#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::netlink {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

net::InterfaceAddress cidr(std::string_view text) { return *net::parse_interface_address(text); }
net::Prefix prefix(std::string_view text) { return *net::parse_prefix(text); }
net::Ipv4 ip(std::string_view text) { return *net::parse_ipv4(text); }

class NetlinkTest : public OwnNamespace {
 protected:
  // Two ends of one wire, both up: eth0 192.0.2.1/24 and eth1.
  void wire() {
    ASSERT_TRUE(must(net().add_veth("eth0", "eth1")));
    ASSERT_TRUE(must(net().set_up("eth0", true)));
    ASSERT_TRUE(must(net().set_up("eth1", true)));
    ASSERT_TRUE(must(net().add_address("eth0", cidr("192.0.2.1/24"))));
  }
  std::optional<RouteInfo> route_to(std::string_view text) {
    const auto routes = must(net().routes());
    const auto found = std::ranges::find(routes, prefix(text), &RouteInfo::prefix);
    return found == routes.end() ? std::nullopt : std::optional(*found);
  }
};

TEST_F(NetlinkTest, LinksSayWhatTheyAre) {
  ASSERT_TRUE(must(net().add_veth("eth0", "eth1")));
  EXPECT_FALSE(must(net().add_veth("eth0", "eth1")));
  EXPECT_TRUE(must(net().set_mac("eth0", *net::parse_mac("02:00:00:00:00:0a"))));
  EXPECT_FALSE(must(net().set_mac("eth0", *net::parse_mac("02:00:00:00:00:0a"))));
  EXPECT_TRUE(must(net().set_mtu("eth0", 1400)));
  EXPECT_FALSE(must(net().set_mtu("eth0", 1400)));
  EXPECT_TRUE(must(net().set_alias("eth0", "hoplab:test")));
  EXPECT_TRUE(must(net().set_up("eth0", true)));
  EXPECT_FALSE(must(net().set_up("eth0", true)));

  LinkInfo link = must(net().link("eth0"));
  EXPECT_EQ(link.name, "eth0");
  EXPECT_EQ(link.mac, *net::parse_mac("02:00:00:00:00:0a"));
  EXPECT_EQ(link.mtu, 1400U);
  EXPECT_EQ(link.alias, "hoplab:test");
  EXPECT_EQ(link.kind, "veth");
  EXPECT_EQ(link.peer_index, must(net().link("eth1")).index);
  EXPECT_TRUE(link.admin_up);
  EXPECT_FALSE(link.carrier) << "the other end is down";
  ASSERT_TRUE(must(net().set_up("eth1", true)));
  EXPECT_TRUE(must(net().link("eth0")).carrier);
  EXPECT_EQ(must(net().links()).size(), 3U) << "lo, eth0, eth1";

  EXPECT_TRUE(must(net().remove_link("eth1")));
  EXPECT_FALSE(must(net().remove_link("eth1")));
  EXPECT_EQ(must(net().links()).size(), 1U);
}

TEST_F(NetlinkTest, AnErrorNamesTheInterface) {
  const auto missing = net().set_up("eth9", true);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().what, testing::HasSubstr("eth9"));
  const auto long_name = net().link("a-name-that-is-too-long");
  ASSERT_FALSE(long_name);
  EXPECT_EQ(long_name.error().kind, ErrorKind::kInvalid);
}

TEST_F(NetlinkTest, AddressesAreAddedOnce) {
  wire();
  EXPECT_FALSE(must(net().add_address("eth0", cidr("192.0.2.1/24"))));
  const auto all = addresses4();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].address, cidr("192.0.2.1/24"));
  EXPECT_TRUE(must(net().remove_address("eth0", cidr("192.0.2.1/24"))));
  EXPECT_FALSE(must(net().remove_address("eth0", cidr("192.0.2.1/24"))));
  EXPECT_THAT(addresses4(), IsEmpty());
}

TEST_F(NetlinkTest, RoutesComeBackAsTheyWerePut) {
  wire();
  const int eth0 = must(net().link("eth0")).index;
  const auto connected = route_to("192.0.2.0/24");
  ASSERT_TRUE(connected);
  EXPECT_EQ(protocol_word(connected->protocol), "kernel");
  EXPECT_THAT(connected->next_hops, testing::ElementsAre(NextHopInfo{std::nullopt, eth0}));

  RouteInfo route{.prefix = prefix("0.0.0.0/0"),
                  .next_hops = {{ip("192.0.2.254"), 0}},
                  .protocol = RTPROT_OSPF};
  EXPECT_TRUE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().add_route(route)));
  auto found = route_to("0.0.0.0/0");
  ASSERT_TRUE(found);
  EXPECT_EQ(protocol_word(found->protocol), "ospf");
  EXPECT_THAT(found->next_hops, testing::ElementsAre(NextHopInfo{ip("192.0.2.254"), eth0}));

  route.next_hops = {{ip("192.0.2.253"), eth0}, {ip("192.0.2.252"), eth0}};
  route.protocol = RTPROT_BGP;
  EXPECT_TRUE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().replace_route(route)));
  found = route_to("0.0.0.0/0");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->next_hops, route.next_hops);
  EXPECT_EQ(protocol_word(found->protocol), "bgp");

  EXPECT_TRUE(must(net().add_route(
      {.prefix = prefix("198.51.100.0/24"), .next_hops = {}, .kind = RTN_BLACKHOLE})));
  EXPECT_TRUE(must(net().add_route(
      {.prefix = prefix("203.0.113.0/24"), .next_hops = {}, .kind = RTN_UNREACHABLE})));
  EXPECT_EQ(kind_word(route_to("198.51.100.0/24")->kind), "blackhole");
  EXPECT_EQ(kind_word(route_to("203.0.113.0/24")->kind), "unreachable");

  EXPECT_TRUE(must(net().remove_route(route)));
  EXPECT_FALSE(must(net().remove_route(route)));
  EXPECT_FALSE(route_to("0.0.0.0/0"));
}

TEST_F(NetlinkTest, AnUnreachableNextHopIsRefusedInTheKernelsWords) {
  wire();
  const auto result =
      net().replace_route({.prefix = prefix("0.0.0.0/0"), .next_hops = {{ip("198.51.100.1"), 0}}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, testing::HasSubstr("0.0.0.0/0"));
  EXPECT_THAT(result.error().what, testing::HasSubstr("invalid gateway"))
      << "the kernel's own text";
}

// An ARP entry as learning would leave it.
Status learn(const Netlink& netlink, int index, net::Ipv4 address, uint16_t state) {
  ndmsg header{};
  header.ndm_family = AF_INET;
  header.ndm_ifindex = index;
  header.ndm_state = state;
  Message request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  request.header(header).put_address(NDA_DST, address);
  request.put_mac(NDA_LLADDR, *net::parse_mac("02:00:00:00:00:99"));
  const Answer answer = netlink.socket().execute(request);
  if (!answer.ok()) return answer.failed("add ARP entry");
  return {};
}

TEST_F(NetlinkTest, WhatWasLearntIsForgotten) {
  wire();
  const int eth0 = must(net().link("eth0")).index;
  ASSERT_TRUE(learn(net(), eth0, ip("192.0.2.7"), NUD_STALE));
  ASSERT_TRUE(learn(net(), eth0, ip("192.0.2.8"), NUD_PERMANENT));
  auto neighbors = must(net().neighbors());
  const auto entry = std::ranges::find(neighbors, ip("192.0.2.7"), &NeighborInfo::address);
  ASSERT_NE(entry, neighbors.end());
  EXPECT_EQ(entry->mac, net::parse_mac("02:00:00:00:00:99"));
  EXPECT_EQ(neighbor_word(entry->state), "STALE");
  EXPECT_EQ(must(net().flush_neighbors("eth1")), 0);
  EXPECT_EQ(must(net().flush_neighbors()), 1);
  EXPECT_EQ(must(net().flush_neighbors()), 0);
}

TEST_F(NetlinkTest, BridgeLearnsAtItsPorts) {
  wire();
  ASSERT_TRUE(must(net().add_bridge("br0")));
  EXPECT_FALSE(must(net().add_bridge("br0")));
  ASSERT_TRUE(must(net().add_veth("port0", "far0")));
  EXPECT_TRUE(must(net().enslave("port0", "br0")));
  EXPECT_FALSE(must(net().enslave("port0", "br0")));
  for (const char* name : {"br0", "port0", "far0"}) must(net().set_up(name, true));
  const LinkInfo port = must(net().link("port0"));
  EXPECT_EQ(port.master, must(net().link("br0")).index);

  // far0 resolves an address nobody has: its ARP request teaches the bridge its MAC.
  ASSERT_TRUE(must(net().add_address("far0", cidr("198.51.100.1/24"))));
  ndmsg header{};
  header.ndm_family = AF_INET;
  header.ndm_ifindex = must(net().link("far0")).index;
  header.ndm_flags = NTF_USE;
  Message request(RTM_NEWNEIGH, NLM_F_CREATE);
  request.header(header).put_address(NDA_DST, ip("198.51.100.2"));
  ASSERT_TRUE(net().socket().execute(request).ok());
  const auto entries = must(net().fdb());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].mac, must(net().link("far0")).mac);
  EXPECT_EQ(entries[0].port, port.index);

  v1::NodeState state;
  ASSERT_TRUE(fill(net(), state, true));
  ASSERT_EQ(state.forwarding_size(), 1);
  EXPECT_EQ(state.forwarding(0).interface(), "port0");
}

TEST_F(NetlinkTest, OffloadsGoOffOnceAndComeBack) {
  wire();
  EXPECT_TRUE(must(net().set_offload("eth0", false)));
  EXPECT_FALSE(must(net().set_offload("eth0", false)));
  EXPECT_TRUE(must(net().set_offload("eth0", true)));
  EXPECT_FALSE(must(net().set_offload("eth0", true)));
  EXPECT_FALSE(net().set_offload("eth9", false));
}

TEST_F(NetlinkTest, MonitorDeliversEachKindOfChange) {
  std::optional<Monitor> monitor;
  ASSERT_TRUE(space_->run([&]() -> Status {
    auto opened = Monitor::open();
    if (!opened) return std::unexpected(opened.error());
    monitor.emplace(*std::move(opened));
    return {};
  }));
  wire();
  const int eth0 = must(net().link("eth0")).index;
  ASSERT_TRUE(learn(net(), eth0, ip("192.0.2.7"), NUD_STALE));
  const RouteInfo route{.prefix = prefix("198.51.100.0/24"), .next_hops = {{ip("192.0.2.7"), 0}}};
  must(net().replace_route(route));
  must(net().remove_route(route));
  must(net().set_up("eth0", false));

  bool link_down = false;
  bool address_added = false;
  bool route_added = false;
  bool route_removed = false;
  bool neighbor_added = false;
  // All of it is queued already: the kernel notifies before it acknowledges.
  ASSERT_TRUE(monitor->dispatch([&](const Change& change) {
    if (const auto* c = std::get_if<LinkChange>(&change)) {
      if (c->link.name == "eth0") link_down = !c->link.admin_up;
    } else if (const auto* c = std::get_if<AddressChange>(&change)) {
      address_added |= c->address.address == cidr("192.0.2.1/24") && !c->removed;
    } else if (const auto* c = std::get_if<RouteChange>(&change)) {
      if (c->route.prefix == route.prefix) (c->removed ? route_removed : route_added) = true;
    } else if (const auto* c = std::get_if<NeighborChange>(&change)) {
      neighbor_added |= c->neighbor.address == ip("192.0.2.7") && !c->removed;
    }
  }));
  EXPECT_TRUE(link_down);
  EXPECT_TRUE(address_added);
  EXPECT_TRUE(route_added);
  EXPECT_TRUE(route_removed);
  EXPECT_TRUE(neighbor_added);
}

TEST_F(NetlinkTest, SnapshotSpeaksTheProtocolsWords) {
  wire();
  must(net().add_route({.prefix = prefix("0.0.0.0/0"),
                        .next_hops = {{ip("192.0.2.254"), 0}},
                        .protocol = RTPROT_BGP}));
  ASSERT_TRUE(must(net().add_veth("hop-7", "hop-7r")));
  v1::NodeState state;
  const Status filled = fill(net(), state, true);
  ASSERT_TRUE(filled) << filled.error().what;
  std::vector<std::string> names;
  for (const auto& link : state.links()) names.push_back(link.name());
  EXPECT_THAT(names, testing::UnorderedElementsAre("lo", "eth0", "eth1"));
  const auto& routes = state.routes();
  const auto found =
      std::ranges::find_if(routes, [](const auto& r) { return r.prefix() == "0.0.0.0/0"; });
  ASSERT_NE(found, routes.end());
  EXPECT_EQ(found->protocol(), "bgp");
  EXPECT_EQ(found->next_hops(0).via(), "192.0.2.254");
  EXPECT_EQ(found->next_hops(0).interface(), "eth0");
  v1::NodeState without;
  ASSERT_TRUE(fill(net(), without, false));
  EXPECT_EQ(without.routes_size(), 0);
}

TEST_F(NetlinkTest, CountersNameTheirInterface) {
  wire();
  const auto counters = must(net().counters());
  const auto found = std::ranges::find(counters, "eth0", &CountersInfo::interface);
  ASSERT_NE(found, counters.end());
  EXPECT_EQ(found->qdisc_drops, 0U);
}

}  // namespace
}  // namespace hoplab::netlink
