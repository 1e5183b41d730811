// IPv6 beside IPv4: routed by protocols of its own, and chosen by the client.
#include "tests/integration/lessons/lesson.h"
#include "tests/integration/lessons/said.h"
#include "tests/integration/lessons/told.h"

namespace hoplab::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Ipv6 = Lesson<"ipv6">;

SHOWS(Ipv6, OspfInsideAndBgpBetween, "ipv6") {
  const v1::Journey journey = trace("client", {"ping", "-6", "-c", "1", "2001:db8:3:1::80"});
  EXPECT_EQ(journey.completeness().left_over(), 0U);
  for (const char* node : {"w1", "w2", "t", "e1", "e2", "web"}) {
    EXPECT_TRUE(visits(journey, node)) << node;
  }
  EXPECT_THAT(said_at(journey, "w1"),
              Contains(AllOf(StartsWith("route.ibgp as_path=64502 64503"), HasSubstr("peer=w2"),
                             HasSubstr("prefix=2001:db8:3::/48"))));
  EXPECT_THAT(said_at(journey, "t"), Contains(AllOf(StartsWith("route.bgp as_path=64503"),
                                                    HasSubstr("prefix=2001:db8:3::/48"))));
  EXPECT_THAT(said_at(journey, "e1"), Contains(AllOf(StartsWith("route.ospf_intra area=0.0.0.0"),
                                                     HasSubstr("prefix=2001:db8:3:1::/64"))));
}

SHOWS(Ipv6, NeighboursOfOspfMeetAtLinkLocalAddresses, "ipv6") {
  EXPECT_THAT(run("w1", {"ip", "-6", "route", "show", "proto", "ospf"}),
              HasSubstr("2001:db8:1::2 via fe80::"));
  EXPECT_THAT(on_the_wire(lab(), "w1:eth1", "2"),
              Contains(StartsWith("OSPFv3 Hello from 10.1.255.2 area 0.0.0.0")));
  // Nothing but what was asked for: a switch has no IPv6 of its own.
  EXPECT_EQ(run("west-sw", {"cat", "/proc/net/if_inet6"}), "");
}

SHOWS(Ipv6, TheSameRoutersAsOverIpv4, "ipv6") {
  const std::string six = run("client", {"traceroute", "-6", "-n", "2001:db8:3:1::80"});
  size_t at = 0;
  for (const char* hop :
       {" 1  2001:db8:1:1::1 ", " 2  2001:db8:1:2::2 ", " 3  2001:db8:1:3::2 ",
        " 4  2001:db8:2:1::2 ", " 5  2001:db8:3:2::2 ", " 6  2001:db8:3:1::80 "}) {
    at = six.find(hop, at);
    ASSERT_NE(at, std::string::npos) << hop << "in\n" << six;
  }
}

// Hop limit, not TTL; and from which of its addresses the client sends.
SHOWS(Ipv6, InItsOwnWords, "ipv6") {
  const v1::Journey ping = trace("client", {"ping", "-6", "-c", "1", "2001:db8:3:1::80"});
  EXPECT_THAT(said_at(ping, "w1"), Contains("ttl.decremented after=63 before=64 field=hop limit"));
  EXPECT_THAT(told(ping, "source.chosen", "client", "web", "address"),
              ElementsAre("2001:db8:1:1::10"));
  EXPECT_THAT(
      told(ping, "source.candidates", "client", "web", "addresses"),
      ElementsAre(AllOf(HasSubstr("2001:db8:1:1::10 (static)"), HasSubstr("(link-local)"))));
  EXPECT_THAT(told(ping, "source.scope", "client", "web", "winner"),
              ElementsAre("2001:db8:1:1::10"));
  const v1::Journey bound =
      trace("client", {"ping", "-6", "-c", "1", "-t", "2", "2001:db8:3:1::80"});
  EXPECT_THAT(said_at(bound, "w2"), Contains("ttl.expired field=hop limit"));
}

SHOWS(Ipv6, TablesOfBothVersions, "routes-command", "looking-glass") {
  const std::string table = hoplab({"routes", "w1", "2001:db8:3:1::80", "--lab", lab()}).out;
  EXPECT_THAT(table, AllOf(HasSubstr("* 2001:db8:3::/48"), HasSubstr("in 48 bits"),
                           HasSubstr("AS path 64502 64503"), Not(HasSubstr("2001:db8:2::/48"))));
  const std::string all = hoplab({"routes", "w1", "--lab", lab()}).out;
  EXPECT_THAT(all, AllOf(HasSubstr("* 10.3.0.0/16"), HasSubstr("* 2001:db8:1:3::/64"),
                         HasSubstr("inside area 0.0.0.0, cost 20"), Not(HasSubstr("fe80::/64"))));
  EXPECT_THAT(all,
              AllOf(HasSubstr("OSPFv3, inside area 0.0.0.0, cost 20 (RFC 5340, section 4.8.1)"),
                    Not(HasSubstr("area –")), Not(HasSubstr("longest match"))));
  EXPECT_THAT(hoplab({"looking-glass", "w2", "2001:db8:3::/48", "--lab", lab()}).out,
              HasSubstr("AS path 64502 64503"));
}

constexpr const char* kPage = "http://www.dual.test/";
constexpr const char* kWeb4 = "192.0.2.130";
constexpr const char* kWeb6 = "2001:db8:40:2::80";

class DualStack : public Lesson<"dual-stack"> {
 protected:
  static v1::Journey curl(const std::vector<std::string>& options) {
    std::vector<std::string> words = {"curl", "-s", "-o", "/dev/null"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back(kPage);
    return trace("client", words);
  }
  // Whether the client sent to that address of the web server.
  static bool sent_to(const v1::Journey& journey, const std::string& address) {
    return std::ranges::any_of(said_at(journey, "client"), [&](const std::string& line) {
      return line == "route.destination_remote destination=" + address;
    });
  }
  static std::vector<std::string> types_answered(const v1::Journey& journey) {
    return told(journey, "fact.dns_answer", "client", "resolver", "type");
  }
};

SHOWS(DualStack, BothAreAskedForAndIpv6IsTaken, "dual-stack") {
  const v1::Journey journey = curl({});
  EXPECT_EQ(journey.completeness().left_over(), 0U);
  EXPECT_THAT(types_answered(journey), AllOf(Contains("A"), Contains("AAAA")));
  EXPECT_TRUE(sent_to(journey, kWeb6));
  EXPECT_FALSE(sent_to(journey, kWeb4));
  EXPECT_THAT(told(journey, "fact.family_first", "client", "", "version"), ElementsAre("IPv6"));
  EXPECT_TRUE(told(journey, "fact.family_second").empty());
}

SHOWS(DualStack, EitherVersionAlone, "dual-stack") {
  const v1::Journey four = curl({"-4"});
  EXPECT_THAT(types_answered(four), Not(Contains("AAAA")));
  EXPECT_TRUE(sent_to(four, kWeb4));
  const v1::Journey six = curl({"-6"});
  EXPECT_TRUE(sent_to(six, kWeb6));
  EXPECT_FALSE(sent_to(six, kWeb4)) << "though curl asked for A as well";
  for (const char* version : {"-4", "-6"}) {
    EXPECT_EQ(
        run("client", {"curl", version, "-s", "-o", "/dev/null", "-w", "%{http_code}", kPage}),
        "200");
  }
  EXPECT_THAT(run("client", {"dig", "+short", "@2001:db8:40:2::53", "www.dual.test", "AAAA"}),
              HasSubstr(kWeb6))
      << "the resolver answers over IPv6 too";
}

// Port 53 over IPv6, and nothing of it over IPv4.
bool over_ipv6_alone(const v1::Journey& journey) {
  size_t six = 0;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      const v1::Headers& headers = hop.out_headers();
      if (headers.source_port() != 53 && headers.destination_port() != 53) continue;
      if (headers.ether_type() != "IPv6") return false;
      ++six;
    }
  }
  return six > 0;
}

SHOWS(DualStack, TheServersOfAZoneSpeakOverBoth, "dual-stack", "axfr") {
  const v1::Journey whole = trace("names2", {"knotc", "zone-retransfer", "dual.test"});
  EXPECT_THAT(told(whole, "fact.dns_axfr", "names2", "names"), testing::SizeIs(1));
  EXPECT_TRUE(over_ipv6_alone(whole));
  const v1::Journey change = trace("names", {"sh", "-c",
                                             "knotc zone-begin dual.test && "
                                             "knotc zone-set dual.test new 60 A 192.0.2.99 && "
                                             "knotc zone-commit dual.test && sleep 1"});
  EXPECT_THAT(told(change, "fact.dns_notify", "names", "names2", "zone"),
              ElementsAre("dual.test."));
  EXPECT_THAT(told(change, "fact.dns_ixfr", "names2", "names"), testing::SizeIs(1));
  EXPECT_TRUE(over_ipv6_alone(change));
  // And over the other, where there is one that asks by it.
  EXPECT_THAT(run("names", {"grep", "-A1", "id: \"names2\"", "/run/role/knot/knot.conf"}),
              testing::ContainsRegex("address: .2001:db8:40:2::[0-9a-f]*@53, 192.0.2.[0-9]*@53"));
}

// What is sent over IPv6 is lost at the router: after 200 ms curl tries IPv4 beside it (RFC 8305).
SHOWS(DualStack, WithOneBrokenTheOtherIsTried, "dual-stack") {
  run("r", {"ip", "-6", "route", "add", "blackhole", kWeb6});
  const v1::Journey journey = curl({});
  const std::string taken =
      run("client", {"curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{remote_ip}", kPage});
  run("r", {"ip", "-6", "route", "del", "blackhole", kWeb6});
  EXPECT_TRUE(sent_to(journey, kWeb6));
  EXPECT_TRUE(sent_to(journey, kWeb4));
  EXPECT_THAT(told(journey, "fact.family_second", "client", "", "second"), ElementsAre("IPv4"));
  EXPECT_THAT(told(journey, "fact.family_used", "client", "", "address"), ElementsAre(kWeb4));
  EXPECT_EQ(taken, std::string("200 ") + kWeb4);
  EXPECT_FALSE(sent_to(curl({}), kWeb4)) << "mended";
}

}  // namespace
}  // namespace hoplab::test
