// The engine on requests made of bytes: what it says of a good one, and whom it blames for bad
// ones.
#include "controller/journey/engine.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/journey/bundle_builder.h"
#include "tests/unit/journey/check_journey.h"

namespace hoplab::journey {
namespace {

using testing::check_journey;
using testing::SmallLab;
using testing::whole;

const v1::Phase* phase_of(const v1::Journey& j, v1::Phase::Kind kind) {
  for (const auto& p : j.phases()) {
    if (p.kind() == kind) return &p;
  }
  return nullptr;
}

const v1::Hop* hop_at(const v1::Trip& trip, const std::string& node) {
  for (const auto& hop : trip.hops()) {
    if (hop.node() == node) return &hop;
  }
  return nullptr;
}

bool says(const v1::Hop& hop, const std::string& key) {
  for (const auto& e : hop.decisions()) {
    for (const auto* f : {&e.check(), &e.result(), &e.consequence()}) {
      if (f->key() == key) return true;
    }
  }
  return false;
}

TEST(Journey, AGoodRequestHasItsPhasesAndNothingLeftOver) {
  SmallLab lab;
  lab.dora();
  lab.arp_for_gateway();
  lab.resolve();
  lab.ospf_hello();
  lab.fetch();
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::OK) << j.verdict().DebugString();
  EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
  EXPECT_EQ(j.completeness().background(), 2U);
  for (const auto kind : {v1::Phase::ADDRESS, v1::Phase::NAME, v1::Phase::CONNECTION,
                          v1::Phase::PAGE, v1::Phase::CLOSE}) {
    const v1::Phase* phase = phase_of(j, kind);
    ASSERT_NE(phase, nullptr) << kind;
    EXPECT_EQ(phase->status(), v1::Exchange::OK) << phase->DebugString();
  }
  EXPECT_EQ(phase_of(j, v1::Phase::SECURITY), nullptr);
  const auto& lease = phase_of(j, v1::Phase::ADDRESS)->summary().args();
  EXPECT_EQ(lease.at("address"), "192.168.10.100/24");
  EXPECT_EQ(lease.at("server"), "dhcp");
  EXPECT_EQ(phase_of(j, v1::Phase::NAME)->summary().args().at("answer"), "203.0.113.10");
  EXPECT_EQ(phase_of(j, v1::Phase::CONNECTION)->summary().args().at("out"), "4");
}

TEST(Journey, ASynIsFollowedThroughSwitchNatAndRouter) {
  SmallLab lab;
  lab.fetch();
  const v1::Journey j = whole(lab);
  ASSERT_GT(j.trips_size(), 0);
  const v1::Trip& syn = j.trips(0);
  EXPECT_EQ(syn.origin(), "client");
  EXPECT_EQ(syn.destination(), "server");
  EXPECT_EQ(syn.outcome(), v1::Trip::DELIVERED);
  ASSERT_EQ(syn.hops_size(), 5);
  EXPECT_EQ(syn.hops(0).outcome(), v1::Hop::ORIGINATED);
  EXPECT_EQ(syn.hops(1).outcome(), v1::Hop::SWITCHED);
  EXPECT_EQ(syn.hops(2).outcome(), v1::Hop::FORWARDED);
  EXPECT_EQ(syn.hops(4).outcome(), v1::Hop::DELIVERED);
  EXPECT_TRUE(says(*hop_at(syn, "gw"), "nat.source"));
  EXPECT_TRUE(says(*hop_at(syn, "r"), "route.bgp"));
  std::set<std::string> rewritten;
  for (const auto& r : hop_at(syn, "gw")->rewrites()) rewritten.insert(r.field());
  EXPECT_EQ(rewritten, (std::set<std::string>{"source", "destination", "ttl", "source port"}));
}

TEST(Journey, TheDnsQueryWaitedForArp) {
  SmallLab lab;
  lab.arp_for_gateway();
  lab.resolve();
  lab.fetch();
  const v1::Journey j = whole(lab);
  const v1::Phase* name = phase_of(j, v1::Phase::NAME);
  ASSERT_NE(name, nullptr);
  ASSERT_EQ(name->exchanges_size(), 2);
  EXPECT_EQ(name->exchanges(0).kind(), "arp");
  EXPECT_EQ(name->exchanges(0).parent(), name->exchanges(1).id());
  for (const auto& trip : j.trips()) {
    if (trip.protocol() != "DNS" || trip.origin() != "client") continue;
    EXPECT_TRUE(says(trip.hops(0), "arp.asked"));
  }
}

TEST(Journey, ALostSynIsLostOnItsLinkAndSentAgain) {
  SmallLab lab;
  lab.lose = {0};
  lab.fetch();
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::LOST);
  EXPECT_EQ(hop_at(j.trips(0), "gw")->outcome(), v1::Hop::LOST);
  EXPECT_TRUE(j.trips(1).retransmission());
  EXPECT_EQ(j.verdict().result(), v1::Verdict::DEGRADED);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.cause().key(), "cause.link_loss");
  EXPECT_EQ(culprit.node(), "gw");
  EXPECT_EQ(culprit.peer_node(), "r");
  EXPECT_TRUE(culprit.on_path());
}

TEST(Journey, WithRingDropsTheSameFrameIsUnknown) {
  SmallLab lab;
  lab.lose = {0};
  lab.fetch();
  lab.capture("r").mutable_summary()->mutable_interfaces(0)->set_ring_drops(3);
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::UNKNOWN);
  EXPECT_EQ(j.verdict().culprits_size(), 0) << j.verdict().DebugString();
}

TEST(Journey, LostEventsAreTold) {
  SmallLab lab;
  lab.fetch();
  lab.capture("r").mutable_summary()->set_events_lost(5);
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.completeness().event_losses_size(), 1);
  EXPECT_EQ(j.completeness().event_losses(0).node(), "r");
  EXPECT_EQ(j.completeness().event_losses(0).events(), 5U);
}

TEST(Journey, ASlowLinkIsNamed) {
  SmallLab lab;
  lab.slow_gateway_link = 50'000'000;
  lab.resolve();
  lab.fetch();
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.link_delay");
  EXPECT_EQ(j.verdict().culprits(0).interface(), "wan");
  EXPECT_TRUE(j.verdict().culprits(0).on_path());
}

TEST(Journey, ServfailIsTheServersFault) {
  SmallLab lab;
  lab.resolve(2);
  const v1::Journey j = whole(lab, 6, 0);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::FAILED);
  EXPECT_EQ(j.verdict().summary().key(), "verdict.failed_name");
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "dns");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.dns_servfail");
}

TEST(Journey, A503IsTheWebServersFault) {
  SmallLab lab;
  lab.resolve();
  lab.fetch(503);
  const v1::Journey j = whole(lab, 0, 503);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::FAILED);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "server");
  EXPECT_EQ(j.verdict().culprits(0).cause().args().at("status"), "503");
}

TEST(Journey, AStoppedNodeOffThePathIsNamedAndHurtsNothing) {
  SmallLab lab;
  lab.drop_capture("dhcp", "the container is not running");
  lab.resolve();
  lab.fetch();
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::DEGRADED);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "dhcp");
  EXPECT_FALSE(j.verdict().culprits(0).on_path());
  EXPECT_EQ(j.completeness().silent_nodes(0), "dhcp");
}

TEST(Journey, ADownedLinkIsNamedByBothEndsAndExplainsTheSession) {
  SmallLab lab;
  lab.fetch();
  auto& r = *lab.capture("r").mutable_after();
  r.mutable_links(2)->set_admin_up(false);
  r.mutable_links(2)->set_carrier(false);
  lab.capture("dns").mutable_after()->mutable_links(0)->set_carrier(false);
  auto& peer = *r.add_bgp_peers();
  peer.set_node("dns");
  peer.set_state("Active");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.cause().key(), "cause.link_down");
  EXPECT_EQ(culprit.node() + culprit.interface(), "reth2");
  EXPECT_EQ(culprit.peer_node() + culprit.peer_interface(), "dnseth0");
  EXPECT_FALSE(culprit.on_path());
}

TEST(Journey, TheSideThatShutASessionIsNamed) {
  SmallLab lab;
  lab.fetch();
  const auto add = [&](const char* node, const char* peer, const char* state) {
    auto& p = *lab.capture(node).mutable_after()->add_bgp_peers();
    p.set_node(peer);
    p.set_state(state);
  };
  add("gw", "r", "Active");
  add("r", "gw", "Idle (Admin)");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "r");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.bgp_admin_down");
}

TEST(Journey, AKilledDaemonIsNamed) {
  SmallLab lab;
  lab.fetch();
  auto& d = *lab.capture("dns").mutable_after()->mutable_health()->add_daemons();
  d.set_name("knotd");
  d.set_last_exit("signal 9");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "dns");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.daemon_down");
}

TEST(Journey, FramesInTheEmulatorStandInForTheTap) {
  SmallLab lab;
  lab.fetch();
  // The gateway's own tap saw none of what the emulator held; its events did.
  auto& gw = lab.capture("gw");
  auto frames = gw.frames();
  gw.clear_frames();
  for (const auto& f : frames) {
    if (f.interface() == 1 && f.direction() == v1::Frame::OUT) {
      auto& e = *gw.add_events();
      e.set_time_ns(f.time_ns());
      e.mutable_impairment()->set_interface("wan");
      e.mutable_impairment()->set_frame(f.data());
      e.mutable_impairment()->set_delay_ns(20'000'000);
    } else {
      *gw.add_frames() = f;
    }
  }
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::DELIVERED);
  EXPECT_TRUE(says(*hop_at(j.trips(0), "gw"), "hop.held"));
  ASSERT_GE(j.verdict().culprits_size(), 1);
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.link_delay");
}

// The emulator says which frame it dropped, and a tap of a ring that lost frames says nothing
// against it: what it told is proof.
TEST(Journey, AFrameTheEmulatorDroppedIsLostThereAndNotUnknown) {
  SmallLab lab;
  lab.lose = {0};
  lab.fetch();
  auto& gw = lab.capture("gw");
  auto frames = gw.frames();
  gw.clear_frames();
  bool first = true;
  for (const auto& f : frames) {
    if (first && f.interface() == 1 && f.direction() == v1::Frame::OUT) {
      auto& e = *gw.add_events();
      e.set_time_ns(f.time_ns());
      e.mutable_impairment()->set_interface("wan");
      e.mutable_impairment()->set_frame(f.data());
      e.mutable_impairment()->set_dropped(true);
      first = false;
    } else {
      *gw.add_frames() = f;
    }
  }
  lab.capture("r").mutable_summary()->mutable_interfaces(0)->set_ring_drops(3);
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::LOST);
  EXPECT_TRUE(says(*hop_at(j.trips(0), "gw"), "hop.dropped_by_emulator"));
  ASSERT_GE(j.verdict().culprits_size(), 1);
  EXPECT_EQ(j.verdict().culprits(0).node(), "gw");
}

TEST(Journey, ACacheMissIsFollowedToTheAuthoritativeServer) {
  SmallLab lab;
  lab.resolve_by_gateway(false);
  lab.fetch();
  const v1::Journey j = whole(lab);
  const v1::Phase* name = phase_of(j, v1::Phase::NAME);
  ASSERT_NE(name, nullptr);
  ASSERT_EQ(name->exchanges_size(), 2);
  EXPECT_EQ(name->exchanges(1).parent(), name->exchanges(0).id());
  EXPECT_EQ(name->summary().args().at("path"), "gw miss → dns");
  EXPECT_EQ(name->summary().args().at("authority"), "authoritative");
}

TEST(Journey, ACacheHitAsksNobodyElse) {
  SmallLab lab;
  lab.resolve_by_gateway(true);
  lab.fetch();
  const v1::Journey j = whole(lab);
  EXPECT_EQ(phase_of(j, v1::Phase::NAME)->summary().args().at("path"), "gw hit");
  EXPECT_EQ(phase_of(j, v1::Phase::NAME)->summary().args().at("authority"), "cached");
}

TEST(Journey, ACacheThatAskedUpstreamIsNoHit) {
  SmallLab lab;
  lab.resolve_by_gateway(true);
  // No tap saw the question go up, but the daemon itself says that it sent one.
  auto& e = *lab.capture("gw").add_events();
  for (const auto& f : lab.capture("gw").frames()) e.set_time_ns(f.time_ns());
  e.set_daemon("unbound");
  e.mutable_dns()->set_type("FORWARDER_QUERY");
  e.mutable_dns()->set_query(testing::dns_payload(3, false, 0, false, "www.naver.com.", 0));
  lab.fetch();
  const v1::Journey j = whole(lab);
  EXPECT_EQ(phase_of(j, v1::Phase::NAME)->summary().args().at("path"), "gw");
}

TEST(Journey, TheServerFarthestFromTheClientIsBlamedForServfail) {
  SmallLab lab;
  lab.resolve_by_gateway(false, 2);
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "dns");
}

std::vector<std::string> evidence_of(const v1::Culprit& culprit) {
  std::vector<std::string> keys;
  for (const auto& e : culprit.evidence()) keys.push_back(e.fact().key());
  return keys;
}

TEST(Journey, CachesThatPassOnServfailAreEvidenceOnceWithACount) {
  SmallLab lab;
  lab.resolve_by_gateway(false, 2);
  lab.resolve_by_gateway(false, 2);
  lab.resolve_by_gateway(true, 2);  // the gateway remembers
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "dns");
  EXPECT_EQ(evidence_of(culprit), (std::vector<std::string>{"evidence.dns_rcode_times"}));
  EXPECT_EQ(culprit.evidence(0).fact().args().at("count"), "2");
  ASSERT_EQ(culprit.consequences_size(), 1);
  EXPECT_EQ(culprit.consequences(0).node(), "gw");
  EXPECT_EQ(culprit.consequences(0).cause().key(), "cause.dns_servfail");
}

// The client's question reaches r, whose table has no way to the name server, and ends there.
void resolve_in_vain(SmallLab& lab) {
  lab.resolve();
  const int64_t arrival = lab.capture("r").frames(0).time_ns();
  for (auto& c : *lab.bundle.mutable_captures()) {
    auto frames = c.frames();
    c.clear_frames();
    for (const auto& f : frames) {
      if (f.time_ns() <= arrival) *c.add_frames() = f;
    }
  }
  lab.now += 1'000'000'000;
}

void shut_session(SmallLab& lab, const char* node, const char* peer) {
  auto& p = *lab.capture(node).mutable_after()->add_bgp_peers();
  p.set_node(peer);
  p.set_state("Idle (Admin)");
}

TEST(Journey, AMissingRouteStandsForItselfWhenNothingExplainsIt) {
  SmallLab lab;
  resolve_in_vain(lab);
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.no_route");
}

TEST(Journey, TheSessionThatCarriedTheMissingRouteComesFirst) {
  SmallLab lab;
  resolve_in_vain(lab);
  // The route was still there when the request began.
  auto& before = *lab.capture("r").mutable_before()->add_routes();
  before.set_prefix("198.51.100.0/24");
  before.set_protocol("bgp");
  before.add_next_hops()->set_interface("eth2");
  shut_session(lab, "r", "server");  // this one leads elsewhere
  shut_session(lab, "r", "dns");
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 2) << j.verdict().DebugString();
  const v1::Culprit& first = j.verdict().culprits(0);
  EXPECT_EQ(first.cause().key(), "cause.bgp_admin_down");
  EXPECT_EQ(first.peer_node(), "dns");
  EXPECT_TRUE(first.on_path());
  EXPECT_EQ(evidence_of(first), (std::vector<std::string>{"evidence.bgp"}));
  ASSERT_EQ(first.consequences_size(), 1);
  EXPECT_EQ(first.consequences(0).cause().key(), "cause.no_route");
  EXPECT_EQ(j.verdict().culprits(1).peer_node(), "server");
  EXPECT_FALSE(j.verdict().culprits(1).on_path());
}

TEST(Journey, ADownedLinkExplainsTheMissingRoute) {
  SmallLab lab;
  resolve_in_vain(lab);
  lab.capture("r").mutable_after()->mutable_links(2)->set_admin_up(false);
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& first = j.verdict().culprits(0);
  EXPECT_EQ(first.cause().key(), "cause.link_down");
  EXPECT_TRUE(first.on_path());
  EXPECT_EQ(evidence_of(first), (std::vector<std::string>{"evidence.link_state"}));
  ASSERT_EQ(first.consequences_size(), 1);
  EXPECT_EQ(first.consequences(0).node(), "r");
  EXPECT_EQ(first.consequences(0).cause().key(), "cause.no_route");
  EXPECT_NE(first.consequences(0).trip(), 0U);
}

TEST(Journey, AStoppedNodeExplainsTheMissingRoute) {
  SmallLab lab;
  resolve_in_vain(lab);
  lab.drop_capture("dns", "the container is not running");
  const v1::Journey j = whole(lab, 6, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.node_silent");
  EXPECT_TRUE(j.verdict().culprits(0).on_path());
}

const v1::Exchange* inner_http(const v1::Journey& j) {
  for (const auto& e : phase_of(j, v1::Phase::PAGE)->exchanges()) {
    if (e.kind() == "http" && e.server() == "web") return &e;
  }
  return nullptr;
}

TEST(Journey, TheBalancersLogJoinsItsTwoConnections) {
  SmallLab lab;
  lab.add_backend();
  lab.health_check();
  lab.fetch_through_balancer(200, true);
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::OK) << j.verdict().DebugString();
  const v1::Exchange* http = inner_http(j);
  ASSERT_NE(http, nullptr);
  EXPECT_NE(http->parent(), 0U);
  EXPECT_EQ(phase_of(j, v1::Phase::PAGE)->summary().args().at("path"), "server → web");
  bool picked = false;
  for (const auto& trip : j.trips()) {
    for (const auto& hop : trip.hops()) picked = picked || says(hop, "lb.pick");
  }
  EXPECT_TRUE(picked);
  // The check is not of the journey: its ten frames are background.
  EXPECT_EQ(j.completeness().background(), 10U);
  EXPECT_EQ(j.completeness().left_over(), 0U);
}

TEST(Journey, WithoutTheLogTheRequestItselfTells) {
  SmallLab lab;
  lab.add_backend();
  lab.health_check();
  lab.fetch_through_balancer(503, false);
  const v1::Journey j = whole(lab, 0, 503);
  ASSERT_NE(inner_http(j), nullptr);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "web");
}

TEST(Journey, HostileFramesAreCountedAndHurtNothing) {
  std::mt19937 random(20240601);
  for (int round = 0; round < 300; ++round) {
    SmallLab lab;
    lab.dora();
    lab.arp_for_gateway();
    lab.resolve();
    lab.fetch();
    const int before = [&] {
      int n = 0;
      for (const auto& c : lab.bundle.captures()) n += c.frames_size();
      return n;
    }();
    for (auto& c : *lab.bundle.mutable_captures()) {
      for (auto& f : *c.mutable_frames()) {
        std::string& bytes = *f.mutable_data();
        switch (random() % 6) {
          case 0:
            bytes.resize(random() % (bytes.size() + 1));
            break;
          case 1:
            for (int i = 0; i < 8 && !bytes.empty(); ++i) {
              bytes[random() % bytes.size()] = static_cast<char>(random());
            }
            break;
          case 2:
            f.set_time_ns(lab.now);
            break;
          case 3:
            f.set_interface(static_cast<uint32_t>(random() % 5));
            break;
          default:
            break;
        }
        f.set_length(static_cast<uint32_t>(bytes.size()));
      }
    }
    lab.finish(0, 200);
    const v1::Journey j = lab.build_journey();
    check_journey(j);
    EXPECT_EQ(j.completeness().seen(), static_cast<uint64_t>(before));
  }
}

TEST(Journey, AnEmptyBundleIsNoTrouble) {
  const v1::Journey j = build(v1::Bundle{});
  EXPECT_EQ(j.trips_size(), 0);
}

}  // namespace
}  // namespace hoplab::journey
