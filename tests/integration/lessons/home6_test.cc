// IPv6 behind a home gateway: delegated, advertised, forwarded as it is, and filtered.
#include "tests/integration/lessons/address_talk.h"
#include "tests/integration/lessons/said.h"
#include "tests/integration/lessons/told.h"

namespace hoplab::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPage = "http://www.example.test/";
constexpr const char* kWeb6 = "2001:db8:50:1::80";
constexpr const char* kNas6 = "2001:db8:64:100::10";
constexpr const char* kSite = "2001:db8:64:100::/56";
constexpr const char* kGatewayOutside = "2001:db8:64:1::2";

class Home6 : public Lesson<"home-ipv6"> {
 protected:
  // Of the laptop's interface: what begins so.
  static std::string own(const std::string& beginning) {
    const std::string shown = run("laptop", {"ip", "-6", "-br", "address", "show", "eth0"});
    const size_t begin = shown.find(beginning);
    if (begin == std::string::npos) return "none";
    return shown.substr(begin, shown.find('/', begin) - begin);
  }
  static std::string first_culprit(const v1::Journey& journey) {
    return journey.verdict().culprits_size() == 0 ? "nobody" : journey.verdict().culprits(0).node();
  }
  static std::string first_cause(const v1::Journey& journey) {
    return journey.verdict().culprits_size() == 0 ? "none"
                                                  : journey.verdict().culprits(0).cause().key();
  }
  // Sources of the packets that left a node by an interface.
  static std::vector<std::string> sources(const v1::Journey& journey, const std::string& node,
                                          const std::string& interface) {
    std::vector<std::string> all;
    for (const auto& trip : journey.trips()) {
      for (const auto& hop : trip.hops()) {
        if (hop.node() == node && hop.out_interface() == interface) {
          all.push_back(hop.out_headers().source());
        }
      }
    }
    return all;
  }
  // The request of a client that may fail.
  static v1::Journey asked(const std::string& url) {
    const Outcome outcome =
        hoplab({"request", "laptop", url, "--cold", "--lab", lab(), "--format", "json"});
    v1::Journey journey;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &journey).ok())
        << outcome.err;
    EXPECT_EQ(journey.completeness().left_over(), 0U) << journey.completeness().DebugString();
    return journey;
  }
};

SHOWS(Home6, TheGatewayAdvertisesAPartOfTheIspsPrefix, "ipv6-gateway", "slaac") {
  const v1::Journey journey = request(lab(), "laptop", kPage);
  const v1::Exchange found = only(journey, "router advertisement");
  EXPECT_EQ(found.server(), "home-gw");
  EXPECT_THAT(facts(found, "fact.ra_prefix_autonomous"),
              ElementsAre("preferred=14400 prefix=2001:db8:64:100::/64 valid=86400"));
  EXPECT_EQ(argument(found, "fact.ra_name_servers", "servers"), "2001:db8:64:100::1");
  const std::string address = own("2001:db8:64:100:");
  EXPECT_EQ(argument(found, "fact.slaac", "address"), address);
  EXPECT_EQ(journey.result().local_address(), address);
  EXPECT_THAT(told(journey, "fact.family_first", "laptop", "", "version"), ElementsAre("IPv6"));
  EXPECT_THAT(run("laptop", {"cat", "/etc/resolv.conf"}),
              HasSubstr("nameserver 2001:db8:64:100::1\n"));
  EXPECT_THAT(run("laptop", {"dig", "+short", "@2001:db8:64:100::1", "www.example.test", "AAAA"}),
              HasSubstr(kWeb6))
      << "the gateway's cache answers over IPv6 too";
}

SHOWS(Home6, Ipv4IsTranslatedAndIpv6IsNot, "ipv6-gateway", "dual-stack") {
  const std::string address = own("2001:db8:64:100:");
  const v1::Journey six = trace("laptop", {"curl", "-6", "-s", "-o", "/dev/null", kPage});
  EXPECT_EQ(six.completeness().left_over(), 0U);
  EXPECT_THAT(sources(six, "home-gw", "wan"), Contains(address));
  EXPECT_THAT(said_at(six, "home-gw"),
              AllOf(Contains("gateway.kept address=" + address),
                    Contains(AllOf(StartsWith("filter.begun destination=[" + std::string(kWeb6)),
                                   HasSubstr(address))),
                    Contains(AllOf(StartsWith("filter.established chain=ip6 hoplab through_me"),
                                   HasSubstr("ct state established,related")))));
  const v1::Journey four = trace("laptop", {"curl", "-4", "-s", "-o", "/dev/null", kPage});
  EXPECT_THAT(sources(four, "home-gw", "wan"), Not(Contains(StartsWith("192.168."))));
  EXPECT_THAT(said_at(four, "home-gw"), AllOf(Contains(StartsWith("nat.source")),
                                              Not(Contains(StartsWith("gateway.kept 192")))));
}

SHOWS(Home6, TheIspRoutesThePartToTheGateway, "ipv6-gateway") {
  EXPECT_THAT(run("isp-edge", {"ip", "-6", "route", "show", kSite}),
              HasSubstr(std::string("via ") + kGatewayOutside));
  EXPECT_THAT(run("isp-border", {"ip", "-6", "route", "show", kSite}), HasSubstr("proto ospf"));
  EXPECT_THAT(run("hosting-router", {"ip", "-6", "route"}),
              AllOf(HasSubstr("2001:db8:64::/48"), Not(HasSubstr(kSite))))
      << "the Internet knows the whole only";
  // What of it has no LAN goes nowhere, and not back to the ISP.
  const v1::Journey journey =
      trace("visitor", {"ping", "-6", "-c", "1", "-W", "1", "2001:db8:64:1ff::1"});
  EXPECT_TRUE(visits(journey, "home-gw"));
  EXPECT_EQ(first_culprit(journey), "home-gw") << explain(journey);
}

SHOWS(Home6, NobodyOutsideBeginsAConnection, "ipv6-gateway") {
  const v1::Journey closed =
      trace("visitor", {"curl", "-6", "-s", "-m", "2", std::string("http://[") + kNas6 + "]/"});
  EXPECT_EQ(closed.completeness().left_over(), 0U);
  EXPECT_EQ(first_culprit(closed), "home-gw") << explain(closed);
  EXPECT_THAT(said_at(closed, "home-gw"),
              Contains(AllOf(StartsWith("filter.stranger destination=" + std::string(kNas6)))));
  const v1::Journey echo = trace("visitor", {"ping", "-6", "-c", "1", kNas6});
  EXPECT_TRUE(visits(echo, "nas"));
  EXPECT_THAT(said_at(echo, "home-gw"),
              Contains(AllOf(StartsWith("filter.passed"), HasSubstr("echo-request"))));
  EXPECT_THAT(run("visitor", {"dig", "+short", "+time=1", "+tries=1", "@2001:db8:64:1::2", "x."}),
              Not(HasSubstr("203.0")))
      << "the gateway's cache is for the LAN";
}

SHOWS(Home6, WithoutAdvertisementsThereIsNoAddress, "ipv6-gateway") {
  hoplab({"fault", "add", "daemon-kill", "home-gw", "daemon=radvd", "--for", "2m", "--lab", lab()});
  const v1::Journey journey = asked(std::string("http://[") + kWeb6 + "]/");
  EXPECT_EQ(first_culprit(journey), "home-gw") << explain(journey);
  EXPECT_EQ(first_cause(journey), "cause.daemon_down") << explain(journey);
  const v1::Journey named = asked(kPage);
  EXPECT_EQ(named.result().http_status(), 200U) << "IPv4 is left";
  EXPECT_THAT(told(named, "fact.family_no_source", "laptop"), testing::SizeIs(1));
  hoplab({"fault", "clear", "--all", "--lab", lab()});
  const v1::Journey mended = request(lab(), "laptop", std::string("http://[") + kWeb6 + "]/");
  EXPECT_EQ(mended.verdict().result(), v1::Verdict::OK);
}

SHOWS(Home6, WithoutTheIspsRouteNoAnswerFindsTheHome, "ipv6-gateway") {
  const auto edge = [](const std::string& command) {
    run("isp-edge",
        {"vtysh", "-c", "configure terminal", "-c", command + " " + kSite + " " + kGatewayOutside});
  };
  edge("no ipv6 route");
  const v1::Journey journey = trace("laptop", {"ping", "-6", "-c", "1", "-W", "1", kWeb6});
  edge("ipv6 route");
  EXPECT_EQ(first_culprit(journey), "isp-edge") << explain(journey);
  EXPECT_EQ(first_cause(journey), "cause.lost_site") << explain(journey);
}

}  // namespace
}  // namespace hoplab::test
