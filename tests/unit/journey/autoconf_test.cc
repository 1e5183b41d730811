// A client that finds its IPv6 address: by itself, from a router's advertisement, by DHCPv6.
#include "tests/unit/journey/autoconf_fixture.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  EXPECT_FALSE(facts(talks[0]).contains("fact.router_waited"));
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_no_router");
}

TEST_F(Autoconf, WithoutARouterTheRequestGoesOnLater) {
  solicit_routers();
  lab_.now += 3'900'000'000;
  lab_.dora();
  const auto said = facts(of_kind(built(), "router advertisement").at(0));
  EXPECT_EQ(said.at("fact.router_waited").at("time"), "3.90 s");
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

}  // namespace
}  // namespace hoplab::journey::testing
