// Addresses of IPv6: those that hosts find themselves, and those that a server gives.
#include "tests/integration/lessons/address_talk.h"

namespace hoplab::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kWeb = "http://[2001:db8:40:1::80]/";

// The half that a host makes of its MAC: "79:43ff:fe62:5f83" of "fe80::79:43ff:fe62:5f83".
std::string own_half(const std::string& address) { return address.substr(address.find("::") + 2); }

using Slaac = Lesson<"slaac">;

SHOWS(Slaac, TheRoutersPrefixAndTheMacMakeTheAddress, "slaac") {
  const v1::Journey journey = request(lab(), "laptop", kWeb);
  const std::string shown = run("laptop", {"ip", "-6", "-br", "address", "show", "eth0"});
  const std::string local = link_local(shown);
  const std::string address = "2001:db8:40:1:" + own_half(local);
  EXPECT_THAT(shown, HasSubstr(address + "/64"));
  const std::string router =
      link_local(run("gate", {"ip", "-6", "-br", "address", "show", "eth0"}));

  // First its own link-local address is made sure of, then a router found, then the result checked.
  const auto probes = exchanges(journey, "duplicate address detection");
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(argument(probes[0], "fact.dad_free", "address"), local);
  EXPECT_EQ(argument(probes[1], "fact.dad_free", "address"), address);
  EXPECT_EQ(facts(probes[1], "fact.eui64").size(), 1U);
  EXPECT_THAT(packets(journey, probes[0]), ElementsAre(StartsWith("laptop :::0 > ff02::1:ff")));
  const v1::Exchange found = only(journey, "router advertisement");
  EXPECT_THAT(packets(journey, found), ElementsAre("laptop " + local + ":0 > ff02::2:0",
                                                   "gate " + router + ":0 > ff02::1:0"));
  EXPECT_LT(probes[0].start_ns(), found.start_ns());
  EXPECT_LT(probes[0].start_ns(), probes[1].start_ns());
  EXPECT_THAT(facts(found, "fact.ra_prefix_autonomous"),
              ElementsAre("preferred=14400 prefix=2001:db8:40:1::/64 valid=86400"));
  EXPECT_EQ(argument(found, "fact.slaac", "address"), address);
  EXPECT_EQ(argument(found, "fact.ra_way_out", "address"), router);
  EXPECT_EQ(argument(found, "fact.ra_name_servers", "servers"), "2001:db8:40:1::53");
  EXPECT_THAT(decisions_at(journey, "gate"), Contains("ra.answers"));
  EXPECT_THAT(exchanges(journey, "dhcpv6"), testing::IsEmpty());

  EXPECT_THAT(run("laptop", {"ip", "-6", "route"}), HasSubstr("default via " + router));
  EXPECT_THAT(run("laptop", {"cat", "/etc/resolv.conf"}),
              HasSubstr("nameserver 2001:db8:40:1::53\n"));
  EXPECT_EQ(journey.result().local_address(), address);

  // Nobody has what is asked for: the question is of nobody there, not of an unknown end.
  for (const auto& trip : journey.trips()) {
    if (trip.summary().key() == "trip.dad") {
      EXPECT_EQ(trip.outcome(), v1::Trip::UNHEARD);
    }
  }
  const v1::Exchange connected = only(journey, "tcp handshake");
  EXPECT_THAT(argument(connected, "source.candidates", "addresses"),
              AllOf(HasSubstr(address + " (SLAAC)"), HasSubstr(local + " (link-local)")));
  EXPECT_EQ(argument(connected, "source.scope", "loser"), local);
  EXPECT_EQ(argument(connected, "source.chosen", "address"), address);
}

SHOWS(Slaac, WhoHasAnAddressOfItsOwnAsksNobody, "slaac") {
  const v1::Journey journey = request(lab(), "desk", kWeb);
  EXPECT_THAT(exchanges(journey, "router advertisement"), testing::IsEmpty());
  EXPECT_THAT(exchanges(journey, "duplicate address detection"), testing::IsEmpty());
  EXPECT_EQ(journey.result().local_address(), "2001:db8:40:1::20");
}

SHOWS(Slaac, AnAddressThatAnotherHasIsNotUsed, "slaac") {
  const std::string address =
      "2001:db8:40:1:" +
      own_half(link_local(run("laptop", {"ip", "-6", "-br", "address", "show", "eth0"})));
  run("desk", {"ip", "-6", "address", "add", address + "/64", "dev", "eth0", "nodad"});
  const Outcome outcome =
      hoplab({"request", "laptop", kWeb, "--cold", "--lab", lab(), "--format", "json"});
  v1::Journey journey;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &journey).ok());
  // That of the link-local address and that of this one, whichever the kernel made first.
  auto probes = exchanges(journey, "duplicate address detection");
  ASSERT_GE(probes.size(), 2U);
  std::ranges::stable_sort(
      probes, {}, [](const v1::Exchange& e) { return e.status() == v1::Exchange::FAILED; });
  EXPECT_EQ(probes.front().status(), v1::Exchange::OK);
  EXPECT_EQ(probes.back().status(), v1::Exchange::FAILED);
  EXPECT_EQ(argument(probes.back(), "fact.dad_taken", "node"), "desk");
  EXPECT_THAT(run("laptop", {"ip", "-6", "address", "show", "eth0"}), Not(HasSubstr(address)));
  run("desk", {"ip", "-6", "address", "del", address + "/64", "dev", "eth0"});
}

using Dhcpv6 = Lesson<"dhcpv6">;

SHOWS(Dhcpv6, FourMessagesGiveTheAddressAndTheRouterTheWayOut, "dhcpv6") {
  const v1::Journey journey = request(lab(), "laptop", kWeb);
  const std::string local =
      link_local(run("laptop", {"ip", "-6", "-br", "address", "show", "eth0"}));
  const std::string server =
      link_local(run("dhcp", {"ip", "-6", "-br", "address", "show", "eth0"}));
  const v1::Exchange found = only(journey, "router advertisement");
  EXPECT_EQ(facts(found, "fact.ra_managed").size(), 1U);
  EXPECT_EQ(facts(found, "fact.ra_prefix_managed").size(), 1U);
  EXPECT_TRUE(facts(found, "fact.slaac").empty());

  const v1::Exchange talk = only(journey, "dhcpv6");
  EXPECT_THAT(packets(journey, talk), ElementsAre("laptop " + local + ":546 > ff02::1:2:547",
                                                  "dhcp " + server + ":547 > " + local + ":546",
                                                  "laptop " + local + ":546 > ff02::1:2:547",
                                                  "dhcp " + server + ":547 > " + local + ":546"));
  const std::string address = argument(talk, "fact.dhcpv6_lease", "address");
  EXPECT_THAT(address, StartsWith("2001:db8:40:1::1"));
  EXPECT_EQ(argument(talk, "fact.dhcpv6_advertised", "preference"), "255");
  EXPECT_THAT(argument(talk, "fact.dhcpv6_duid", "duid"), HasSubstr("(DUID-LL)"));
  EXPECT_THAT(facts(talk, "fact.dhcpv6_timers"), ElementsAre("rebind=20 renew=6"));
  EXPECT_THAT(facts(talk, "fact.dhcpv6_options"),
              ElementsAre("name_servers=2001:db8:40:1::53 search=lan.test"));
  EXPECT_THAT(decisions_at(journey, "dhcp"),
              AllOf(Contains("dhcpv6.advertised"), Contains("dhcpv6.lent")));
  // Before it is used, others are asked for it.
  const auto probes = exchanges(journey, "duplicate address detection");
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(argument(probes[1], "fact.dad_free", "address"), address);

  EXPECT_THAT(run("laptop", {"ip", "-6", "-br", "address", "show", "eth0"}),
              HasSubstr(address + "/128"));
  EXPECT_THAT(run("laptop", {"ip", "-6", "route"}), HasSubstr("default via fe80::"));
  EXPECT_THAT(run("laptop", {"cat", "/etc/resolv.conf"}),
              HasSubstr("nameserver 2001:db8:40:1::53\n"));
  EXPECT_THAT(run("dhcp", {"cat", "/run/role/kea/leases6.csv"}),
              HasSubstr("\n" + address + ",00:03:00:01:02:"));
  EXPECT_EQ(journey.result().local_address(), address);
}

SHOWS(Dhcpv6, AtT1TheServerIsAskedToGoOn, "dhcpv6") {
  const v1::Journey journey = trace("laptop", {"sleep", "8"});
  const v1::Exchange renewal = first(journey, "dhcpv6 renewal");
  EXPECT_EQ(renewal.status(), v1::Exchange::OK);
  EXPECT_EQ(argument(renewal, "fact.dhcpv6_renewing", "server"), "dhcp");
  EXPECT_THAT(decisions_at(journey, "dhcp"), Contains("dhcpv6.lent"));
  EXPECT_THAT(exchanges(journey, "dhcpv6"), testing::IsEmpty());
}

}  // namespace
}  // namespace hoplab::test
