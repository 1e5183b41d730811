// A gateway that forwards IPv6: no translation, and what its filter lets pass and why.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/ipv6_builder.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr const char* kClient6 = "2001:db8:1::64";
constexpr const char* kServer6 = "2001:db8:3::80";
constexpr uint8_t kIcmp6 = 58;
constexpr const char* kChain = "ip6 hoplab through_me";

auto has(const char* key) { return Contains(HasKey(std::string(key))); }

class Gateway6Said : public ::testing::Test {
 protected:
  void SetUp() override {
    own("client", 0, kClient6);
    own("gw", 0, "2001:db8:1::1");
    own("gw", 1, "2001:db8:2::2");
    own("r", 0, "2001:db8:2::1");
    own("r", 1, "2001:db8:3::1");
    own("server", 0, kServer6);
    lab.url = "a command";
    rule(1, "accept", "known").add_matches()->set_what("ct state");
    auto& rules = *lab.capture("gw").mutable_after();
    auto& state = *rules.mutable_rules(0)->mutable_matches(1);
    state.add_values("established");
    state.add_values("related");
    auto& icmp = *rule(2, "accept", "errors, echo").add_matches();
    icmp.set_what("icmpv6 type");
    icmp.add_values("packet-too-big");
    icmp.add_values("echo-request");
    auto& out = *rule(3, "drop", "the rest").add_matches();
    out.set_what("oifname");
    out.add_values("lan");
  }
  void own(const std::string& node, int interface, const std::string& text) {
    for (auto& spec : *lab.bundle.mutable_specs()) {
      if (spec.node() == node) spec.mutable_interfaces(interface)->add_addresses(text + "/64");
    }
  }
  v1::NftRule& rule(uint64_t handle, const char* verdict, const char* text) {
    auto& r = *lab.capture("gw").mutable_after()->add_rules();
    r.set_family("ip6");
    r.set_table("hoplab");
    r.set_chain("through_me");
    r.set_hook("forward");
    r.set_handle(handle);
    r.set_verdict(verdict);
    r.set_text(text);
    r.set_matches_complete(true);
    auto& in = *r.add_matches();
    in.set_what("iifname");
    in.add_values("wan");
    return r;
  }
  // The gateway's kernel tracks from now on what that one began.
  void track(const char* source, const char* destination) {
    auto& event = *lab.capture("gw").add_events();
    event.set_time_ns(lab.now);
    event.set_received(true);
    auto& m = *event.mutable_nat()->mutable_mapping();
    m.set_protocol("icmpv6");
    m.set_source(source);
    m.set_destination(destination);
    m.set_reply_source(destination);
    m.set_reply_destination(source);
    for (const auto set :
         {&v1::NatMapping::set_source_port, &v1::NatMapping::set_destination_port,
          &v1::NatMapping::set_reply_source_port, &v1::NatMapping::set_reply_destination_port}) {
      (m.*set)(7);
    }
  }

  static Octets echo(uint8_t type) {
    return number(type, 1) + number(0, 3) + number(7, 2) + number(1, 2) + "payload!";
  }
  void outward(const Octets& segment, const std::string& from = kClient6,
               const std::string& to = kServer6) {
    lab.lan_unicast("client", "gw",
                    ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                             kEtherType, ipv6(from, to, 64, kIcmp6, segment)));
    crossing("gw", "wan", "r", "eth0", ipv6(from, to, 63, kIcmp6, segment));
    crossing("r", "eth1", "server", "eth0", ipv6(from, to, 62, kIcmp6, segment));
  }
  void crossing(const std::string& a, const std::string& ai, const std::string& b,
                const std::string& bi, const Octets& packet) {
    const Octets frame = ethernet(SmallLab::mac(b, bi), SmallLab::mac(a, ai), kEtherType, packet);
    lab.record(a, ai, true, frame);
    lab.now += lab.crossing;
    lab.record(b, bi, false, frame);
  }
  void inward_to_gateway(const std::string& from, const Octets& segment) {
    const bool server = from == kServer6;
    if (server) crossing("server", "eth0", "r", "eth1", ipv6(from, kClient6, 64, kIcmp6, segment));
    crossing("r", "eth0", "gw", "wan", ipv6(from, kClient6, server ? 63 : 64, kIcmp6, segment));
  }
  void inward(const std::string& from, const Octets& segment) {
    inward_to_gateway(from, segment);
    const bool server = from == kServer6;
    lab.lan_unicast("gw", "client",
                    ethernet(SmallLab::mac("client", "eth0"), SmallLab::mac("gw", "lan"),
                             kEtherType, ipv6(from, kClient6, server ? 62 : 63, kIcmp6, segment)));
  }

  // What the gateway's kernel told of the last frame that it took in.
  void tell_drop() {
    auto& capture = lab.capture("gw");
    auto& event = *capture.add_events();
    event.set_daemon("kernel");
    event.set_time_ns(lab.now);
    event.set_received(true);
    event.mutable_drop()->set_interface("wan");
    event.mutable_drop()->set_reason("NETFILTER_DROP");
    event.mutable_drop()->set_location("nf_hook_slow");
    event.mutable_drop()->set_ether_type(kEtherType);
    event.mutable_drop()->set_packet(
        capture.frames(capture.frames_size() - 1).data().substr(14, 160));
    lab.bundle.mutable_drops()->set_watched(true);
    give_time(lab);
  }

  SmallLab lab;
};

TEST_F(Gateway6Said, AConnectionBeginsInsideAndItsAnswersComeIn) {
  outward(echo(128));
  track(kClient6, kServer6);
  lab.now += 100'000;
  inward(kServer6, echo(129));
  const v1::Journey j = whole(lab, 0, 0);
  EXPECT_THAT(
      told_at(j, "gw"),
      AllOf(Contains(says("gateway.kept", {{"address", kClient6}})),
            Contains(says("filter.begun", {{"source", std::string("[") + kClient6 + "]:7"},
                                           {"destination", std::string("[") + kServer6 + "]:7"}})),
            Not(has("filter.established"))));
  EXPECT_THAT(told_at(j, "gw", "server"),
              AllOf(Contains(says("gateway.kept", {{"address", kServer6}})),
                    Contains(says("filter.established",
                                  {{"rule", "known"}, {"chain", kChain}, {"handle", "1"}})),
                    Not(has("filter.begun"))));
  EXPECT_THAT(told_at(j, "r"), Not(has("gateway.kept")));
}

TEST_F(Gateway6Said, EchoFromOutsidePassesByARuleOfItsOwn) {
  inward(kServer6, echo(128));
  track(kServer6, kClient6);
  EXPECT_THAT(told_at(whole(lab, 0, 0), "gw", "server"),
              AllOf(Contains(says("filter.passed",
                                  {{"rule", "errors, echo"}, {"chain", kChain}, {"handle", "2"}})),
                    Not(has("filter.established")), Not(has("filter.begun"))));
}

TEST_F(Gateway6Said, AnErrorAboutAKnownConnectionIsRelated) {
  outward(echo(128));
  track(kClient6, kServer6);
  lab.now += 100'000;
  const Octets quoted = ipv6(kClient6, kServer6, 63, kIcmp6, echo(128));
  inward("2001:db8:2::1", number(2, 1) + number(0, 3) + number(1280, 4) + quoted);
  EXPECT_THAT(
      told_at(whole(lab, 0, 0), "gw", "r"),
      Contains(says("filter.related", {{"rule", "known"}, {"chain", kChain}, {"handle", "1"}})));
}

// What cannot be judged is not told; nor is what connection tracking did not tell of.
TEST_F(Gateway6Said, WhatIsNotKnownIsNotSaid) {
  inward(kServer6, echo(129));
  EXPECT_THAT(told_at(whole(lab, 0, 0), "gw", "server"),
              AllOf(has("gateway.kept"), Not(has("filter.established")), Not(has("filter.begun")),
                    Not(has("filter.passed"))));
}

TEST_F(Gateway6Said, ARuleThatCannotBeJudgedHidesThoseAfterIt) {
  auto* first = lab.capture("gw").mutable_after()->mutable_rules(0);
  first->mutable_matches(1)->set_what("meta mark");
  inward(kServer6, echo(128));
  track(kServer6, kClient6);
  EXPECT_THAT(told_at(whole(lab, 0, 0), "gw", "server"),
              AllOf(has("gateway.kept"), Not(has("filter.passed"))));
}

TEST_F(Gateway6Said, AStrangerIsNotLetIn) {
  inward_to_gateway(kServer6, echo(127));
  tell_drop();
  EXPECT_THAT(told_at(whole(lab, 0, 0), "gw", "server"),
              Contains(says("filter.stranger", {{"source", kServer6}, {"destination", kClient6}})));
}

// A rule of the input hook fits, and this packet never came there.
TEST_F(Gateway6Said, WhatWasForwardedMetNoRuleForTheGatewayItself) {
  v1::NftRule& input = rule(4, "drop", "for the gateway");
  input.set_chain("to_me");
  input.set_hook("input");
  inward_to_gateway(kServer6, echo(127));
  tell_drop();
  const v1::Journey j = whole(lab, 0, 0);
  EXPECT_THAT(told_at(j, "gw", "server"),
              AllOf(Not(Contains(says("rule.matches", {{"rule", "for the gateway"},
                                                       {"chain", "ip6 hoplab to_me"},
                                                       {"handle", "4"}}))),
                    has("filter.stranger")));
}

// The router has no route any more to the site that is behind the gateway.
TEST_F(Gateway6Said, ALostWayToASiteIsTheDoingOfWhoShouldHaveIt) {
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() != "r") continue;
    auto& wanted = *spec.mutable_router()->add_static_routes();
    wanted.set_prefix("2001:db8:1::/64");
    wanted.set_via("2001:db8:2::2");
  }
  outward(echo(128));
  lab.now += 100'000;
  crossing("server", "eth0", "r", "eth1", ipv6(kServer6, kClient6, 64, kIcmp6, echo(129)));
  auto& after = *lab.capture("r").mutable_after();
  auto& route = *after.add_routes();
  route.set_prefix("2001:db8:3::/64");
  route.set_protocol("kernel");
  route.add_next_hops()->set_interface("eth1");
  auto& condition = *after.mutable_health()->add_conditions();
  condition.set_name("prefix 2001:db8:1::/64");
  condition.set_detail("no route to 2001:db8:1::/64 yet");
  give_time(lab);
  const v1::Journey j = whole(lab, 1, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "r");
  EXPECT_THAT(
      culprit.cause(),
      says("cause.lost_site", {{"node", "r"}, {"prefix", "2001:db8:1::/64"}, {"gateway", "gw"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.lost_site", {{"prefix", "2001:db8:1::/64"},
                                                                    {"via", "2001:db8:2::2"}})));
}

}  // namespace
}  // namespace hoplab::journey::testing
