#include "agents/router/conditions.h"

#include <gmock/gmock.h>

namespace hoplab::router {
namespace {

constexpr const char* kTable =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t0201000A\t0003\t0\t0\t20\t00000000\t0\t0\t0\n"
    "eth1\t007100CB\t0600000A\t0003\t0\t0\t20\t00FFFFFF\t0\t0\t0\n"
    "*\t000200C0\t00000000\t0001\t0\t0\t20\t00FFFFFF\t0\t0\t0\n"
    "*\t0064A8C0\t00000000\t0201\t0\t0\t20\t00FFFFFF\t0\t0\t0\n";

net::Prefix prefix(const char* text) { return *net::parse_prefix(text); }

TEST(FibTest, ReadsTheKernelsTable) {
  const Fib fib = parse_route_table(kTable);
  EXPECT_EQ(fib, (Fib{{prefix("0.0.0.0/0"), FibKind::kForward},
                      {prefix("203.0.113.0/24"), FibKind::kForward},
                      {prefix("192.0.2.0/24"), FibKind::kReject},
                      {prefix("192.168.100.0/24"), FibKind::kReject}}));
  EXPECT_TRUE(parse_route_table("").empty());
  EXPECT_FALSE(read_fib("/nonexistent"));
}

v1::RouterSpec router() {
  v1::RouterSpec spec;
  auto* ospf = spec.add_ospf();
  ospf->set_interface("eth1");
  ospf->set_neighbor_node("transit2");
  spec.add_ospf()->set_passive(true);
  auto* bgp = spec.add_bgp();
  bgp->set_address("10.0.0.2");
  bgp->set_asn(64510);
  bgp->set_node("isp3");
  return spec;
}

Sessions sessions(const char* bgp_state, const char* ospf_state) {
  Sessions result;
  result.bgp = std::map<std::string, BgpSession>{{"10.0.0.2", {bgp_state, 64510, 1, 1}}};
  result.ospf =
      std::vector<OspfAdjacency>{{"10.255.0.2", "10.0.1.2", "eth1", std::string(ospf_state)}};
  return result;
}

TEST(PrefixConditionsTest, PresentMissingAndDiscarded) {
  v1::RouterSpec spec;
  for (const char* text : {"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"}) {
    spec.add_expected_prefixes(text);
  }
  auto conditions = prefix_conditions(spec, parse_route_table(kTable));
  ASSERT_EQ(conditions.size(), 3U);
  EXPECT_EQ(conditions[0].name(), "prefix 203.0.113.0/24");
  EXPECT_TRUE(conditions[0].ok());
  EXPECT_FALSE(conditions[1].ok());
  EXPECT_EQ(conditions[1].detail(), "no route to 198.51.100.0/24 yet");
  EXPECT_EQ(conditions[1].key(), "condition.no_route_yet");
  EXPECT_EQ(conditions[1].args().at("prefix"), "198.51.100.0/24");
  EXPECT_TRUE(conditions[0].key().empty()) << "nothing is to be said of what is as it should be";
  EXPECT_FALSE(conditions[2].ok());
  EXPECT_EQ(conditions[2].detail(), "the route to 192.0.2.0/24 discards packets");
  EXPECT_FALSE(all_hold(conditions));

  spec.add_announce("192.0.2.0/24");
  EXPECT_TRUE(prefix_conditions(spec, parse_route_table(kTable))[2].ok());
}

TEST(SessionConditionsTest, AllUp) {
  const auto conditions = session_conditions(router(), sessions("Established", "Full"), {});
  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_TRUE(all_hold(conditions));
  EXPECT_EQ(conditions[0].name(), "OSPF with transit2");
  EXPECT_EQ(conditions[1].name(), "BGP with isp3");
}

TEST(SessionConditionsTest, SaysWhatIsAwaited) {
  auto conditions = session_conditions(router(), sessions("Active", "ExStart"), {});
  EXPECT_EQ(conditions[0].detail(), "OSPF with transit2 on eth1: ExStart");
  // As a sentence with its arguments, for reports in any language.
  EXPECT_EQ(conditions[0].key(), "condition.adjacency");
  EXPECT_EQ(conditions[0].args().at("protocol"), "OSPF");
  EXPECT_EQ(conditions[0].args().at("interface"), "eth1");
  EXPECT_EQ(conditions[0].args().at("state"), "ExStart");
  EXPECT_EQ(conditions[1].key(), "condition.session");
  EXPECT_EQ(conditions[1].detail(), "BGP with isp3: Active");

  Sessions silent = sessions("Active", "Full");
  silent.ospf->clear();
  silent.bgp = fail(ErrorKind::kUnavailable, "bgpd is not there");
  conditions = session_conditions(router(), silent, {});
  EXPECT_EQ(conditions[0].detail(), "OSPF with transit2 on eth1: no hello heard");
  EXPECT_EQ(conditions[1].detail(), "BGP with isp3: the daemon does not answer: bgpd is not there");
}

// Established is not done: bgpd tells its table a little later, and a worse path may be there
// before.
TEST(SessionConditionsTest, ASessionIsDoneWhenBothHaveTold) {
  v1::RouterSpec spec = router();
  spec.set_asn(64520);
  const auto key = [&](uint32_t heard, uint32_t told) {
    Sessions now = sessions("Established", "Full");
    now.bgp->at("10.0.0.2") = {"Established", 64510, heard, told};
    return session_conditions(spec, now, {})[1].key();
  };
  EXPECT_EQ(key(1, 0), "") << "it announces nothing";
  EXPECT_EQ(key(0, 0), "condition.session_unheard");
  spec.add_announce("2001:db8::/48");
  EXPECT_EQ(key(1, 0), "") << "nothing of this version";
  spec.add_announce("192.0.2.0/24");
  EXPECT_EQ(key(1, 0), "condition.session_untold");
  EXPECT_EQ(key(1, 1), "");
  spec.set_asn(64510);
  EXPECT_EQ(key(0, 1), "") << "inside of a system not everybody has something to tell";
}

TEST(SessionConditionsTest, AFaultIsNamed) {
  const auto conditions =
      session_conditions(router(), sessions("Idle (Admin)", "Full"), {{"10.0.0.2", "fault f1"}});
  EXPECT_FALSE(conditions[1].ok());
  EXPECT_EQ(conditions[1].detail(), "BGP with isp3: shut down (Idle, Admin)");
}

TEST(ExplainMissingTest, AMissingPrefixNamesTheSessionItWaitsFor) {
  v1::RouterSpec spec = router();
  spec.add_expected_prefixes("198.51.100.0/24");
  auto prefixes = prefix_conditions(spec, {});
  explain_missing(prefixes, session_conditions(spec, sessions("Active", "Full"), {}));
  EXPECT_EQ(prefixes[0].detail(), "no route to 198.51.100.0/24 yet; BGP with isp3: Active");
}

TEST(ConditionsTest, ASilentSessionIsNotSettledALivelyOneIs) {
  using std::chrono::seconds;
  const auto silent = [](int heard, int hold) {
    return silent_sessions(router(),
                           {{"10.0.0.2", {seconds(heard), seconds(hold), seconds(hold / 3)}}});
  };
  EXPECT_TRUE(silent(4, 9).empty()) << "a keepalive may be this late: seconds are cut off";
  const auto found = silent(5, 9);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].ok());
  EXPECT_EQ(found[0].name(), "BGP with isp3");
  EXPECT_EQ(found[0].detail(), "BGP with isp3: silent for 5 s, its hold timer would end it at 9 s");
  EXPECT_TRUE(silent(100, 0).empty()) << "without a hold time nothing ends it";
  EXPECT_TRUE(silent_sessions(router(), {}).empty()) << "not established: told elsewhere";
}

// As the kernel wrote it of a router whose relay listens, and of one without.
TEST(ConditionsTest, ARelayOfDhcpv6IsReadyWithItsPortOpen) {
  v1::RouterSpec router;
  EXPECT_TRUE(relay_conditions(router, "").empty());
  router.mutable_dhcp_relay()->add_client_interfaces6("eth0");
  const std::string heading =
      "  sl  local_address                         remote_address                        st\n";
  const std::string other =
      "  309: 00000000000000000000000000000000:0222 00000000000000000000000000000000:0000 07\n";
  const std::string relay =
      "  310: 00000000000000000000000000000000:0223 00000000000000000000000000000000:0000 07\n";
  EXPECT_FALSE(relay_conditions(router, heading + other).at(0).ok());
  EXPECT_TRUE(relay_conditions(router, heading + other + relay).at(0).ok());
}

}  // namespace
}  // namespace hoplab::router
