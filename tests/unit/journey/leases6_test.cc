// DHCPv6 told from its bytes.
#include "tests/unit/journey/autoconf_fixture.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint8_t kSolicit = 1;
constexpr uint8_t kAdvertise = 2;
constexpr uint8_t kRequest = 3;
constexpr uint8_t kReply = 7;
constexpr uint8_t kRelayForward = 12;
constexpr uint8_t kRelayReply = 13;
constexpr const char* kLent = "2001:db8:1::1000";

class Leases6 : public Autoconf {
 protected:
  static Octets preference(uint8_t value) { return option(7, number(value, 1)); }
  static Octets duid_of(const std::string& node, const std::string& interface) {
    return number(0x00030001, 4) + number(SmallLab::mac(node, interface), 6);
  }
  static Octets message(uint8_t type, uint32_t xid, const Octets& options) {
    return number(type, 1) + number(xid, 3) + option(1, duid("client")) + options;
  }
  // A second server on the LAN.
  void answer_of_gw(uint8_t type, uint32_t xid, const Octets& options) {
    const Octets from_gw = message(type, xid, option(2, duid_of("gw", "lan")) + options);
    lab_.lan_unicast("gw", "client",
                     ethernet(client_mac(), SmallLab::mac("gw", "lan"), kEtherType,
                              ipv6(link_local("gw", "lan"), link_local("client", "eth0"), 64, 17,
                                   udp(547, 546, from_gw))));
  }
  void role(const std::string& node, v1::Role role) {
    for (auto& n : *lab_.bundle.mutable_nodes()) {
      if (n.name() == node) n.set_role(role);
    }
  }
  // gw relays between the LAN and r, the server there.
  void relayed(bool to_server, uint32_t xid, uint8_t type, const Octets& options) {
    const Octets within = message(type, xid, options);
    const Octets wrapped = number(to_server ? kRelayForward : kRelayReply, 1) + number(0, 1) +
                           address("2001:db8:1::1") + address(link_local("client", "eth0")) +
                           option(18, number(0x05000000, 4)) + option(9, within);
    const Octets packet =
        to_server ? ipv6("2001:db8:2::1", "2001:db8:2::2", 64, 17, udp(547, 547, wrapped))
                  : ipv6("2001:db8:2::2", "2001:db8:2::1", 64, 17, udp(547, 547, wrapped));
    const uint64_t gw = SmallLab::mac("gw", "wan");
    const uint64_t r = SmallLab::mac("r", "eth0");
    const Octets frame = ethernet(to_server ? r : gw, to_server ? gw : r, kEtherType, packet);
    lab_.record(to_server ? "gw" : "r", to_server ? "wan" : "eth0", true, frame);
    lab_.record(to_server ? "r" : "gw", to_server ? "eth0" : "wan", false, frame);
    if (to_server) return;
    lab_.lan_unicast("gw", "client",
                     ethernet(client_mac(), SmallLab::mac("gw", "lan"), kEtherType,
                              ipv6(link_local("gw", "lan"), link_local("client", "eth0"), 64, 17,
                                   udp(547, 546, within))));
  }

  void relays() {
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "gw") continue;
      spec.mutable_router()->mutable_dhcp_relay()->add_client_interfaces6("lan");
    }
  }
  v1::Dhcp6Subnet& pool() {
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "dhcp") continue;
      auto& subnet = *spec.mutable_dhcp_server()->add_subnets6();
      subnet.set_interface("eth0");
      subnet.set_subnet("2001:db8:1::/64");
      subnet.set_first(kLent);
      subnet.set_last("2001:db8:1::10ff");
      return subnet;
    }
    throw std::logic_error("no server");
  }
  void leased_before(const std::string& address, const std::string& mac) {
    auto& lease = *lab_.capture("dhcp").mutable_before()->add_leases();
    lease.set_address(address);
    lease.set_mac(mac);
  }
  void advertised(const std::string& address, const std::string& suggested = "") {
    ask(kSolicit, 0x111111, association(suggested, 0));
    answer(kAdvertise, 0x111111, association(address, 600) + preference(255));
  }
  static std::string text_of(uint64_t mac) {
    net::Mac m;
    for (size_t i = 0; i < 6; ++i) m.bytes[i] = static_cast<uint8_t>(mac >> (40U - 8U * i));
    return net::to_string(m);
  }
  void client_says(const std::string& reason) {
    auto& lease = *lab_.capture("client").add_events()->mutable_lease();
    lease.set_reason(reason);
    lease.set_address(std::string(kLent) + "/128");
  }
};

// What was lost on its way told the client nothing.
TEST_F(Leases6, ARenewalWhoseReplyIsLostIsNone) {
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

TEST_F(Leases6, FourMessagesOfDhcpv6AreOneExchange) {
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

TEST_F(Leases6, RenewalRebindingConfirmationAndRelease) {
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

TEST_F(Leases6, AServerWithoutAddressesRefuses) {
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

TEST_F(Leases6, TheFirstSolicitWaitsAfterTheAdvertisement) {
  solicit_routers();
  advertise(true);
  lab_.now += 400'000'000;
  ask(kSolicit, 0x111111, association("", 0));
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_wait").at("time"), "400.0 ms");
}

TEST_F(Leases6, AnAddressIsDeprecatedFirstAndThenGone) {
  ask(6, 0x444444, association(kLent, 600));
  client_says("DEPREF6");
  client_says("EXPIRE6");
  const auto said = facts(of_kind(built(), "dhcpv6 rebinding").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_deprecated").at("address"), "2001:db8:1::1000/128");
  EXPECT_EQ(said.at("fact.dhcpv6_expired").at("address"), "2001:db8:1::1000/128");
}

TEST_F(Leases6, AnExpiryOfTheOtherVersionIsNotTold) {
  ask(6, 0x444444, association(kLent, 600));
  client_says("EXPIRE");
  const auto said = facts(of_kind(built(), "dhcpv6 rebinding").at(0));
  EXPECT_FALSE(said.contains("fact.dhcpv6_expired"));
  EXPECT_FALSE(said.contains("fact.dhcp_expired"));
}

TEST_F(Leases6, WhatIsRenewedForNoTimeIsTakenAway) {
  ask(5, 0x333333, option(2, duid("dhcp")) + association(kLent, 600));
  answer(kReply, 0x333333, association(kLent, 0));
  const auto renewal = of_kind(built(), "dhcpv6 renewal").at(0);
  EXPECT_EQ(renewal.status(), v1::Exchange::FAILED);
  EXPECT_EQ(facts(renewal).at("fact.dhcpv6_withdrawn").at("address"), kLent);
  EXPECT_FALSE(facts(renewal).contains("fact.dhcpv6_lease"));
}

TEST_F(Leases6, WhatAnotherHostHasIsDeclined) {
  ask(9, 0x888888, option(2, duid("dhcp")) + association(kLent, 0));
  answer(kReply, 0x888888, option(13, number(0, 2)));
  const v1::Journey journey = built();
  const auto decline = of_kind(journey, "dhcpv6 decline").at(0);
  EXPECT_EQ(decline.status(), v1::Exchange::OK);
  EXPECT_EQ(decline.title().key(), "exchange.dhcpv6_decline");
  EXPECT_EQ(decline.title().args().at("address"), kLent);
  EXPECT_EQ(facts(decline).at("fact.dhcpv6_declined").at("server"), "dhcp");
  EXPECT_THAT(decided_at(journey, "dhcp"), ElementsAre("dhcpv6.set_aside"));
}

TEST_F(Leases6, ThePhaseTellsTheAddressThatWasNotDeclined) {
  const auto obtained = [&](uint32_t xid, const std::string& lent) {
    ask(kSolicit, xid, association("", 0));
    answer(kAdvertise, xid, association(lent, 600) + preference(255));
    ask(kRequest, xid + 1, option(2, duid("dhcp")) + association(lent, 600));
    answer(kReply, xid + 1, association(lent, 600));
  };
  obtained(0x111111, kLent);
  ask(9, 0x888888, option(2, duid("dhcp")) + association(kLent, 0));
  answer(kReply, 0x888888, option(13, number(0, 2)));
  obtained(0x222221, "2001:db8:1::1001");
  const v1::Journey journey = built();
  EXPECT_EQ(journey.phases(0).summary().key(), "phase.address_dhcpv6");
  EXPECT_EQ(journey.phases(0).summary().args().at("address"), "2001:db8:1::1001");
}

TEST_F(Leases6, TheHighestPreferenceIsTakenOfTwo) {
  role("gw", v1::DHCP_SERVER);
  ask(kSolicit, 0x111111, association("", 0));
  answer(kAdvertise, 0x111111, association(kLent, 600) + preference(10));
  answer_of_gw(kAdvertise, 0x111111, association("2001:db8:1::2000", 600) + preference(200));
  lab_.now += 1'000'000'000;
  ask(kRequest, 0x222222, option(2, duid_of("gw", "lan")) + association("2001:db8:1::2000", 600));
  answer_of_gw(kReply, 0x222222, association("2001:db8:1::2000", 600));
  const v1::Journey journey = built();
  const auto talk = of_kind(journey, "dhcpv6").at(0);
  EXPECT_EQ(talk.server(), "gw");
  EXPECT_EQ(talk.trips_size(), 5);
  const auto said = facts(talk);
  EXPECT_EQ(said.at("fact.dhcpv6_preferred").at("preference"), "200");
  EXPECT_THAT(said.at("fact.dhcpv6_collected").at("time"), HasSubstr("1.00 s"));
  EXPECT_FALSE(said.contains("fact.dhcpv6_equal"));
  EXPECT_FALSE(said.contains("fact.dhcpv6_preference"));
  EXPECT_EQ(said.at("fact.dhcpv6_taken").at("server"), "gw");
  EXPECT_EQ(said.at("fact.dhcpv6_not_taken").at("server"), "dhcp");
  EXPECT_EQ(said.at("fact.dhcpv6_not_taken").at("address"), kLent);
  EXPECT_EQ(said.at("fact.dhcpv6_lease").at("server"), "gw");
  EXPECT_THAT(decided_at(journey, "dhcp"), ElementsAre("dhcpv6.advertised", "dhcpv6.not_chosen"));
  EXPECT_THAT(decided_at(journey, "gw"), ElementsAre("dhcpv6.advertised", "dhcpv6.lent"));
}

TEST_F(Leases6, OfEqualPreferencesTheClientChooses) {
  role("gw", v1::DHCP_SERVER);
  ask(kSolicit, 0x111111, association("", 0));
  answer(kAdvertise, 0x111111, association(kLent, 600) + preference(10));
  answer_of_gw(kAdvertise, 0x111111, association("2001:db8:1::2000", 600) + preference(10));
  ask(kRequest, 0x222222, option(2, duid("dhcp")) + association(kLent, 600));
  // What it did lend after all was not left alone.
  auto& lease = *lab_.capture("gw").mutable_after()->add_leases();
  lease.set_address("2001:db8:1::2000");
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_equal").at("server"), "dhcp");
  EXPECT_FALSE(said.contains("fact.dhcpv6_preferred"));
  EXPECT_FALSE(said.contains("fact.dhcpv6_not_taken"));
}

// Preference 255 is only then a reason when it is the one that was taken.
TEST_F(Leases6, AnAdvertisementThatWasNotTakenIsNoChoice) {
  advertised(kLent);
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_advertised").at("preference"), "255");
  EXPECT_FALSE(said.contains("fact.dhcpv6_preference"));
}

TEST_F(Leases6, ARelayWrapsWhatItHearsAndUnwrapsTheAnswer) {
  role("r", v1::DHCP_SERVER);
  relays();
  const Octets server = option(2, duid_of("r", "eth0"));
  const Octets held = association(kLent, 600);
  ask(kSolicit, 0x111111, association("", 0));
  relayed(true, 0x111111, kSolicit, association("", 0));
  relayed(false, 0x111111, kAdvertise, server + held + preference(255));
  ask(kRequest, 0x222222, server + held);
  relayed(true, 0x222222, kRequest, server + held);
  relayed(false, 0x222222, kReply, server + held);
  const v1::Journey journey = built();
  const auto talks = of_kind(journey, "dhcpv6");
  ASSERT_EQ(talks.size(), 1U);
  EXPECT_EQ(talks[0].status(), v1::Exchange::OK);
  EXPECT_EQ(talks[0].trips_size(), 8);
  EXPECT_EQ(talks[0].server(), "r");
  const auto said = facts(talks[0]);
  EXPECT_EQ(said.at("fact.dhcpv6_relayed").at("relay"), "gw");
  EXPECT_EQ(said.at("fact.dhcpv6_relay_link").at("link"), "2001:db8:1::1");
  EXPECT_EQ(said.at("fact.dhcpv6_relay_link").at("peer"), link_local("client", "eth0"));
  EXPECT_EQ(said.at("fact.dhcpv6_relay_link").at("hops"), "0");
  EXPECT_EQ(said.at("fact.dhcpv6_interface_id").at("id"), "0x05000000");
  EXPECT_EQ(said.at("fact.dhcpv6_lease").at("server"), "r");
  EXPECT_THAT(decided_at(journey, "gw"), ElementsAre("dhcpv6.relay_wraps", "dhcpv6.relay_unwraps",
                                                     "dhcpv6.relay_wraps", "dhcpv6.relay_unwraps"));
  EXPECT_THAT(decided_at(journey, "r"), ElementsAre("dhcpv6.advertised", "dhcpv6.lent"));
  EXPECT_EQ(journey.trips(0).outcome(), v1::Trip::DELIVERED) << "to the relay";
  EXPECT_EQ(journey.completeness().left_over(), 0U);
}

// What a relay passes on for others is the lab's own life.
TEST_F(Leases6, ARelayedAnswerThatIsLostOnTheLanIsNoLease) {
  role("r", v1::DHCP_SERVER);
  const Octets server = option(2, duid_of("r", "eth0"));
  ask(5, 0x333333, server + association(kLent, 600));
  relayed(true, 0x333333, 5, server + association(kLent, 600));
  const v1::Journey journey = built();
  const auto renewal = of_kind(journey, "dhcpv6 renewal").at(0);
  EXPECT_EQ(renewal.status(), v1::Exchange::FAILED);
  EXPECT_TRUE(facts(renewal).contains("fact.dhcpv6_silent"));
  EXPECT_FALSE(facts(renewal).contains("fact.dhcpv6_lease"));
}

TEST_F(Leases6, AReservedAddressIsGivenByTheMacInTheDuid) {
  auto& kept = *pool().add_reservations();
  kept.set_mac(text_of(client_mac()));
  kept.set_address("2001:db8:1::7");
  advertised("2001:db8:1::7");
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcp_reserved").at("mac"), text_of(client_mac()));
  EXPECT_THAT(said.at("fact.dhcpv6_mac").at("duid"), HasSubstr("(DUID-LL)"));
}

TEST_F(Leases6, AServerRemembersAnAssociation) {
  pool();
  leased_before(kLent, text_of(client_mac()));
  advertised(kLent, kLent);
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_suggests").at("address"), kLent);
  EXPECT_EQ(said.at("fact.dhcpv6_remembered").at("address"), kLent);
  EXPECT_FALSE(said.contains("fact.dhcpv6_suggestion_free"));
}

TEST_F(Leases6, ASuggestedAddressThatIsFree) {
  pool();
  lab_.capture("dhcp").mutable_before();
  advertised(kLent, kLent);
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  EXPECT_EQ(said.at("fact.dhcpv6_suggestion_free").at("address"), kLent);
  EXPECT_FALSE(said.contains("fact.dhcp_sequential"));
}

TEST_F(Leases6, TheNextInSequencePastWhatIsTaken) {
  auto& subnet = pool();
  auto& hole = *subnet.add_excluded();
  hole.set_first("2001:db8:1::1002");
  hole.set_last("2001:db8:1::1003");
  subnet.add_reservations()->set_address("2001:db8:1::b055");
  leased_before(kLent, "02:00:00:00:00:77");
  leased_before("2001:db8:1::1009", "02:00:00:00:00:78");
  advertised("2001:db8:1::1004");
  const auto said = facts(of_kind(built(), "dhcpv6").at(0));
  const auto& order = said.at("fact.dhcp_sequential");
  EXPECT_EQ(order.at("first"), kLent);
  EXPECT_EQ(order.at("leased"), kLent);
  EXPECT_EQ(order.at("excluded"), "2001:db8:1::1002–2001:db8:1::1003");
  EXPECT_EQ(order.at("reserved"), "none");
}

// A request to an address of IPv6 failed for want of one of its own.
TEST_F(Leases6, AServerThatHearsAndSaysNothingGaveNoAddress) {
  pool();
  solicit_routers();
  advertise(true);
  ask(kSolicit, 0x111111, association("", 0));
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_EQ(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).node(), "dhcp");
  EXPECT_EQ(journey.verdict().culprits(0).cause().key(), "cause.no_lease");
}

TEST_F(Leases6, AServerThatRefusesGaveNoAddress) {
  pool();
  ask(kSolicit, 0x111111, association("", 0));
  answer(kAdvertise, 0x111111,
         option(3, number(7, 4) + number(0, 8) + option(13, number(2, 2) + "full")));
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_EQ(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).cause().key(), "cause.no_lease");
  EXPECT_EQ(journey.verdict().culprits(0).evidence(0).fact().key(), "fact.dhcpv6_refused");
}

// It answered, and the answer was lost on the wire: not its doing.
TEST_F(Leases6, AServerWhoseAnswerIsLostIsNotAtFault) {
  pool();
  ask(kSolicit, 0x111111, association("", 0));
  answer(kAdvertise, 0x111111, association(kLent, 600), true);
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  for (const auto& culprit : journey.verdict().culprits()) {
    EXPECT_NE(culprit.cause().key(), "cause.no_lease") << journey.verdict().DebugString();
  }
}

// It relays for another LAN: what it hears on this one is the servers' to answer.
TEST_F(Leases6, ARelayOfAnotherLanIsNotAtFault) {
  relays();
  for (auto& spec : *lab_.bundle.mutable_specs()) {
    if (spec.node() != "gw") continue;
    spec.mutable_router()->mutable_dhcp_relay()->set_client_interfaces6(0, "wan");
  }
  ask(kSolicit, 0x111111, association("", 0));
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  for (const auto& culprit : journey.verdict().culprits()) {
    EXPECT_NE(culprit.cause().key(), "cause.no_relay") << journey.verdict().DebugString();
  }
}

TEST_F(Leases6, ARelayThatPassesNothingOnIsAtFault) {
  relays();
  ask(kSolicit, 0x111111, association("", 0));
  lab_.now += 5'000'000'000;
  lab_.url = "http://[2001:db8:3::10]/";
  lab_.finish(7, 0);
  const v1::Journey journey = lab_.build_journey();
  ASSERT_EQ(journey.verdict().culprits_size(), 1) << journey.verdict().DebugString();
  EXPECT_EQ(journey.verdict().culprits(0).node(), "gw");
  EXPECT_EQ(journey.verdict().culprits(0).cause().key(), "cause.no_relay");
}

}  // namespace
}  // namespace hoplab::journey::testing
