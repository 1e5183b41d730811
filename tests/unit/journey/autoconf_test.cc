// A client that finds its IPv6 address: by itself, from a router's advertisement, by DHCPv6.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "controller/journey/engine.h"
#include "tests/unit/journey/ipv6_builder.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kAllNodes = "ff02::1";
constexpr const char* kAllRouters = "ff02::2";
constexpr const char* kAllServers = "ff02::1:2";

uint64_t client_mac() { return SmallLab::mac("client", "eth0"); }

class Autoconf : public ::testing::Test {
 protected:
  Autoconf() {
    lab_.url = "a command";
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "gw") continue;  // a router here, as it advertises
      spec.mutable_router();
    }
    for (auto& node : *lab_.bundle.mutable_nodes()) {
      if (node.name() == "gw") node.set_role(v1::ROUTER);
    }
  }

  static std::string link_local(const std::string& node, const std::string& interface) {
    const uint64_t mac = SmallLab::mac(node, interface);
    net::Mac m;
    for (size_t i = 0; i < 6; ++i) m.bytes[i] = static_cast<uint8_t>(mac >> (40U - 8U * i));
    return net::to_string(net::link_local(m));
  }
  static std::string client_address() {  // by SLAAC
    const auto own = net::parse_ip(link_local("client", "eth0"));
    return net::to_string(net::IpAddress{net::parse_ip("2001:db8:1::")->high, own->low});
  }
  // Gives the client what it has in the end.
  void own(const std::string& address) {
    auto& link = *lab_.capture("client").mutable_after()->add_links();
    link.set_name("eth0");
    link.add_addresses(address);
  }

  void multicast(const std::string& from, const std::string& interface, uint64_t group,
                 const Octets& packet) {
    lab_.lan_broadcast(from, ethernet(group, SmallLab::mac(from, interface), kEtherType, packet));
  }
  void probe(const std::string& target) {
    const uint64_t low = net::parse_ip(target)->low & 0xffffffU;
    const std::string group =
        net::to_string(net::IpAddress{0xff02000000000000ULL, 0x1ff000000ULL | low});
    multicast("client", "eth0", 0x3333ff000000ULL | low,
              ipv6("::", group, 255, 58, number(135, 1) + number(0, 7) + address(target)));
  }
  void taken(const std::string& target) {
    multicast("dhcp", "eth0", 0x333300000001,
              ipv6(target, kAllNodes, 255, 58,
                   number(136, 1) + number(0, 3) + number(0x20000000, 4) + address(target) +
                       number(0x0201, 2) + number(SmallLab::mac("dhcp", "eth0"), 6)));
  }
  void solicit_routers() {
    multicast("client", "eth0", 0x333300000002,
              ipv6(link_local("client", "eth0"), kAllRouters, 255, 58,
                   number(133, 1) + number(0, 7) + number(0x0101, 2) + number(client_mac(), 6)));
  }
  void advertise(bool managed, bool other = false, uint16_t lifetime = 1800) {
    multicast("gw", "lan", 0x333300000001, advertisement(kAllNodes, managed, other, lifetime));
  }
  // As radvd does: to who asked.
  void advertise_to_client() {
    lab_.lan_unicast("gw", "client",
                     ethernet(client_mac(), SmallLab::mac("gw", "lan"), kEtherType,
                              advertisement(link_local("client", "eth0"), false, false, 1800)));
  }
  static Octets advertisement(const std::string& to, bool managed, bool other, uint16_t lifetime) {
    return ipv6(link_local("gw", "lan"), to, 255, 58,
                number(134, 1) + number(0, 3) + number(64, 1) +
                    number((managed ? 0x80 : 0) | (other ? 0x40 : 0), 1) + number(lifetime, 2) +
                    number(0, 4) + number(100, 4) + number(0x0304, 2) + number(64, 1) +
                    number(managed ? 0x80 : 0xc0, 1) + number(86400, 4) + number(14400, 4) +
                    number(0, 4) + address("2001:db8:1::") + number(0x1903, 2) + number(0, 2) +
                    number(1800, 4) + address("2001:db8:1::53"));
  }

  // DHCPv6.
  static Octets option(uint16_t code, const Octets& value) {
    return number(code, 2) + number(value.size(), 2) + value;
  }
  static Octets duid(const std::string& node) {
    return number(0x00030001, 4) + number(SmallLab::mac(node, "eth0"), 6);
  }
  static Octets association(const std::string& address6, uint32_t valid) {
    Octets value = number(7, 4) + number(188, 4) + number(300, 4);
    if (!address6.empty()) {
      value += option(5, address(address6) + number(375, 4) + number(valid, 4));
    }
    return option(3, value);
  }
  static Octets udp(uint16_t from, uint16_t to, const Octets& payload) {
    return number(from, 2) + number(to, 2) + number(payload.size() + 8, 2) + number(0, 2) + payload;
  }
  void ask(uint8_t type, uint32_t xid, const Octets& options) {
    const Octets message = number(type, 1) + number(xid, 3) + option(1, duid("client")) + options;
    multicast("client", "eth0", 0x333300010002,
              ipv6(link_local("client", "eth0"), kAllServers, 1, 17, udp(546, 547, message)));
  }
  void answer(uint8_t type, uint32_t xid, const Octets& options, bool lost = false) {
    const Octets message = number(type, 1) + number(xid, 3) + option(1, duid("client")) +
                           option(2, duid("dhcp")) + options;
    const Octets frame = ethernet(client_mac(), SmallLab::mac("dhcp", "eth0"), kEtherType,
                                  ipv6(link_local("dhcp", "eth0"), link_local("client", "eth0"), 64,
                                       17, udp(547, 546, message)));
    if (!lost) return lab_.lan_unicast("dhcp", "client", frame);
    lab_.record("dhcp", "eth0", true, frame);  // never at the switch
  }

  v1::Journey built() {
    lab_.finish(0, 0);
    return lab_.build_journey();
  }
  static std::vector<v1::Exchange> of_kind(const v1::Journey& journey, const std::string& kind) {
    std::vector<v1::Exchange> found;
    for (const auto& phase : journey.phases()) {
      for (const auto& exchange : phase.exchanges()) {
        if (exchange.kind() == kind) found.push_back(exchange);
      }
    }
    return found;
  }
  static std::map<std::string, std::map<std::string, std::string>> facts(const v1::Exchange& e) {
    std::map<std::string, std::map<std::string, std::string>> all;
    for (const auto& fact : e.facts()) all[fact.key()] = {fact.args().begin(), fact.args().end()};
    return all;
  }
  // What it decided about addresses.
  static std::vector<std::string> decided_at(const v1::Journey& journey, const std::string& node) {
    std::vector<std::string> keys;
    for (const auto& trip : journey.trips()) {
      for (const auto& hop : trip.hops()) {
        if (hop.node() != node) continue;
        for (const auto& decision : hop.decisions()) {
          const std::string& key = decision.result().key();
          if (key.starts_with("ra.") || key.starts_with("dhcpv6.")) keys.push_back(key);
        }
      }
    }
    return keys;
  }

  SmallLab lab_;
};

TEST_F(Autoconf, AnAddressIsProbedAndFree) {
  probe(link_local("client", "eth0"));
  const v1::Journey journey = built();
  const auto probes = of_kind(journey, "duplicate address detection");
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].status(), v1::Exchange::OK);
  const auto said = facts(probes[0]);
  EXPECT_EQ(said.at("fact.dad_free").at("address"), link_local("client", "eth0"));
  EXPECT_THAT(said.at("fact.dad_sent").at("group"), HasSubstr("ff02::1:ff"));
  EXPECT_TRUE(said.contains("fact.eui64"));
  EXPECT_EQ(journey.trips(0).summary().key(), "trip.dad");
  // Nobody was meant: nothing was lost, and nothing is unknown.
  EXPECT_EQ(journey.trips(0).outcome(), v1::Trip::UNHEARD);
  EXPECT_THAT(
      told_at(journey, "client"),
      ::testing::Contains(says("dad.unheard", {{"address", link_local("client", "eth0")}})));
  EXPECT_EQ(journey.phases(0).kind(), v1::Phase::ADDRESS);
  EXPECT_TRUE(of_kind(journey, "nd").empty());
  EXPECT_EQ(journey.completeness().left_over(), 0U);
}

TEST_F(Autoconf, AnAddressThatSomebodyHasMayNotBeUsed) {
  probe("2001:db8:1::77");
  taken("2001:db8:1::77");
  const v1::Journey journey = built();
  const auto probes = of_kind(journey, "duplicate address detection");
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].status(), v1::Exchange::FAILED);
  EXPECT_EQ(facts(probes[0]).at("fact.dad_taken").at("node"), "dhcp");
  EXPECT_FALSE(facts(probes[0]).contains("fact.eui64"));
  EXPECT_NE(journey.trips(0).outcome(), v1::Trip::UNHEARD);
  EXPECT_EQ(probes[0].trips_size(), 2);
  ASSERT_GE(journey.verdict().culprits_size(), 1);
  const auto& culprit = journey.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "dhcp");
  EXPECT_EQ(culprit.cause().key(), "cause.duplicate_address");
  EXPECT_EQ(culprit.cause().args().at("address"), "2001:db8:1::77");
  EXPECT_EQ(culprit.evidence(0).fact().key(), "evidence.duplicate_address");
}

TEST_F(Autoconf, ARouterTellsThePrefixAndTheClientMakesItsAddress) {
  own(client_address() + "/64");
  solicit_routers();
  advertise(false);
  advertise(false);  // unsolicited
  const v1::Journey journey = built();
  const auto talks = of_kind(journey, "router advertisement");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::OK);
  EXPECT_EQ(talks[0].client(), "client");
  EXPECT_EQ(talks[0].server(), "gw");
  EXPECT_EQ(talks[0].trips_size(), 2);
  const auto said = facts(talks[0]);
  EXPECT_EQ(said.at("fact.ra_way_out").at("seconds"), "1800");
  EXPECT_EQ(said.at("fact.ra_way_out").at("address"), link_local("gw", "lan"));
  EXPECT_EQ(said.at("fact.ra_prefix_autonomous").at("prefix"), "2001:db8:1::/64");
  EXPECT_EQ(said.at("fact.ra_prefix_autonomous").at("preferred"), "14400");
  EXPECT_EQ(said.at("fact.slaac").at("address"), client_address());
  EXPECT_EQ(said.at("fact.ra_name_servers").at("servers"), "2001:db8:1::53");
  EXPECT_EQ(said.at("fact.ra_retransmission").at("milliseconds"), "100");
  EXPECT_FALSE(said.contains("fact.ra_managed"));
  EXPECT_THAT(decided_at(journey, "gw"), ::testing::Contains("ra.answers"));
  for (const v1::Fact& f : told_at(journey, "gw")) {
    if (f.key() == "ra.answers") {
      EXPECT_THAT(f.args().at("wait"), ::testing::HasSubstr("s"));
    }
  }
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_slaac");
  EXPECT_EQ(journey.phases(0).summary().args().at("router"), "gw");
  EXPECT_EQ(journey.completeness().left_over(), 0U);
}

TEST_F(Autoconf, AnAnswerToTheOneThatAsked) {
  own(client_address() + "/64");
  solicit_routers();
  advertise_to_client();
  const v1::Journey journey = built();
  EXPECT_EQ(of_kind(journey, "router advertisement").at(0).status(), v1::Exchange::OK);
  EXPECT_THAT(decided_at(journey, "gw"),
              ::testing::AllOf(::testing::Contains("ra.answers_one"),
                               ::testing::Not(::testing::Contains("ra.answers"))));
}

TEST_F(Autoconf, ARouterThatIsNoWayOutAndSendsToDhcpv6ForTheRest) {
  solicit_routers();
  advertise(false, true, 0);
  const v1::Journey journey = built();
  const auto said = facts(of_kind(journey, "router advertisement").at(0));
  EXPECT_EQ(said.at("fact.ra_no_way_out").at("router"), "gw");
  EXPECT_TRUE(said.contains("fact.ra_other"));
  EXPECT_FALSE(said.contains("fact.ra_way_out"));
  EXPECT_FALSE(said.contains("fact.slaac"));  // the client has made none yet
}

TEST_F(Autoconf, NoRouterAnswers) {
  solicit_routers();
  solicit_routers();
  const v1::Journey journey = built();
  const auto talks = of_kind(journey, "router advertisement");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::FAILED);
  EXPECT_EQ(facts(talks[0]).at("fact.router_silent").at("tries"), "2");
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_no_router");
}

// The client has no way out for want of an advertisement: not its own doing.
TEST_F(Autoconf, ARouterThatHearsAndSaysNothingIsAtFault) {
  solicit_routers();
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  auto& route = *lab_.capture("client").mutable_after()->add_routes();
  route.set_prefix("fe80::/64");
  route.add_next_hops()->set_interface("eth0");
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_GE(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).node(), "gw");
  EXPECT_EQ(journey.verdict().culprits(0).cause().key(), "cause.no_advertisement");
}

// A home gateway is asked too, where it is to advertise.
TEST_F(Autoconf, AGatewayIsAtFaultWhereItShouldAdvertise) {
  for (auto& node : *lab_.bundle.mutable_nodes()) {
    if (node.name() == "gw") node.set_role(v1::GATEWAY);
  }
  const auto culprits = [&] {
    lab_.finish(7, 0);
    v1::Journey journey = lab_.build_journey();
    return journey.verdict();
  };
  solicit_routers();
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  auto* gateway = &*std::ranges::find(*lab_.bundle.mutable_specs(), "gw", &v1::NodeSpec::node);
  gateway->mutable_gateway();
  v1::Verdict verdict = culprits();
  for (const auto& culprit : verdict.culprits()) {
    EXPECT_NE(culprit.cause().key(), "cause.no_advertisement") << "IPv4 alone";
  }
  gateway->mutable_gateway()->add_advertisements();
  verdict = culprits();
  ASSERT_GE(verdict.culprits_size(), 1);
  EXPECT_EQ(verdict.culprits(0).node(), "gw");
  EXPECT_EQ(verdict.culprits(0).cause().key(), "cause.no_advertisement");
}

// Lost on its wire: the wire is at fault, not the client that then had nothing to say.
TEST_F(Autoconf, AClientThatNoRouterHeardIsNotSilentByItself) {
  lab_.record(
      "client", "eth0", true,
      ethernet(0x333300000002, client_mac(), kEtherType,
               ipv6(link_local("client", "eth0"), kAllRouters, 255, 58,
                    number(133, 1) + number(0, 7) + number(0x0101, 2) + number(client_mac(), 6))));
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_EQ(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).peer_node(), "sw");
}

// It asked for the MAC of an address of its link, so it had a way there, whatever its tables of
// before it had an address say.
TEST_F(Autoconf, ANeighbourThatIsNotThereIsNoMissingRoute) {
  own(client_address() + "/64");
  auto& route = *lab_.capture("client").mutable_after()->add_routes();
  route.set_prefix("2001:db8:1::/64");
  route.add_next_hops()->set_interface("eth0");
  lab_.capture("client").mutable_before()->add_routes()->set_prefix("192.168.10.0/24");
  for (int i = 0; i < 3; ++i) {
    multicast("client", "eth0", 0x3333ff000099,
              ipv6(client_address(), "ff02::1:ff00:99", 255, 58,
                   number(135, 1) + number(0, 7) + address("2001:db8:1::99") + number(0x0101, 2) +
                       number(client_mac(), 6)));
    lab_.now += 1'000'000'000;
  }
  lab_.url = "http://[2001:db8:1::99]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_GE(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).cause().key(), "cause.arp_unanswered");
  EXPECT_EQ(journey.verdict().culprits(0).layer(), "link");
}

// The kernel looks whether its router is still there (RFC 4861, section 7.3): not for this command.
TEST_F(Autoconf, AKnownNeighbourThatIsLookedAtIsTheLabsOwnLife) {
  own(client_address() + "/64");
  const std::string router = link_local("gw", "lan");
  const uint64_t gw = SmallLab::mac("gw", "lan");
  lab_.lan_unicast("client", "gw",
                   ethernet(gw, client_mac(), kEtherType,
                            ipv6(link_local("client", "eth0"), router, 255, 58,
                                 number(135, 1) + number(0, 7) + address(router))));
  lab_.lan_unicast(
      "gw", "client",
      ethernet(client_mac(), gw, kEtherType,
               ipv6(router, link_local("client", "eth0"), 255, 58,
                    number(136, 1) + number(0, 3) + number(0x60000000, 4) + address(router))));
  const v1::Journey journey = built();
  EXPECT_TRUE(of_kind(journey, "nd").empty());
  EXPECT_EQ(journey.trips_size(), 0);
  ASSERT_EQ(journey.completeness().background_kinds_size(), 1);
  EXPECT_EQ(journey.completeness().background_kinds(0).reason().key(), "background.ipv6");
}

// And what is asked without one is of no phase of a web request, where a command is traced.
TEST_F(Autoconf, WhoACommandAsksForIsInNoPhaseOfNames) {
  own(client_address() + "/64");
  multicast("client", "eth0", 0x3333ff000099,
            ipv6(client_address(), "ff02::1:ff00:99", 255, 58,
                 number(135, 1) + number(0, 7) + address("2001:db8:1::99") + number(0x0101, 2) +
                     number(client_mac(), 6)));
  lab_.now += 1'000'000'000;
  const v1::Journey journey = built();
  EXPECT_EQ(phase_of(journey, v1::Phase::NAME).exchanges_size(), 0);
  EXPECT_EQ(phase_of(journey, v1::Phase::OTHER).exchanges_size(), 1);
}

// What was lost on its way told the client nothing.
TEST_F(Autoconf, ARenewalWhoseReplyIsLostIsNone) {
  own("2001:db8:1::1000/128");
  ask(5, 0x333333, option(2, duid("dhcp")) + association("2001:db8:1::1000", 600));
  answer(7, 0x333333, association("2001:db8:1::1000", 600), true);
  lab_.now += 1'000'000'000;
  const v1::Journey journey = built();
  const auto talks = of_kind(journey, "dhcpv6 renewal");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::FAILED);
  EXPECT_FALSE(facts(talks[0]).contains("fact.dhcpv6_lease"));
  EXPECT_TRUE(facts(talks[0]).contains("fact.dhcpv6_silent"));
}

TEST_F(Autoconf, FourMessagesOfDhcpv6AreOneExchange) {
  solicit_routers();
  advertise(true);
  ask(1, 0x111111, option(6, number(23, 2) + number(24, 2)) + association("", 0));
  answer(2, 0x111111, association("2001:db8:1::1000", 600) + option(7, number(255, 1)));
  ask(3, 0x222222, option(2, duid("dhcp")) + association("2001:db8:1::1000", 600));
  answer(7, 0x222222, association("2001:db8:1::1000", 600) + option(23, address("2001:db8:1::53")));
  const v1::Journey journey = built();
  const auto managed = facts(of_kind(journey, "router advertisement").at(0));
  EXPECT_TRUE(managed.contains("fact.ra_managed"));
  EXPECT_TRUE(managed.contains("fact.ra_prefix_managed"));
  EXPECT_FALSE(managed.contains("fact.slaac"));
  const auto talks = of_kind(journey, "dhcpv6");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::OK);
  EXPECT_EQ(talks[0].trips_size(), 4);
  EXPECT_EQ(talks[0].server(), "dhcp");
  const auto said = facts(talks[0]);
  EXPECT_THAT(said.at("fact.dhcpv6_duid").at("duid"), HasSubstr("(DUID-LL)"));
  EXPECT_EQ(said.at("fact.dhcpv6_asked_for").at("options"), "name servers (23), search list (24)");
  EXPECT_EQ(said.at("fact.dhcpv6_advertised").at("preference"), "255");
  EXPECT_TRUE(said.contains("fact.dhcpv6_preference"));
  EXPECT_TRUE(said.contains("fact.dhcpv6_taken"));
  EXPECT_EQ(said.at("fact.dhcpv6_lease").at("address"), "2001:db8:1::1000");
  EXPECT_EQ(said.at("fact.dhcpv6_lease").at("valid"), "600");
  EXPECT_EQ(said.at("fact.dhcpv6_timers").at("renew"), "188");
  EXPECT_EQ(said.at("fact.dhcpv6_options").at("name_servers"), "2001:db8:1::53");
  EXPECT_EQ(said.at("fact.dhcpv6_options").at("search"), "none");
  EXPECT_THAT(decided_at(journey, "dhcp"), ElementsAre("dhcpv6.advertised", "dhcpv6.lent"));
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_dhcpv6");
  EXPECT_EQ(journey.completeness().left_over(), 0U);
}

TEST_F(Autoconf, RenewalRebindingConfirmationAndRelease) {
  const Octets held = association("2001:db8:1::1000", 600);
  ask(5, 0x333333, option(2, duid("dhcp")) + held);
  answer(7, 0x333333, held);
  ask(6, 0x444444, held);
  ask(4, 0x555555, held);
  answer(7, 0x555555, option(13, number(0, 2)));
  ask(8, 0x666666, option(2, duid("dhcp")) + held);
  answer(7, 0x666666, option(13, number(0, 2)));
  ask(11, 0x777777, {});
  answer(7, 0x777777, option(23, address("2001:db8:1::53")));
  const v1::Journey journey = built();
  const auto renewal = of_kind(journey, "dhcpv6 renewal").at(0);
  EXPECT_EQ(renewal.status(), v1::Exchange::OK);
  EXPECT_EQ(facts(renewal).at("fact.dhcpv6_renewing").at("server"), "dhcp");
  const auto rebinding = of_kind(journey, "dhcpv6 rebinding").at(0);
  EXPECT_EQ(rebinding.status(), v1::Exchange::FAILED);
  EXPECT_TRUE(facts(rebinding).contains("fact.dhcpv6_rebinding"));
  EXPECT_TRUE(facts(rebinding).contains("fact.dhcpv6_silent"));
  const auto confirm = of_kind(journey, "dhcpv6 confirm").at(0);
  EXPECT_EQ(confirm.status(), v1::Exchange::OK);
  EXPECT_TRUE(facts(confirm).contains("fact.dhcpv6_confirm"));
  EXPECT_EQ(of_kind(journey, "dhcpv6 release").at(0).status(), v1::Exchange::OK);
  EXPECT_EQ(of_kind(journey, "dhcpv6 other").at(0).status(), v1::Exchange::OK);
  EXPECT_THAT(decided_at(journey, "dhcp"), ElementsAre("dhcpv6.lent", "dhcpv6.taken_back"));
}

TEST_F(Autoconf, AServerWithoutAddressesRefuses) {
  ask(1, 0x111111, association("", 0));
  answer(2, 0x111111, option(3, number(7, 4) + number(0, 8) + option(13, number(2, 2) + "full")));
  const v1::Journey journey = built();
  const auto talks = of_kind(journey, "dhcpv6");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::FAILED);
  EXPECT_EQ(facts(talks[0]).at("fact.dhcpv6_refused").at("status"), "NoAddrsAvail");
  EXPECT_EQ(facts(talks[0]).at("fact.dhcpv6_refused").at("message"), "full");
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_failed");
}

}  // namespace
}  // namespace hoplab::journey::testing
