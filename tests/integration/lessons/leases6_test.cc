// DHCPv6: which address a server gives to whom, for how long, and through whom it is asked.
#include "tests/integration/lessons/address_talk.h"

namespace hoplab::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string address_of(const std::string& shown) {
  const size_t begin = shown.find("2001:db8:");
  return begin == std::string::npos ? "none" : shown.substr(begin, shown.find('/', begin) - begin);
}
// "valid_lft 14sec preferred_lft 10sec": the number behind a word.
int seconds_behind(const std::string& shown, const std::string& word) {
  const size_t at = shown.find(word + " ");
  return at == std::string::npos ? -1 : std::stoi(shown.substr(at + word.size() + 1));
}

using LeaseTime6 = Lesson<"lease-time6">;

SHOWS(LeaseTime6, AtT1TheServerOfThatDuidIsAsked, "renewal6") {
  const v1::Journey journey = trace("laptop", {"sleep", "6"});
  const v1::Exchange renewal = first(journey, "dhcpv6 renewal");
  EXPECT_EQ(renewal.status(), v1::Exchange::OK);
  EXPECT_THAT(packets(journey, renewal),
              ElementsAre(HasSubstr(":546 > ff02::1:2:547"), HasSubstr(":547 > fe80::")));
  EXPECT_EQ(argument(renewal, "fact.dhcpv6_renewing", "server"), "dhcp");
  EXPECT_THAT(facts(renewal, "fact.dhcpv6_timers"), ElementsAre("rebind=9 renew=4"));
  EXPECT_EQ(argument(renewal, "fact.dhcpv6_lease", "valid"), "16");
  EXPECT_EQ(argument(renewal, "fact.dhcpv6_lease", "preferred"), "12");
  EXPECT_THAT(decisions_at(journey, "dhcp"), Contains("dhcpv6.lent"));
  // The kernel counts both lifetimes down, from when they were renewed last.
  const std::string shown =
      run("laptop", {"ip", "-6", "address", "show", "dev", "eth0", "scope", "global"});
  const int valid = seconds_behind(shown, "valid_lft");
  const int preferred = seconds_behind(shown, "preferred_lft");
  EXPECT_LE(valid, 16) << shown;
  EXPECT_GE(valid, 16 - 9) << shown;
  EXPECT_EQ(valid - preferred, 4) << shown;
}

SHOWS(LeaseTime6, AtT2AnyServerIsAskedThenTheAddressIsDeprecatedAndGone, "rebinding6", "expiry6") {
  const std::string address = address_of(run("laptop", {"ip", "-6", "-br", "address"}));
  ASSERT_THAT(address, StartsWith("2001:db8:40:1::1"));
  ASSERT_EQ(
      hoplab({"fault", "add", "daemon-kill", "dhcp", "daemon=kea-dhcp6", "--lab", lab()}).exit_code,
      0);
  const v1::Journey journey = trace("laptop", {"sleep", "18"});
  const v1::Exchange renewal = first(journey, "dhcpv6 renewal");
  EXPECT_EQ(renewal.status(), v1::Exchange::FAILED);
  const v1::Exchange rebinding = first(journey, "dhcpv6 rebinding");
  EXPECT_EQ(rebinding.status(), v1::Exchange::FAILED);
  EXPECT_THAT(packets(journey, rebinding), Contains(HasSubstr(":546 > ff02::1:2:547")));
  EXPECT_EQ(argument(rebinding, "fact.dhcpv6_rebinding", "address"), address);
  EXPECT_EQ(argument(rebinding, "fact.dhcpv6_deprecated", "address"), address + "/128");
  EXPECT_EQ(argument(rebinding, "fact.dhcpv6_expired", "address"), address + "/128");
  EXPECT_THAT(run("laptop", {"ip", "-6", "address", "show", "eth0"}), Not(HasSubstr("2001:db8")));
  // And begins anew, for as long as nobody answers.
  const v1::Exchange again = first(journey, "dhcpv6");
  EXPECT_EQ(again.status(), v1::Exchange::FAILED);
  EXPECT_EQ(facts(again, "fact.dhcpv6_silent").size(), 1U);
  EXPECT_EQ(hoplab({"fault", "clear", "--all", "--lab", lab()}).exit_code, 0);
  const v1::Journey back = request(lab(), "laptop", "http://[2001:db8:40:1::80]/");
  EXPECT_EQ(only(back, "dhcpv6").status(), v1::Exchange::OK);
}

// What the preferred lifetime leaves: an address for the connections that are there.
SHOWS(LeaseTime6, ADeprecatedAddressIsThereStill, "expiry6") {
  hoplab({"request", "laptop", "http://[2001:db8:40:1::80]/", "--cold", "--lab", lab()});
  ASSERT_EQ(
      hoplab({"fault", "add", "daemon-kill", "dhcp", "daemon=kea-dhcp6", "--lab", lab()}).exit_code,
      0);
  std::string shown;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(17);
  while (std::chrono::steady_clock::now() < deadline) {
    shown = run("laptop", {"ip", "-6", "address", "show", "dev", "eth0", "scope", "global"});
    if (shown.find("deprecated") != std::string::npos) break;
  }
  EXPECT_THAT(shown, HasSubstr("deprecated"));
  EXPECT_GE(seconds_behind(shown, "valid_lft"), 1) << shown;
  EXPECT_LE(seconds_behind(shown, "valid_lft"), 4) << shown;
  EXPECT_EQ(hoplab({"fault", "clear", "--all", "--lab", lab()}).exit_code, 0);
}

using Pool6 = Lesson<"pool6">;
constexpr const char* kPrinter = "http://[2001:db8:40:1::1001]/";

SHOWS(Pool6, TheNextIsTakenPastLeasedAndExcluded, "sequential6") {
  EXPECT_EQ(address_of(run("first", {"ip", "-6", "-br", "address", "show", "eth0"})),
            "2001:db8:40:1::1000");
  EXPECT_EQ(address_of(run("second", {"ip", "-6", "-br", "address", "show", "eth0"})),
            "2001:db8:40:1::1002");
  // It gives its address back and forgets it, so that it can suggest none.
  hoplab({"trace", "second", "--lab", lab(), "--cold", "--", "true"});
  run("second", {"rm", "/run/hoplab-client/dhclient6.leases"});
  const v1::Exchange talk = only(request(lab(), "second", kPrinter, {}), "dhcpv6");
  EXPECT_THAT(facts(talk, "fact.dhcp_sequential"),
              ElementsAre("address=2001:db8:40:1::1005 excluded=2001:db8:40:1::1001, "
                          "2001:db8:40:1::1003–2001:db8:40:1::1004 first=2001:db8:40:1::1000 "
                          "last=2001:db8:40:1::101f leased=2001:db8:40:1::1000 reserved=none "
                          "server=dhcp"));
}

SHOWS(Pool6, TheMacInTheDuidGetsTheAddressKeptForIt, "reservation6") {
  const v1::Journey journey = request(lab(), "boss", kPrinter);
  const v1::Exchange talk = only(journey, "dhcpv6");
  EXPECT_EQ(argument(talk, "fact.dhcp_reserved", "address"), "2001:db8:40:1::b055");
  EXPECT_THAT(argument(talk, "fact.dhcpv6_mac", "duid"), HasSubstr("(DUID-LL)"));
  EXPECT_EQ(argument(talk, "fact.dhcpv6_lease", "address"), "2001:db8:40:1::b055");
  EXPECT_EQ(address_of(run("boss", {"ip", "-6", "-br", "address", "show", "eth0"})),
            "2001:db8:40:1::b055");
}

SHOWS(Pool6, WhoComesBackGetsItsOldAddress, "returning6") {
  const std::string old = address_of(run("second", {"ip", "-6", "-br", "address", "show", "eth0"}));
  // Released: it suggests the address of before, which is free.
  const v1::Exchange released = only(request(lab(), "second", kPrinter), "dhcpv6");
  EXPECT_EQ(argument(released, "fact.dhcpv6_suggests", "address"), old);
  EXPECT_EQ(facts(released, "fact.dhcpv6_suggestion_free").size(), 1U);
  EXPECT_EQ(argument(released, "fact.dhcpv6_lease", "address"), old);
  // Not released, and it remembers nothing: the server does.
  run("second", {"rm", "/run/hoplab-client/dhclient6.leases"});
  hoplab({"exec", "second", "--lab", lab(), "--", "sh", "-c",
          "kill -9 $(cat /run/hoplab-client/dhclient6.pid)"});
  const v1::Journey journey = trace("second", {"sleep", "3"});
  const v1::Exchange forgetful = first(journey, "dhcpv6");
  EXPECT_TRUE(facts(forgetful, "fact.dhcpv6_suggests").empty());
  EXPECT_EQ(argument(forgetful, "fact.dhcpv6_remembered", "address"), old);
  EXPECT_EQ(argument(forgetful, "fact.dhcpv6_lease", "address"), old);
}

SHOWS(Pool6, WhatAnotherHostHasIsDeclined, "decline6") {
  hoplab({"trace", "second", "--lab", lab(), "--cold", "--", "true"});
  run("second", {"rm", "/run/hoplab-client/dhclient6.leases"});
  const std::string taken = "2001:db8:40:1::1006";
  run("printer", {"ip", "-6", "address", "add", taken + "/64", "dev", "eth0", "nodad"});
  const Outcome outcome =
      hoplab({"request", "second", kPrinter, "--lab", lab(), "--format", "json"});
  v1::Journey journey;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &journey).ok());
  const v1::Exchange decline = first(journey, "dhcpv6 decline");
  EXPECT_EQ(decline.status(), v1::Exchange::OK);
  EXPECT_EQ(argument(decline, "fact.dhcpv6_declined", "address"), taken);
  EXPECT_EQ(argument(decline, "fact.dhcpv6_declined", "server"), "dhcp");
  EXPECT_THAT(decisions_at(journey, "dhcp"), Contains("dhcpv6.set_aside"));
  const auto probes = exchanges(journey, "duplicate address detection");
  EXPECT_THAT(probes,
              Contains(testing::ResultOf(
                  [](const v1::Exchange& e) { return facts(e, "fact.dad_taken").size(); }, 1U)));
  const auto talks = exchanges(journey, "dhcpv6");
  ASSERT_EQ(talks.size(), 2U);
  EXPECT_EQ(argument(talks[0], "fact.dhcpv6_lease", "address"), taken);
  EXPECT_EQ(argument(talks[1], "fact.dhcpv6_lease", "address"), "2001:db8:40:1::1007");
  EXPECT_LT(talks[0].start_ns(), decline.start_ns());
  EXPECT_LT(decline.start_ns(), talks[1].start_ns());
  EXPECT_EQ(address_of(run("second", {"ip", "-6", "-br", "address", "show", "eth0"})),
            "2001:db8:40:1::1007");
  // Kea's lease file: …,state,…; 1 is declined.
  EXPECT_THAT(run("dhcp", {"grep", "^" + taken, "/run/role/kea/leases6.csv"}), HasSubstr(",1,"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  run("printer", {"ip", "-6", "address", "del", taken + "/64", "dev", "eth0"});
}

using TwoServers6 = Lesson<"two-servers6">;

SHOWS(TwoServers6, ThePreferredServerIsTakenAndTheOtherDropsTheRequest, "two-servers6") {
  const v1::Journey journey = request(lab(), "laptop", "http://[2001:db8:40:1::80]/");
  const v1::Exchange talk = only(journey, "dhcpv6");
  EXPECT_THAT(facts(talk, "fact.dhcpv6_advertised"),
              testing::UnorderedElementsAre(AllOf(HasSubstr("preference=10 server=dhcp-a"),
                                                  StartsWith("address=2001:db8:40:1::10")),
                                            AllOf(HasSubstr("preference=200 server=dhcp-b"),
                                                  StartsWith("address=2001:db8:40:1::20"))));
  EXPECT_EQ(argument(talk, "fact.dhcpv6_preferred", "server"), "dhcp-b");
  EXPECT_EQ(facts(talk, "fact.dhcpv6_collected").size(), 1U);
  EXPECT_EQ(argument(talk, "fact.dhcpv6_not_taken", "server"), "dhcp-a");
  EXPECT_EQ(talk.server(), "dhcp-b");
  EXPECT_THAT(decisions_at(journey, "dhcp-a"), Contains("dhcpv6.not_chosen"));
  EXPECT_THAT(decisions_at(journey, "dhcp-b"), Not(Contains("dhcpv6.not_chosen")));
  EXPECT_THAT(run("dhcp-a", {"cat", "/run/role/kea/leases6.csv"}), Not(HasSubstr("2001:db8")));
  EXPECT_THAT(run("dhcp-b", {"cat", "/run/role/kea/leases6.csv"}),
              HasSubstr(argument(talk, "fact.dhcpv6_lease", "address")));
}

using Dhcpv6Relay = Lesson<"dhcpv6-relay">;

SHOWS(Dhcpv6Relay, TheRouterWrapsEachMessageAndUnwrapsTheAnswer, "relay6") {
  const v1::Journey journey = request(lab(), "far", "http://[2001:db8:40:2::80]/");
  const v1::Exchange talk = only(journey, "dhcpv6");
  EXPECT_EQ(talk.trips_size(), 8);
  EXPECT_EQ(talk.server(), "dhcp");
  const std::string local = link_local(run("far", {"ip", "-6", "-br", "address", "show", "eth0"}));
  EXPECT_THAT(
      packets(journey, talk),
      AllOf(Contains("far " + local + ":546 > ff02::1:2:547"),
            Contains("r 2001:db8:40:2::1:547 > 2001:db8:40:2::3:547"),
            Contains("dhcp 2001:db8:40:2::3:547 > 2001:db8:40:2::1:547"),
            Contains(AllOf(StartsWith("r fe80::"), HasSubstr(":547 > " + local + ":546")))));
  EXPECT_THAT(facts(talk, "fact.dhcpv6_relayed"), ElementsAre("relay=r server=dhcp"));
  EXPECT_THAT(facts(talk, "fact.dhcpv6_relay_link"),
              ElementsAre("hops=0 link=2001:db8:40:1::1 peer=" + local));
  EXPECT_THAT(argument(talk, "fact.dhcpv6_interface_id", "id"), StartsWith("0x"));
  EXPECT_THAT(argument(talk, "fact.dhcpv6_lease", "address"), StartsWith("2001:db8:40:1::1"));
  EXPECT_THAT(decisions_at(journey, "r"),
              AllOf(Contains("dhcpv6.relay_wraps"), Contains("dhcpv6.relay_unwraps")));
  EXPECT_THAT(decisions_at(journey, "dhcp"),
              AllOf(Contains("dhcpv6.advertised"), Contains("dhcpv6.lent")));
  EXPECT_EQ(facts(only(journey, "router advertisement"), "fact.ra_managed").size(), 1U);
  EXPECT_EQ(facts(talk, "fact.dhcpv6_wait").size(), 1U);
  // Without the relay no message comes through.
  ASSERT_EQ(
      hoplab({"fault", "add", "daemon-kill", "r", "daemon=dhcrelay6", "--lab", lab()}).exit_code,
      0);
  const Outcome cut = hoplab({"request", "far", "http://[2001:db8:40:2::80]/", "--cold", "--lab",
                              lab(), "--format", "json"});
  EXPECT_EQ(cut.exit_code, 1);
  v1::Journey without;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(cut.out, &without).ok());
  EXPECT_EQ(first(without, "dhcpv6").status(), v1::Exchange::FAILED);
  EXPECT_EQ(hoplab({"fault", "clear", "--all", "--lab", lab()}).exit_code, 0);
}

SHOWS(Dhcpv6Relay, NearTheServerNobodyRelays, "relay6") {
  const v1::Exchange talk = only(request(lab(), "near", "http://[2001:db8:40:2::80]/"), "dhcpv6");
  EXPECT_EQ(talk.trips_size(), 4);
  EXPECT_TRUE(facts(talk, "fact.dhcpv6_relayed").empty());
  EXPECT_THAT(argument(talk, "fact.dhcpv6_lease", "address"), StartsWith("2001:db8:40:2::1"));
}

}  // namespace
}  // namespace hoplab::test
