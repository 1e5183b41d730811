// Addresses: what a DHCP server gives to whom, why, and for how long.
#include <sstream>

#include "tests/integration/lessons/address_talk.h"

namespace hoplab::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// Kea's lease file is a journal: the last line about an address counts, a lifetime of 0 ends it.
bool leased(const std::string& journal, const std::string& address) {
  bool held = false;
  std::istringstream lines(journal);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(address + ",")) continue;
    std::istringstream fields(line);
    std::string lifetime;
    for (int i = 0; i < 4; ++i) std::getline(fields, lifetime, ',');
    held = lifetime != "0";
  }
  return held;
}

using Dora = Lesson<"dora">;

SHOWS(Dora, FourMessagesWithTheirPortsFlagAndOptions, "dora") {
  const v1::Journey journey = request(lab(), "laptop", "http://web.lan.test/");
  const v1::Exchange dora = only(journey, "dora");
  const std::string address = argument(dora, "fact.dhcp_offer", "address");
  EXPECT_THAT(address, HasSubstr("192.168.10.10"));
  const std::string server = argument(dora, "fact.dhcp_taken", "identifier");
  EXPECT_THAT(packets(journey, dora), ElementsAre("laptop 0.0.0.0:68 > 255.255.255.255:67",
                                                  "dhcp " + server + ":67 > " + address + ":68",
                                                  "laptop 0.0.0.0:68 > 255.255.255.255:67",
                                                  "dhcp " + server + ":67 > " + address + ":68"));
  EXPECT_EQ(facts(dora, "fact.dhcp_unicast_flag").size(), 1U);
  EXPECT_THAT(argument(dora, "fact.dhcp_asked_for", "options"),
              AllOf(HasSubstr("subnet mask (1)"), HasSubstr("router (3)"),
                    HasSubstr("name servers (6)"), HasSubstr("domain (15)")));
  EXPECT_THAT(facts(dora, "fact.dhcp_options"),
              ElementsAre(AllOf(HasSubstr("domain=lan.test length=/24 name_servers=192.168.10."),
                                HasSubstr("router=192.168.10.1"))));
  EXPECT_THAT(facts(dora, "fact.dhcp_timers"), ElementsAre("lease=900 rebind=788 renew=450"));
  EXPECT_THAT(
      decisions_at(journey, "dhcp"),
      AllOf(Contains("dhcp.offered"), Contains("dhcp.lease_given"), Contains("dhcp.to_mac")));
  // What was asked for is what the node then has.
  EXPECT_THAT(run("laptop", {"ip", "-br", "address", "show", "eth0"}), HasSubstr(address + "/24"));
  EXPECT_THAT(run("laptop", {"ip", "route"}), HasSubstr("default via 192.168.10.1"));
}

SHOWS(Dora, AStaticAddressIsAskedOfNobody, "static") {
  const v1::Journey journey = request(lab(), "desk", "http://web.lan.test/");
  EXPECT_TRUE(exchanges(journey, "dora").empty());
  const v1::Phase* address = phase(journey, v1::Phase::ADDRESS);
  ASSERT_NE(address, nullptr);
  EXPECT_EQ(address->summary().key(), "phase.address_static");
  EXPECT_EQ(address->summary().args().at("address"), "192.168.10.20/24");
  for (const auto& trip : journey.trips()) EXPECT_NE(trip.protocol(), "DHCP");
}

using Pool = Lesson<"pool">;
constexpr const char* kPrinter = "http://192.168.10.101/";

SHOWS(Pool, TheNextIsTakenPastLeasedAndExcluded, "sequential") {
  EXPECT_THAT(run("first", {"ip", "-br", "address", "show", "eth0"}),
              HasSubstr("192.168.10.100/24"));
  EXPECT_THAT(run("second", {"ip", "-br", "address", "show", "eth0"}),
              HasSubstr("192.168.10.102/24"));
  EXPECT_THAT(run("third", {"ip", "-br", "address", "show", "eth0"}),
              HasSubstr("192.168.10.106/24"));
  // It gives its address back and forgets it, so that it can suggest none.
  hoplab({"trace", "third", "--lab", lab(), "--cold", "--", "true"});
  run("third", {"rm", "/run/hoplab-client/dhclient.leases"});
  const v1::Exchange dora = only(request(lab(), "third", kPrinter, {}), "dora");
  EXPECT_THAT(
      facts(dora, "fact.dhcp_sequential"),
      ElementsAre("address=192.168.10.108 "
                  "excluded=192.168.10.101, 192.168.10.103–192.168.10.105 first=192.168.10.100 "
                  "last=192.168.10.119 leased=192.168.10.100, 192.168.10.102, 192.168.10.107 "
                  "reserved=192.168.10.107 server=dhcp"));
}

SHOWS(Pool, TheSameMacGetsTheAddressKeptForIt, "reservation") {
  const v1::Journey journey = request(lab(), "boss", kPrinter);
  const v1::Exchange dora = only(journey, "dora");
  EXPECT_EQ(argument(dora, "fact.dhcp_reserved", "address"), "192.168.10.107");
  EXPECT_THAT(argument(dora, "fact.lease", "address"), "192.168.10.107/24");
  EXPECT_THAT(decisions_at(journey, "dhcp"), Contains("fact.dhcp_reserved"));
}

SHOWS(Pool, WhoComesBackGetsItsOldAddress, "returning") {
  // Released: it suggests the address of before, which is free.
  const v1::Exchange released = only(request(lab(), "second", kPrinter), "dora");
  EXPECT_EQ(argument(released, "fact.dhcp_suggests", "address"), "192.168.10.102");
  EXPECT_EQ(facts(released, "fact.dhcp_suggestion_free").size(), 1U);
  EXPECT_EQ(argument(released, "fact.lease", "address"), "192.168.10.102/24");
  // Not released, and it remembers nothing: the server does.
  run("second", {"rm", "/run/hoplab-client/dhclient.leases"});
  const v1::Exchange forgetful = only(request(lab(), "second", kPrinter), "dora");
  EXPECT_TRUE(facts(forgetful, "fact.dhcp_suggests").empty());
  EXPECT_EQ(argument(forgetful, "fact.dhcp_remembered", "address"), "192.168.10.102");
  EXPECT_EQ(argument(forgetful, "fact.lease", "address"), "192.168.10.102/24");
}

using TwoServers = Lesson<"two-servers">;

SHOWS(TwoServers, TheFirstOfferIsTakenAndTheOtherPutBack, "two-servers") {
  const v1::Journey journey = request(lab(), "client", "http://192.168.10.20/");
  const v1::Exchange dora = only(journey, "dora");
  const auto offers = facts(dora, "fact.dhcp_offer");
  ASSERT_EQ(offers.size(), 2U);
  const std::string taken = argument(dora, "fact.dhcp_taken", "server");
  const std::string other = taken == "dhcp-a" ? "dhcp-b" : "dhcp-a";
  EXPECT_THAT(offers.front(), HasSubstr("server=" + taken)) << "the first offer is the one taken";
  EXPECT_EQ(argument(dora, "fact.dhcp_withdrawn", "server"), other);
  EXPECT_EQ(dora.server(), taken);
  EXPECT_THAT(decisions_at(journey, other),
              AllOf(Contains("dhcp.not_chosen"), Contains("dhcp.withdrawn")));
  EXPECT_THAT(decisions_at(journey, taken), Not(Contains("dhcp.withdrawn")));
  EXPECT_FALSE(leased(run(other, {"cat", "/run/role/kea/leases.csv"}),
                      argument(dora, "fact.dhcp_withdrawn", "address")));
  EXPECT_TRUE(leased(run(taken, {"cat", "/run/role/kea/leases.csv"}),
                     offers.front().substr(8, offers.front().find(' ') - 8)));
}

using LeaseTime = Lesson<"lease-time">;

SHOWS(LeaseTime, AtT1TheServerAloneIsAsked, "renewal") {
  const v1::Journey journey = trace("client", {"sleep", "6"});
  const v1::Exchange renewal = first(journey, "dhcp renewal");
  EXPECT_EQ(renewal.status(), v1::Exchange::OK);
  EXPECT_THAT(packets(journey, renewal), ElementsAre("client 192.168.10.100:68 > 192.168.10.1:67",
                                                     "dhcp 192.168.10.1:67 > 192.168.10.100:68"));
  EXPECT_EQ(argument(renewal, "fact.dhcp_renewing", "server"), "dhcp");
  EXPECT_THAT(facts(renewal, "fact.dhcp_timers"), ElementsAre("lease=16 rebind=9 renew=4"));
}

SHOWS(LeaseTime, AtT2EveryServerIsAskedAndThenTheAddressIsGivenUp, "rebinding", "expiry") {
  ASSERT_EQ(hoplab({"fault", "add", "daemon-kill", "dhcp", "--lab", lab()}).exit_code, 0);
  const v1::Journey journey = trace("client", {"sleep", "18"});
  const v1::Exchange rebinding = first(journey, "dhcp rebinding");
  EXPECT_EQ(rebinding.status(), v1::Exchange::FAILED);
  EXPECT_THAT(packets(journey, rebinding),
              Contains("client 192.168.10.100:68 > 255.255.255.255:67"));
  EXPECT_EQ(argument(rebinding, "fact.dhcp_expired", "address"), "192.168.10.100/24");
  EXPECT_THAT(run("client", {"ip", "-br", "address", "show", "eth0"}),
              Not(HasSubstr("192.168.10.100")));
  EXPECT_EQ(hoplab({"fault", "clear", "--all", "--lab", lab()}).exit_code, 0);
}

using Bootp = Lesson<"bootp">;

SHOWS(Bootp, OneQuestionOneAnswerForGood, "bootp") {
  const v1::Journey journey = request(lab(), "old", "http://192.168.10.20/");
  const v1::Exchange bootp = only(journey, "bootp");
  EXPECT_THAT(packets(journey, bootp), ElementsAre("old 0.0.0.0:68 > 255.255.255.255:67",
                                                   "dhcp 192.168.10.1:67 > 255.255.255.255:68"));
  EXPECT_EQ(facts(bootp, "fact.dhcp_broadcast_flag").size(), 1U);
  EXPECT_THAT(argument(bootp, "fact.lease_for_good", "address"), HasSubstr("/24"));
  EXPECT_THAT(decisions_at(journey, "dhcp"), Contains("dhcp.bootp_given"));
}

using DhcpRelay = Lesson<"dhcp-relay">;

SHOWS(DhcpRelay, TheRouterPassesTheBroadcastOn, "relay") {
  const v1::Journey journey = request(lab(), "far", "http://10.1.2.20/");
  const v1::Exchange dora = only(journey, "dora");
  EXPECT_EQ(facts(dora, "fact.dhcp_relayed"),
            std::vector<std::string>{"giaddr=10.1.1.1 relay=r server=dhcp"});
  EXPECT_THAT(argument(dora, "fact.lease", "address"), HasSubstr("10.1.1."));
  EXPECT_EQ(dora.trips_size(), 8);
  EXPECT_THAT(packets(journey, dora),
              AllOf(Contains("far 0.0.0.0:68 > 255.255.255.255:67"), Contains(HasSubstr("r 10.1.")),
                    Contains(HasSubstr(" > 10.1.1.1:67"))));
  EXPECT_THAT(decisions_at(journey, "r"),
              AllOf(Contains("dhcp.relay_hears"), Contains("dhcp.relay_answers")));
}

}  // namespace
}  // namespace hoplab::test
