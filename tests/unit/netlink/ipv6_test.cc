// IPv6 beside IPv4 in one namespace: added, listed, followed, forgotten.
#include <gmock/gmock.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "agents/common/netlink/configure.h"
#include "agents/common/netlink/monitor.h"
#include "agents/common/netlink/snapshot.h"
#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::netlink {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

net::IpInterfaceAddress cidr(std::string_view text) {
  return *net::parse_ip_interface_address(text);
}
net::IpPrefix prefix(std::string_view text) { return *net::parse_ip_prefix(text); }
net::IpAddress ip(std::string_view text) { return *net::parse_ip(text); }

class Ipv6Test : public OwnNamespace {
 protected:
  // Two ends of one wire, both up: eth0 2001:db8:1::1/64 and eth1.
  void wire() {
    ASSERT_TRUE(must(net().add_veth("eth0", "eth1")));
    ASSERT_TRUE(must(net().set_up("eth0", true)));
    ASSERT_TRUE(must(net().set_up("eth1", true)));
    ASSERT_TRUE(must(net().add_address("eth0", cidr("2001:db8:1::1/64"))));
  }
  std::vector<std::string> addresses_of(const std::string& name) {
    std::vector<std::string> texts;
    const int index = must(net().link(name)).index;
    for (const auto& a : must(net().addresses())) {
      if (a.index == index) texts.push_back(net::to_string(a.address));
    }
    return texts;
  }
  std::optional<RouteInfo> route_to(std::string_view text) {
    const auto routes = must(net().routes());
    const auto found = std::ranges::find(routes, prefix(text), &RouteInfo::prefix);
    return found == routes.end() ? std::nullopt : std::optional(*found);
  }
};

TEST_F(Ipv6Test, AddressesAreUsableAtOnce) {
  wire();
  EXPECT_FALSE(must(net().add_address("eth0", cidr("2001:db8:1::1/64"))));
  const auto all = must(net().addresses());
  const auto added = std::ranges::find(all, cidr("2001:db8:1::1/64"), &AddressInfo::address);
  ASSERT_NE(added, all.end());
  EXPECT_FALSE(added->tentative) << "nobody else has it: the topology says so";
  EXPECT_TRUE(must(net().remove_address("eth0", cidr("2001:db8:1::1/64"))));
  EXPECT_FALSE(must(net().remove_address("eth0", cidr("2001:db8:1::1/64"))));
}

TEST_F(Ipv6Test, AnAddressThatOthersAreAskedForIsTentative) {
  wire();
  ASSERT_TRUE(must(net().add_address("eth0", cidr("2001:db8:1::9/128"), Duplicates::kAsked)));
  const auto all = must(net().addresses());
  const auto added = std::ranges::find(all, cidr("2001:db8:1::9/128"), &AddressInfo::address);
  ASSERT_NE(added, all.end());
  EXPECT_TRUE(added->tentative);
}

TEST_F(Ipv6Test, ALentAddressHasItsTimes) {
  wire();
  const auto lent = [&](uint32_t valid, uint32_t preferred) {
    EXPECT_TRUE(net().lend_address("eth0", cidr("2001:db8:1::9/128"), {valid, preferred}));
    const auto all = must(net().addresses());
    const auto found = std::ranges::find(all, cidr("2001:db8:1::9/128"), &AddressInfo::address);
    EXPECT_NE(found, all.end());
    return found == all.end() ? AddressInfo{} : *found;
  };
  const AddressInfo first = lent(100, 50);
  EXPECT_TRUE(first.tentative) << "others are asked for it first";
  EXPECT_LE(first.valid_seconds, 100U);
  EXPECT_GE(first.valid_seconds, 98U);
  EXPECT_GE(lent(600, 0).valid_seconds, 598U) << "renewed";
  EXPECT_FALSE(net().lend_address("eth0", cidr("2001:db8:1::9/128"), {0, 0}));
}

TEST_F(Ipv6Test, WithoutALinkLocalAddressAnInterfaceIsSilent) {
  ASSERT_TRUE(must(net().add_veth("eth0", "eth1")));
  EXPECT_TRUE(must(net().set_link_local("eth0", false)));
  EXPECT_FALSE(must(net().set_link_local("eth0", false)));
  for (const char* name : {"eth0", "eth1"}) must(net().set_up(name, true));
  EXPECT_THAT(addresses_of("eth0"), ElementsAre());
  EXPECT_THAT(addresses_of("eth1"),
              ElementsAre(net::to_string(net::link_local(must(net().link("eth1")).mac)) + "/64"));
}

TEST_F(Ipv6Test, RoutesComeBackAsTheyWerePut) {
  wire();
  const int eth0 = must(net().link("eth0")).index;
  const auto connected = route_to("2001:db8:1::/64");
  ASSERT_TRUE(connected);
  EXPECT_EQ(protocol_word(connected->protocol), "kernel");
  EXPECT_THAT(connected->next_hops, ElementsAre(NextHopInfo{std::nullopt, eth0}));

  RouteInfo route{
      .prefix = prefix("::/0"), .next_hops = {{ip("2001:db8:1::fe"), 0}}, .protocol = RTPROT_OSPF};
  EXPECT_TRUE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().add_route(route)));
  auto found = route_to("::/0");
  ASSERT_TRUE(found);
  EXPECT_EQ(protocol_word(found->protocol), "ospf");
  EXPECT_THAT(found->next_hops, ElementsAre(NextHopInfo{ip("2001:db8:1::fe"), eth0}));
  EXPECT_FALSE(route_to("0.0.0.0/0")) << "that is another one";

  route.next_hops = {{ip("2001:db8:1::fd"), eth0}, {ip("fe80::fc"), eth0}};
  EXPECT_TRUE(must(net().replace_route(route)));
  EXPECT_FALSE(must(net().replace_route(route)));
  found = route_to("::/0");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->next_hops, testing::UnorderedElementsAreArray(route.next_hops));

  EXPECT_TRUE(must(net().remove_route(route)));
  EXPECT_FALSE(route_to("::/0"));
}

// A neighbour as learning would leave it.
Status learn(const Netlink& netlink, int index, const net::IpAddress& address) {
  ndmsg header{};
  header.ndm_family = AF_INET6;
  header.ndm_ifindex = index;
  header.ndm_state = NUD_STALE;
  Message request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  request.header(header).put_address(NDA_DST, address);
  request.put_mac(NDA_LLADDR, *net::parse_mac("02:00:00:00:00:99"));
  const Answer answer = netlink.socket().execute(request);
  if (!answer.ok()) return answer.failed("add neighbour");
  return {};
}

TEST_F(Ipv6Test, NeighboursAreListedToldAndForgotten) {
  wire();
  const int eth0 = must(net().link("eth0")).index;
  ASSERT_TRUE(learn(net(), eth0, ip("2001:db8:1::7")));
  v1::NodeState state;
  ASSERT_TRUE(fill(net(), state, true));
  std::vector<std::string> neighbors;
  for (const auto& n : state.neighbors()) neighbors.push_back(n.address() + " " + n.mac());
  EXPECT_THAT(neighbors, ElementsAre("2001:db8:1::7 02:00:00:00:00:99"));
  std::vector<std::string> routes;
  for (const auto& r : state.routes()) routes.push_back(r.prefix());
  EXPECT_THAT(routes, Contains("2001:db8:1::/64"));
  EXPECT_EQ(must(net().flush_neighbors("eth0")), 1);
  EXPECT_EQ(must(net().flush_neighbors()), 0);
}

TEST_F(Ipv6Test, MonitorTellsOfIt) {
  std::optional<Monitor> monitor;
  ASSERT_TRUE(space_->run([&]() -> Status {
    auto opened = Monitor::open();
    if (!opened) return std::unexpected(opened.error());
    monitor.emplace(*std::move(opened));
    return {};
  }));
  wire();
  ASSERT_TRUE(learn(net(), must(net().link("eth0")).index, ip("2001:db8:1::7")));
  const RouteInfo route{.prefix = prefix("2001:db8:9::/48"),
                        .next_hops = {{ip("2001:db8:1::7"), 0}}};
  must(net().replace_route(route));
  must(net().remove_route(route));
  std::vector<std::string> heard;
  const auto take = [&](const Change& change) {
    if (const auto* c = std::get_if<AddressChange>(&change)) {
      heard.push_back("address " + net::to_string(c->address.address));
    } else if (const auto* c = std::get_if<RouteChange>(&change)) {
      heard.push_back((c->removed ? "no route " : "route ") + net::to_string(c->route.prefix));
    } else if (const auto* c = std::get_if<NeighborChange>(&change)) {
      heard.push_back("neighbour " + net::to_string(c->neighbor.address));
    }
  };
  // The kernel makes an address usable in work of its own, after its answer.
  const std::string address = "address 2001:db8:1::1/64";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  pollfd readable{monitor->fd(), POLLIN, 0};
  while (std::ranges::find(heard, address) == heard.end() &&
         std::chrono::steady_clock::now() < deadline && ::poll(&readable, 1, 5000) > 0) {
    ASSERT_TRUE(monitor->dispatch(take));
  }
  for (const char* what : {"address 2001:db8:1::1/64", "neighbour 2001:db8:1::7",
                           "route 2001:db8:9::/48", "no route 2001:db8:9::/48"}) {
    EXPECT_THAT(heard, Contains(what));
  }
}

v1::NodeSpec dual() {
  v1::NodeSpec spec;
  spec.set_node("r1");
  for (const char* name : {"eth0", "eth1"}) {
    auto& interface = *spec.add_interfaces();
    interface.set_name(name);
  }
  spec.mutable_interfaces(0)->add_addresses("192.0.2.1/24");
  spec.mutable_interfaces(0)->add_addresses("2001:db8:1::1/64");
  spec.mutable_interfaces(1)->add_addresses("198.51.100.1/24");
  for (const auto& [to, via] :
       {std::pair{"0.0.0.0/0", "192.0.2.254"}, {"::/0", "2001:db8:1::fe"}}) {
    auto& route = *spec.add_routes();
    route.set_prefix(to);
    route.set_via(via);
  }
  spec.mutable_router()->set_loopback("10.255.0.1/32");
  spec.mutable_router()->set_loopback6("2001:db8::1/128");
  return spec;
}

TEST_F(Ipv6Test, ConfiguredWhereTheSpecHasIt) {
  must(net().add_veth("eth0", "far0"));
  must(net().add_veth("eth1", "far1"));
  for (const char* name : {"far0", "far1"}) must(net().set_up(name, true));
  EXPECT_THAT(must(configure_interfaces(dual(), net())).waiting, ElementsAre());
  EXPECT_FALSE(must(configure_interfaces(dual(), net())).changed);
  EXPECT_THAT(addresses_of("lo"), Contains("2001:db8::1/128"));
  EXPECT_THAT(addresses_of("eth0"), Contains("2001:db8:1::1/64"));
  EXPECT_THAT(addresses_of("eth1"), ElementsAre("198.51.100.1/24")) << "IPv4 alone";
  EXPECT_EQ(route_to("::/0")->next_hops[0].via, ip("2001:db8:1::fe"));
  EXPECT_EQ(route_to("0.0.0.0/0")->next_hops[0].via, ip("192.0.2.254"));
}

}  // namespace
}  // namespace hoplab::netlink
