// Whom the verdict blames: one defect each, made of bytes; and what it must not blame.
#include <gtest/gtest.h>

#include "controller/journey/decode/packet.h"
#include "tests/unit/journey/bundle_builder.h"
#include "tests/unit/journey/check_journey.h"

namespace hoplab::journey {
namespace {

using namespace testing;

const v1::Culprit& first(const v1::Journey& j) {
  static const v1::Culprit kNobody;
  return j.verdict().culprits().empty() ? kNobody : j.verdict().culprits(0);
}

std::string blamed(const v1::Journey& j) {
  return first(j).node() + " [" + first(j).layer() + "] " + first(j).cause().key();
}

const v1::Phase* phase_of(const v1::Journey& j, v1::Phase::Kind kind) {
  for (const auto& p : j.phases()) {
    if (p.kind() == kind) return &p;
  }
  return nullptr;
}

// Frames of the bundle that are later than that, and not wanted, are taken away; or changed.
template <typename Keep>
void keep_frames(SmallLab& lab, const std::string& node, Keep keep) {
  auto& c = lab.capture(node);
  const auto frames = c.frames();
  c.clear_frames();
  for (v1::Frame f : frames) {
    if (keep(f)) *c.add_frames() = f;
  }
}

constexpr uint8_t kRstFlag = 4;
constexpr uint8_t kSynFlag = 2;
constexpr uint8_t kAckFlag = 16;
Transport syn(uint16_t port = 80) { return {6, 50000, port, 1000, 0, kSynFlag, {}, {}}; }

// Sent by the client, and seen up to the router's arrival; nothing of it beyond.
void outward_as_far_as_router(SmallLab& lab, uint32_t destination, const Transport& t) {
  lab.outward("server", destination, t);
  auto& r = *lab.capture("r").mutable_frames();
  r.RemoveLast();
  lab.capture("server").mutable_frames()->RemoveLast();
}

void give_time(SmallLab& lab) { lab.now += 2'000'000'000; }

v1::Route& add_route(SmallLab& lab, const char* node, const char* prefix, const char* interface) {
  v1::Route& route = *lab.capture(node).mutable_after()->add_routes();
  route.set_prefix(prefix);
  route.set_kind("unicast");
  if (*interface != '\0') route.add_next_hops()->set_interface(interface);
  return route;
}

TEST(Verdict, ANameThatDoesNotExistIsNotTheFaultOfASlowLink) {
  SmallLab lab;
  lab.slow_gateway_link = 50'000'000;
  lab.resolve(3);
  lab.resolve(3);
  const v1::Journey j = whole(lab, 6, 0);
  EXPECT_EQ(blamed(j), "dns [name] cause.dns_refused") << j.verdict().DebugString();
  ASSERT_EQ(j.verdict().culprits_size(), 2) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(1).cause().key(), "cause.link_delay");
}

TEST(Verdict, AnAddressWithoutARouteIsNotTheFaultOfADeadDaemonElsewhere) {
  SmallLab lab;
  lab.url = "http://10.9.9.9/";
  outward_as_far_as_router(lab, 0x0a090909, syn());
  give_time(lab);
  auto& haproxy = *lab.capture("server").mutable_after()->mutable_health()->add_daemons();
  haproxy.set_name("haproxy");
  haproxy.set_last_exit("signal 9");
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "r [network] cause.no_route") << j.verdict().DebugString();
  ASSERT_EQ(j.verdict().culprits_size(), 2) << j.verdict().DebugString();
  EXPECT_TRUE(first(j).on_path());
  EXPECT_EQ(j.verdict().culprits(1).cause().key(), "cause.daemon_down");
  EXPECT_FALSE(j.verdict().culprits(1).on_path());
  EXPECT_EQ(j.verdict().summary().args().at("server"), "10.9.9.9");
}

TEST(Verdict, ABlackholeIsNamedWhereItIs) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, syn());
  give_time(lab);
  v1::Route& hole = add_route(lab, "r", "203.0.113.10/32", "");
  hole.set_kind("blackhole");
  lab.arp_for_gateway();  // its exchange comes first in the phase: not the server
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "r [network] cause.forbidding_route") << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().summary().key(), "verdict.failed_connection");
  EXPECT_EQ(j.verdict().summary().args().at("server"), "server");
}

TEST(Verdict, AnAddressOfTheLanThatNobodyHasIsAConnectionThatFailed) {
  SmallLab lab;
  lab.url = "http://192.168.10.77/";
  const uint64_t m = SmallLab::mac("client", "eth0");
  for (int i = 0; i < 3; ++i) {
    lab.lan_broadcast("client",
                      ethernet(kBroadcastMac, m, 0x0806, arp(1, m, kClient, 0, 0xc0a80a4d)));
    lab.now += 1'000'000'000;
  }
  add_route(lab, "client", "192.168.10.0/24", "eth0");
  const v1::Journey j = whole(lab, 7, 0);
  EXPECT_EQ(phase_of(j, v1::Phase::NAME), nullptr);
  const v1::Phase* connection = phase_of(j, v1::Phase::CONNECTION);
  ASSERT_NE(connection, nullptr);
  EXPECT_EQ(connection->status(), v1::Exchange::FAILED);
  EXPECT_EQ(connection->summary().key(), "phase.arp_unanswered") << connection->DebugString();
  EXPECT_EQ(j.verdict().summary().key(), "verdict.failed_connection");
  EXPECT_EQ(j.verdict().summary().args().at("server"), "192.168.10.77");
  EXPECT_EQ(blamed(j), "client [link] cause.arp_unanswered") << j.verdict().DebugString();
}

Octets record(uint8_t type, const Octets& body) {
  Octets r;
  r.push_back(static_cast<char>(type));
  r += Octets("\x03\x03", 2);
  r.push_back(static_cast<char>(body.size() >> 8U));
  r.push_back(static_cast<char>(body.size() & 255U));
  return r + body;
}
Octets hello(uint8_t type) {  // of a client (1) or a server (2): TLS 1.3, one cipher, no session
  Octets body("\x03\x03", 2);
  body += Octets(32, 'r');
  body.push_back('\0');
  const Octets versions =
      type == 1 ? Octets("\x00\x2b\x00\x03\x02\x03\x04", 7) : Octets("\x00\x2b\x00\x02\x03\x04", 6);
  body += type == 1 ? Octets("\x00\x02\x13\x02\x01\x00", 6) : Octets("\x13\x02\x00", 3);
  body.push_back('\0');
  body.push_back(static_cast<char>(versions.size()));
  body += versions;
  Octets message;
  message.push_back(static_cast<char>(type));
  message.push_back('\0');
  message.push_back('\0');
  message.push_back(static_cast<char>(body.size()));
  return record(22, message + body);
}

// Up to the server's certificate; then the client says `end`.
void tls_until(SmallLab& lab, const Octets& end) {
  const auto out = [&](uint32_t seq, uint32_t ack, uint8_t flags, const Octets& p) {
    lab.outward("server", kServer, {6, 50000, 443, seq, ack, flags, {}, p});
  };
  const auto in = [&](uint32_t seq, uint32_t ack, uint8_t flags, const Octets& p) {
    lab.inward("server", kServer, {6, 443, 50000, seq, ack, flags, {}, p});
  };
  lab.url = "https://www.naver.com/";
  const Octets a = hello(1);
  const Octets b = hello(2) + record(20, "\x01") + record(23, Octets(900, 'c'));
  const auto c = static_cast<uint32_t>(1001 + a.size());
  const auto s = static_cast<uint32_t>(9001 + b.size());
  out(1000, 0, 2, {});
  in(9000, 1001, 18, {});
  out(1001, 9001, 16, {});
  out(1001, 9001, 24, a);
  in(9001, c, 24, b);
  out(c, s, 24, end);
  out(static_cast<uint32_t>(c + end.size()), s, 20, {});
}

TEST(Verdict, ACertificateTheClientRejectsIsAFailureOfTheSecurityPhase) {
  // An unknown CA or an expired one: an encrypted alert instead of Finished. A wrong name:
  // Finished, then the end of the session.
  const Octets alert = record(20, "\x01") + record(23, Octets(19, 'a'));
  const Octets finished =
      record(20, "\x01") + record(23, Octets(69, 'f')) + record(23, Octets(19, 'a'));
  for (const auto& [end, reason] :
       {std::pair{alert, "SSL certificate problem: unable to get local issuer certificate"},
        std::pair{finished,
                  "SSL: no alternative certificate subject name matches 'www.naver.com'"}}) {
    SmallLab lab;
    tls_until(lab, end);
    lab.bundle.mutable_result()->set_error(reason);
    const v1::Journey j = whole(lab, 60, 0);
    const v1::Phase* security = phase_of(j, v1::Phase::SECURITY);
    ASSERT_NE(security, nullptr);
    EXPECT_EQ(security->status(), v1::Exchange::FAILED);
    EXPECT_EQ(security->summary().args().at("reason"), reason);
    EXPECT_EQ(phase_of(j, v1::Phase::PAGE), nullptr);
    EXPECT_EQ(j.verdict().summary().key(), "verdict.failed_security");
    EXPECT_EQ(blamed(j), "server [security] cause.certificate") << j.verdict().DebugString();
    EXPECT_EQ(first(j).cause().args().at("reason"), reason);
  }
}

TEST(Verdict, AnAlertInsteadOfFinishedIsNoFinished) {
  SmallLab lab;  // whatever the client is: no exit code of curl's helps
  tls_until(lab, record(20, "\x01") + record(23, Octets(19, 'a')));
  const v1::Journey j = whole(lab, 35, 0);
  EXPECT_EQ(j.verdict().summary().key(), "verdict.failed_security");
}

TEST(Verdict, AConnectionCutOffByTheEndOfTheCaptureIsStillUnderWay) {
  SmallLab lab;
  lab.fetch();
  // Only the client's FIN, and only on its first wire.
  const int64_t fin = [&] {
    int64_t time = 0;
    for (const auto& f : lab.capture("client").frames()) {
      const auto flags = static_cast<uint8_t>(f.data()[14 + 20 + 13]);
      if (f.direction() == v1::Frame::OUT && (flags & 1U) != 0) time = f.time_ns();
    }
    return time;
  }();
  ASSERT_GT(fin, 0);
  for (auto& c : *lab.bundle.mutable_captures()) {
    keep_frames(lab, c.node(), [&](const v1::Frame& f) { return f.time_ns() <= fin; });
  }
  lab.now = fin + 1;
  const v1::Journey j = whole(lab);
  const v1::Phase* close = phase_of(j, v1::Phase::CLOSE);
  ASSERT_NE(close, nullptr);
  EXPECT_EQ(close->summary().key(), "phase.close_pending");
  EXPECT_EQ(close->summary().args().at("by"), "client");
}

TEST(Verdict, AResetFirstSeenInTheMiddleOfItsWayIsNotTheRouters) {
  SmallLab lab;
  lab.resolve();
  lab.fetch();
  lab.outward("server", kServer, {6, 50000, 80, 1100, 9100, kRstFlag, {}, {}});
  // The taps of client, switch and gateway were closed already.
  const int64_t late = lab.capture("r").frames().rbegin()->time_ns();
  for (const char* node : {"client", "sw", "gw"}) {
    int left = 0;
    for (const auto& f : lab.capture(node).frames()) left += f.time_ns() < late - 200'000 ? 1 : 0;
    while (lab.capture(node).frames_size() > left) lab.capture(node).mutable_frames()->RemoveLast();
  }
  keep_frames(lab, "r", [](const v1::Frame& f) {
    return (static_cast<uint8_t>(f.data()[14 + 20 + 13]) & kRstFlag) == 0 ||
           f.direction() == v1::Frame::OUT || f.data()[23] != 6;
  });
  const v1::Journey j = whole(lab);
  for (const auto& phase : j.phases()) {
    for (const auto& e : phase.exchanges()) {
      for (const auto& f : e.facts()) {
        if (f.key() != "fact.tcp_reset") continue;
        EXPECT_EQ(f.args().at("by"), "client");
      }
    }
  }
}

TEST(Verdict, AResetInTheServersNameIsTheDoingOfWhoSentIt) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, syn());
  const Transport rst{6, 80, 51000, 0, 1001, kRstFlag | kAckFlag, {}, {}};
  const Octets f = ethernet(SmallLab::mac("gw", "wan"), SmallLab::mac("r", "eth0"), 0x0800,
                            ipv4(kServer, kGatewayWan, 64, 0, rst));
  lab.record("r", "eth0", true, f);
  lab.record("gw", "wan", false, f);
  Transport inside = rst;
  inside.destination_port = 50000;
  lab.lan_unicast("gw", "client",
                  ethernet(SmallLab::mac("client", "eth0"), SmallLab::mac("gw", "lan"), 0x0800,
                           ipv4(kServer, kClient, 63, 0, inside)));
  add_route(lab, "r", "203.0.113.0/24", "eth1");
  const v1::Journey j = whole(lab, 7, 0);
  EXPECT_EQ(first(j).node(), "r") << j.verdict().DebugString();
  EXPECT_EQ(first(j).layer(), "network");
}

TEST(Verdict, AWrongMacIsTheFaultOfWhoSendsToIt) {
  SmallLab lab;
  const Octets frame = ethernet(0x02deadbeef01, SmallLab::mac("client", "eth0"), 0x0800,
                                ipv4(kClient, kServer, 64, 7, syn()));
  lab.record("client", "eth0", true, frame);
  lab.record("sw", "p1", false, frame);
  lab.record("sw", "p2", true, frame);
  lab.record("gw", "lan", false, frame);
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "client [link] cause.wrong_mac") << j.verdict().DebugString();
}

TEST(Verdict, APacketLargerThanTheNextWireIsTheWiresFault) {
  SmallLab lab;
  lab.fetch();
  // The answer came to r and never left towards the gateway.
  auto big = [](const v1::Frame& f) { return f.data().find("HTTP/1.1 200") != std::string::npos; };
  for (const char* node : {"gw", "sw", "client"}) {
    keep_frames(lab, node, [&](const v1::Frame& f) { return !big(f); });
  }
  keep_frames(lab, "r",
              [&](const v1::Frame& f) { return !big(f) || f.direction() == v1::Frame::IN; });
  add_route(lab, "r", "100.64.1.0/30", "eth0");
  lab.capture("r").mutable_after()->mutable_links(0)->set_mtu(60);
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "r [network] cause.mtu") << j.verdict().DebugString();
  EXPECT_EQ(first(j).interface(), "eth0");
}

TEST(Verdict, ALoweredTtlIsTheFaultOfWhoLoweredIt) {
  SmallLab lab;
  lab.outward("server", kServer, syn());
  // gw sends it on with a TTL of 1, and r has nowhere to go with that.
  Octets lowered;
  keep_frames(lab, "gw", [&](v1::Frame& f) {
    if (f.direction() == v1::Frame::OUT && f.interface() == 1) {
      (*f.mutable_data())[22] = 1;
      lowered = f.data();
    }
    return true;
  });
  auto& r = lab.capture("r");
  r.mutable_frames(0)->set_data(lowered);
  r.mutable_frames()->RemoveLast();
  lab.capture("server").clear_frames();
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "gw [network] cause.ttl_changed") << j.verdict().DebugString();
}

TEST(Verdict, ASpoiledChecksumIsTheFaultOfWhoSpoiledIt) {
  SmallLab lab;
  lab.resolve();
  // From r on it is wrong, and the server takes none of it for its own.
  const auto spoil = [](v1::Frame& f) {
    (*f.mutable_data())[40] = '\x0b';
    (*f.mutable_data())[41] = '\xad';
  };
  keep_frames(lab, "r", [&](v1::Frame& f) {
    if (f.direction() == v1::Frame::OUT && f.interface() == 2) spoil(f);
    return f.interface() != 2 || f.direction() == v1::Frame::OUT ? f.time_ns() < lab.now - 200'000
                                                                 : false;
  });
  keep_frames(lab, "dns", [&](v1::Frame& f) {
    spoil(f);
    return f.direction() == v1::Frame::IN;
  });
  const int64_t asked = lab.capture("dns").frames(0).time_ns();
  for (const char* node : {"gw", "sw", "client", "r"}) {
    keep_frames(lab, node, [&](const v1::Frame& f) { return f.time_ns() <= asked; });
  }
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  EXPECT_EQ(blamed(j), "r [network] cause.checksum") << j.verdict().DebugString();
}

TEST(Verdict, ASwitchThatDropsIsNamed) {
  SmallLab lab;
  const Octets frame = ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), 0x0800,
                                ipv4(kClient, kServer, 64, 7, syn()));
  lab.record("client", "eth0", true, frame);
  lab.record("sw", "p1", false, frame);
  give_time(lab);
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "sw [link] cause.dropped_by_switch");
}

TEST(Verdict, ASwitchThatDropsABroadcastIsNamed) {
  SmallLab lab;
  const uint64_t m = SmallLab::mac("client", "eth0");
  const Octets frame = ethernet(kBroadcastMac, m, 0x0806, arp(1, m, kClient, 0, kGatewayLan));
  lab.record("client", "eth0", true, frame);
  lab.record("sw", "p1", false, frame);
  give_time(lab);
  EXPECT_EQ(blamed(whole(lab, 6, 0)), "sw [link] cause.dropped_by_switch");
}

// The client's question arrives at the DNS server; what follows is taken away.
void ask_in_vain(SmallLab& lab) {
  lab.resolve();
  const int64_t asked = lab.capture("dns").frames(0).time_ns();
  for (auto& c : *lab.bundle.mutable_captures()) {
    keep_frames(lab, c.node(), [&](const v1::Frame& f) { return f.time_ns() <= asked; });
  }
  give_time(lab);
}
void add_dnstap(SmallLab& lab, const char* type, const char* name) {
  auto& e = *lab.capture("dns").add_events();
  e.set_time_ns(lab.now);
  e.mutable_dns()->set_type(type);
  e.mutable_dns()->set_query(dns_payload(7, false, 0, false, name, 0));
}

TEST(Verdict, ASilentDnsServerIsToldApartFromOneThatNeverSawTheQuestion) {
  SmallLab silent;
  ask_in_vain(silent);
  EXPECT_EQ(blamed(whole(silent, 28, 0)), "dns [name] cause.dns_silent");
  SmallLab kept;  // its daemon answered others
  ask_in_vain(kept);
  add_dnstap(kept, "AUTH_QUERY", "other.test.");
  EXPECT_EQ(blamed(whole(kept, 28, 0)), "dns [network] cause.question_kept");
  SmallLab answered;
  ask_in_vain(answered);
  add_dnstap(answered, "AUTH_RESPONSE", "www.naver.com.");
  EXPECT_EQ(blamed(whole(answered, 28, 0)), "dns [network] cause.answer_kept");
}

SmallLab silent_cache() {
  SmallLab lab;
  lab.resolve_by_gateway(true);
  const int64_t asked = lab.capture("gw").frames(0).time_ns();
  for (auto& c : *lab.bundle.mutable_captures()) {
    keep_frames(lab, c.node(), [&](const v1::Frame& f) { return f.time_ns() <= asked; });
  }
  give_time(lab);
  return lab;
}

TEST(Verdict, ACacheThatReportsNothingIsNamedWithoutALayer) {
  SmallLab lab = silent_cache();
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "gw [] cause.dns_silent");
}

// Where the kernels tell of every packet they drop and told of none, it was the program.
TEST(Verdict, ACacheThatReportsNothingAndWhoseKernelDroppedNothingIsSilentItself) {
  SmallLab lab = silent_cache();
  lab.bundle.mutable_drops()->set_watched(true);
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "gw [name] cause.dns_silent");
  lab.bundle.mutable_drops()->set_lost(1);
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "gw [] cause.dns_silent");
}

TEST(Verdict, ACacheWhoseDaemonNeverSawTheAnswerIsDeaf) {
  SmallLab lab;
  lab.resolve_by_gateway(false);
  // The answer of the DNS server reached the gateway; the client heard nothing.
  const int64_t answered = lab.capture("gw").frames().rbegin()[1].time_ns();
  for (auto& c : *lab.bundle.mutable_captures()) {
    keep_frames(lab, c.node(), [&](const v1::Frame& f) { return f.time_ns() <= answered; });
  }
  give_time(lab);
  auto& e = *lab.capture("gw").add_events();
  e.set_time_ns(lab.now);
  e.mutable_dns()->set_type("CLIENT_QUERY");
  e.mutable_dns()->set_query(dns_payload(3, false, 0, false, "www.naver.com.", 0));
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "gw [network] cause.deaf");
  e.mutable_dns()->set_type("FORWARDER_RESPONSE");  // it did see it
  EXPECT_NE(blamed(lab.build_journey()), "gw [network] cause.deaf");
}

TEST(Verdict, EndsOfAWireThatTakeDifferentSizesExplainTheAdjacency) {
  SmallLab lab;
  lab.resolve();
  lab.fetch();
  lab.capture("r").mutable_after()->mutable_links(0)->set_mtu(400);
  lab.capture("gw").mutable_after()->mutable_links(1)->set_mtu(1500);
  auto& condition = *lab.capture("r").mutable_after()->mutable_health()->add_conditions();
  condition.set_name("OSPF with gw");
  condition.set_detail("ExStart");
  const v1::Journey j = whole(lab);
  EXPECT_EQ(blamed(j), "r [network] cause.mtu") << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
}

TEST(Verdict, AServerWithoutARouteBackIsNamedForThat) {
  SmallLab lab;
  lab.outward("server", kServer, syn());
  give_time(lab);
  add_route(lab, "server", "203.0.113.0/24", "eth0");
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "server [network] cause.no_route");
}

TEST(Verdict, AServerThatLeavesASynUnansweredIsNamed) {
  SmallLab lab;
  lab.outward("server", kServer, syn());
  give_time(lab);
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "server [network] cause.syn_unanswered");
}

TEST(Verdict, AClientThatDoesNotHearTheAnswerIsNamed) {
  SmallLab lab;
  for (int i = 0; i < 2; ++i) {
    lab.outward("server", kServer, syn());
    lab.inward("server", kServer, {6, 80, 50000, 9000, 1001, kSynFlag | kAckFlag, {}, {}});
    give_time(lab);
  }
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "client [network] cause.deaf");
}

TEST(Verdict, DataThatIsNeverAcknowledgedIsTheReceiversFault) {
  SmallLab lab;
  lab.outward("server", kServer, syn());
  lab.inward("server", kServer, {6, 80, 50000, 9000, 1001, kSynFlag | kAckFlag, {}, {}});
  lab.outward("server", kServer, {6, 50000, 80, 1001, 9001, kAckFlag, {}, {}});
  for (int i = 0; i < 2; ++i) {
    lab.outward("server", kServer, {6, 50000, 80, 1001, 9001, 24, {}, "GET / HTTP/1.1\r\n\r\n"});
    give_time(lab);
  }
  EXPECT_EQ(blamed(whole(lab, 28, 0)), "server [network] cause.unacknowledged");
}

TEST(Verdict, AClientThatSendsNothingIsNamed) {
  SmallLab lab;
  lab.dora();
  give_time(lab);
  EXPECT_EQ(blamed(whole(lab, 6, 0)), "client [network] cause.sent_nothing");
}

}  // namespace
}  // namespace hoplab::journey
