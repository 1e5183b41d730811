// What a hop is explained by: the tables as they were when it happened, and the kernel's own
// reason.
#include <gtest/gtest.h>

#include "controller/journey/decisions/evidence.h"
#include "controller/journey/decisions/tables.h"
#include "controller/journey/engine.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey::testing {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

Transport udp(uint16_t from, uint16_t to) {
  return {.source_port = from, .destination_port = to, .options = {}, .payload = "hello"};
}

v1::Journey journey_of(SmallLab& lab) {
  lab.bundle.set_ended_ns(lab.now + kSecond);
  return build(lab.bundle);
}

// Keys said by the hops of a node, one list a trip from the client.
std::vector<std::vector<std::string>> said_at(const v1::Journey& journey, const std::string& node,
                                              const std::string& origin = "client") {
  std::vector<std::vector<std::string>> all;
  for (const auto& trip : journey.trips()) {
    if (trip.origin() != origin) continue;
    auto& keys = all.emplace_back();
    for (const auto& hop : trip.hops()) {
      if (hop.node() != node) continue;
      for (const auto& e : hop.decisions()) {
        for (const auto* f : {&e.check(), &e.result(), &e.consequence()}) {
          if (!f->key().empty()) keys.push_back(f->key());
        }
      }
    }
  }
  return all;
}

bool has(const std::vector<std::string>& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

v1::DaemonEvent& event(SmallLab& lab, const std::string& node, int64_t time) {
  auto& e = *lab.capture(node).add_events();
  e.set_daemon("kernel");
  e.set_time_ns(time);
  e.set_received(true);
  return e;
}

// BGP before, OSPF from the middle on: each packet by the entry of its time.
TEST(AsOfTime, ARouteThatChangesInTheMiddle) {
  SmallLab lab;
  auto& r = lab.capture("r");
  *r.mutable_before() = r.after();
  auto& after = *r.mutable_after()->mutable_routes(0);
  after.set_protocol("ospf");
  after.clear_as_path();
  lab.outward("server", kServer, udp(1111, 9));
  lab.now += kSecond;
  auto& changed = *event(lab, "r", lab.now).mutable_route();
  changed.set_added(true);
  changed.set_replaces(true);
  *changed.mutable_route() = after;
  lab.now += kSecond;
  lab.outward("server", kServer, udp(1112, 9));
  const auto said = said_at(journey_of(lab), "r");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(has(said[0], "route.bgp")) << ::testing::PrintToString(said[0]);
  EXPECT_FALSE(has(said[0], "route.ospf"));
  EXPECT_TRUE(has(said[1], "route.ospf")) << ::testing::PrintToString(said[1]);
  EXPECT_FALSE(has(said[1], "route.bgp"));
}

TEST(AsOfTime, ARouteThatWentIsMissedFromThenOn) {
  SmallLab lab;
  auto& r = lab.capture("r");
  *r.mutable_before() = r.after();
  const v1::Route route = r.before().routes(0);
  auto& gone = *event(lab, "r", 5 * kSecond).mutable_route();
  *gone.mutable_route() = route;
  auto& back = *event(lab, "r", 9 * kSecond).mutable_route();
  back.set_added(true);
  *back.mutable_route() = route;
  const Lab known(lab.bundle);
  const Tables tables(known, known.node("r"));
  EXPECT_NE(tables.route(net::Ipv4{kServer}, 4 * kSecond, {}), nullptr);
  EXPECT_EQ(tables.route(net::Ipv4{kServer}, 6 * kSecond, {}), nullptr);
  EXPECT_NE(tables.route(net::Ipv4{kServer}, 10 * kSecond, {}), nullptr);
  EXPECT_TRUE(tables.lacks_route(net::Ipv4{kServer}));
  // A notice comes late: what was seen to leave just before it is explained by the entry told of.
  EXPECT_NE(tables.route(net::Ipv4{kServer}, 9 * kSecond - 1'000'000, {"eth1"}), nullptr);
  // What only the daemon knows is added to what the kernel told.
  EXPECT_EQ(tables.route(net::Ipv4{kServer}, 10 * kSecond, {})->as_path_size(), 2);
}

TEST(AsOfTime, AnInterfaceThatGoesDownTakesItsRoutes) {
  SmallLab lab;
  auto& r = lab.capture("r");
  *r.mutable_before() = r.after();
  event(lab, "r", 5 * kSecond).mutable_link()->set_interface("eth1");
  const Lab known(lab.bundle);
  const Tables tables(known, known.node("r"));
  EXPECT_NE(tables.route(net::Ipv4{kServer}, 4 * kSecond, {}), nullptr);
  // The snapshot after still has it here, so something can be found; but not as of then.
  EXPECT_TRUE(tables.lacks_route(net::Ipv4{kServer}));
}

v1::NatMapping mapping() {
  v1::NatMapping m;
  m.set_protocol("udp");
  m.set_source("192.168.10.100");
  m.set_source_port(1111);
  m.set_destination("203.0.113.10");
  m.set_destination_port(9);
  m.set_reply_source("203.0.113.10");
  m.set_reply_source_port(9);
  m.set_reply_destination("100.64.1.2");
  m.set_reply_destination_port(2111);
  return m;
}

// Neither snapshot has it.
TEST(AsOfTime, ANatEntryMadeByThePacketAndGoneAfterwards) {
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  *event(lab, "gw", lab.now).mutable_nat()->mutable_mapping() = mapping();
  lab.now += kSecond;
  lab.outward("server", kServer, udp(1111, 9));
  auto& gone = *event(lab, "gw", lab.now + kSecond / 2).mutable_nat();
  gone.set_removed(true);
  *gone.mutable_mapping() = mapping();
  const auto said = said_at(journey_of(lab), "gw");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(has(said[0], "nat.new")) << ::testing::PrintToString(said[0]);
  EXPECT_TRUE(has(said[1], "nat.reply")) << ::testing::PrintToString(said[1]);
  EXPECT_FALSE(has(said[1], "nat.new"));
}

// What the kernel of `node` said of the last frame it took in.
v1::DropEvent& drop_last(SmallLab& lab, const std::string& node, const std::string& reason) {
  const auto& capture = lab.capture(node);
  const std::string head = capture.frames(capture.frames_size() - 1).data().substr(14, 160);
  auto& e = event(lab, node, lab.now);
  auto& drop = *e.mutable_drop();
  drop.set_reason(reason);
  drop.set_location("somewhere");
  drop.set_ether_type(0x0800);
  drop.set_packet(head);
  return drop;
}

const v1::Trip& first_trip(const v1::Journey& journey) {
  EXPECT_FALSE(journey.trips().empty());
  return journey.trips(0);
}

TEST(DropReason, AFirewallAtTheDestinationLosesThePacket) {
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  drop_last(lab, "server", "NETFILTER_DROP");
  const v1::Journey j = journey_of(lab);
  EXPECT_EQ(first_trip(j).outcome(), v1::Trip::LOST);
  EXPECT_TRUE(has(said_at(j, "server")[0], "drop.firewall"));
}

TEST(DropReason, AClosedPortIsToldAndThePacketArrivedAllTheSame) {
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  drop_last(lab, "server", "NO_SOCKET");
  const v1::Journey j = journey_of(lab);
  EXPECT_EQ(first_trip(j).outcome(), v1::Trip::DELIVERED);
  EXPECT_TRUE(has(said_at(j, "server")[0], "drop.no_socket"));
}

TEST(DropReason, OfAnotherPacketItSaysNothing) {
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  auto& drop = drop_last(lab, "server", "NETFILTER_DROP");
  (*drop.mutable_packet())[5] = static_cast<char>((*drop.mutable_packet())[5] + 1);  // IP ID
  const v1::Journey j = journey_of(lab);
  EXPECT_EQ(first_trip(j).outcome(), v1::Trip::DELIVERED);
}

// Forwarding has lowered the TTL and NAT has been undone on one side by the time of a drop.
TEST(DropReason, ThePacketIsKnownAgainAfterTtlAndNat) {
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  auto& drop = drop_last(lab, "server", "TCP_CSUM");
  const Lab known(lab.bundle);
  const auto& frame = lab.capture("server").frames(0);
  const Packet packet = decode_packet(as_bytes(frame.data()));
  std::string& head = *drop.mutable_packet();
  head[8] = static_cast<char>(head[8] - 1);
  head[12] = 77;  // source address
  head[21] = 9;   // source port
  const Lab rewritten(lab.bundle);
  const uint32_t server = known.node("server");
  ASSERT_NE(rewritten.drops.find(server, packet, frame.time_ns()), nullptr);
  EXPECT_EQ(rewritten.drops.find(server, packet, frame.time_ns() + kSecond), nullptr);
}

TEST(DropReason, WithoutOneTheReportSaysWhatStandsInstead) {
  for (const bool watched : {false, true}) {
    SmallLab lab;
    lab.lose = {0};
    lab.outward("server", kServer, udp(1111, 9));
    lab.bundle.mutable_drops()->set_watched(watched);
    lab.bundle.mutable_drops()->set_why_not("no BTF");
    lab.capture("gw").mutable_summary()->mutable_kernel()->set_ip_in_no_routes(3);
    const auto said = said_at(journey_of(lab), "gw");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(has(said[0], watched ? "drop.none_told" : "drop.not_watched"));
    EXPECT_TRUE(has(said[0], "counter.grew"));
  }
}

v1::NftRule& rule(SmallLab& lab, const std::string& verdict) {
  auto& r = *lab.capture("server").mutable_after()->add_rules();
  r.set_family("ip");
  r.set_table("t");
  r.set_chain("c");
  r.set_hook("input");
  r.set_handle(7);
  r.set_text(verdict);
  r.set_verdict(verdict);
  r.set_matches_complete(true);
  return r;
}
void match(v1::NftRule& r, const std::string& what, const std::string& value,
           bool negated = false) {
  auto& m = *r.add_matches();
  m.set_what(what);
  m.add_values(value);
  m.set_negated(negated);
}

TEST(Rules, OnlyThoseThatMayFitAreNamed) {
  using Match = RuleFinding::Match;
  SmallLab lab;
  lab.outward("server", kServer, udp(1111, 9));
  const auto judged = [&](auto set) -> std::optional<Match> {
    lab.capture("server").mutable_after()->clear_rules();
    set(rule(lab, "drop"));
    const Lab known(lab.bundle);
    const Packet packet = decode_packet(as_bytes(lab.capture("server").frames(0).data()));
    const auto found = dropping_rules(known, known.node("server"), packet, "eth0");
    return found.empty() ? std::nullopt : std::optional(found[0].match);
  };
  EXPECT_EQ(judged([](auto&) {}), Match::kYes);
  EXPECT_EQ(judged([](auto& r) { match(r, "udp dport", "9"); }), Match::kYes);
  EXPECT_EQ(judged([](auto& r) { match(r, "udp dport", "1-8"); }), std::nullopt);
  EXPECT_EQ(judged([](auto& r) { match(r, "udp dport", "9", true); }), std::nullopt);
  EXPECT_EQ(judged([](auto& r) { match(r, "tcp dport", "80", true); }), std::nullopt);
  EXPECT_EQ(judged([](auto& r) { match(r, "ip daddr", "203.0.113.0/24"); }), Match::kYes);
  EXPECT_EQ(judged([](auto& r) { match(r, "ip saddr", "10.0.0.0-10.0.0.9"); }), std::nullopt);
  EXPECT_EQ(judged([](auto& r) { match(r, "iifname", "eth*"); }), Match::kYes);
  EXPECT_EQ(judged([](auto& r) { match(r, "ct state", "new"); }), Match::kUnsure);
  EXPECT_EQ(judged([](auto& r) { r.set_matches_complete(false); }), Match::kUnsure);
  EXPECT_EQ(judged([](auto& r) { r.set_hook("output"); }), std::nullopt);
  EXPECT_EQ(judged([](auto& r) { r.set_verdict("masquerade"); }), std::nullopt);
}

}  // namespace
}  // namespace hoplab::journey::testing
