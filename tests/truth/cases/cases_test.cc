// Trips in the hard cases, on real nodes: each test makes the situation with tools from outside the
// product and says what a join of equal packets gets wrong there.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "tests/integration/lab/hoplab.h"
#include "tests/truth/cases/outside.h"

namespace hoplab::truth {
namespace {

using test::hoplab;
using test::leftovers;
using test::Outcome;
using test::Process;
using testing::Contains;
using testing::Each;
using testing::Not;

constexpr const char* kLab = "test-cases";
constexpr const char* kBulk = "100.64.0.30";     // behind edge, north or south, far
constexpr const char* kOutside = "100.64.0.2";   // home-gw's
constexpr const char* kInside = "192.168.10.2";  // the node of that name

class Environment : public testing::Environment {
 public:
  static std::string& problem() {
    static std::string text = "not started";
    return text;
  }
  void SetUp() override {
    problem() = test::why_not();
    if (!problem().empty()) return;
    hoplab({"down", kLab});
    const Outcome up =
        hoplab({"up", HOPLAB_SOURCE_DIR "/tests/truth/cases/cases.yaml", "--lab", kLab},
               std::chrono::seconds(200));
    ASSERT_EQ(up.exit_code, 0) << up.err;
  }
  void TearDown() override {
    if (!problem().empty()) return;
    const Outcome down = hoplab({"down", kLab});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    EXPECT_EQ(leftovers(kLab), "");
  }
};
[[maybe_unused]] auto* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

v1::Journey read(const Outcome& outcome) {
  v1::Journey journey;
  // What the command itself printed may come first.
  const size_t at = std::min(outcome.out.find('{'), outcome.out.size());
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out.substr(at), &journey).ok())
      << "exit " << outcome.exit_code << "\n"
      << outcome.err;
  return journey;
}

class Cases : public testing::Test {
 protected:
  void SetUp() override {
    if (!Environment::problem().empty()) GTEST_SKIP() << Environment::problem();
    settle(56);
  }
  // Waits until pings of this size come back, all of them: routes and path MTUs follow a change of
  // links when OSPF and the kernels have heard of it.
  static void settle(int size) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const std::string bytes = std::to_string(size);
    Outcome ping;
    do {
      ping = hoplab({"exec", "client", "--lab", kLab, "--", "ping", "-c", "4", "-i", "0.2", "-W",
                     "1", "-M", "dont", "-s", bytes, kBulk});
    } while (ping.out.find(" 0% packet loss") == std::string::npos &&
             std::chrono::steady_clock::now() < deadline);
    ASSERT_THAT(ping.out, testing::HasSubstr(" 0% packet loss")) << ping.err;
  }
  static pid_t node(const std::string& name) { return process_of(kLab, name); }
  static std::vector<std::string> words(const std::vector<std::string>& command) {
    std::vector<std::string> all = {"trace",    "client", "--lab",       kLab,
                                    "--format", "json",   "--every-hop", "--"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }
  // The journey of a command on the client: nothing may be left over.
  static v1::Journey trace(const std::vector<std::string>& command) {
    v1::Journey journey = read(hoplab(words(command)));
    EXPECT_EQ(journey.completeness().left_over(), 0U) << journey.completeness().DebugString();
    EXPECT_GT(journey.completeness().explained(), 0U);
    return journey;
  }
};

std::string way(const v1::Trip& trip) {
  std::string text;
  for (const auto& hop : trip.hops()) {
    if (!text.empty()) text += ' ';
    text += hop.node();
    if (!hop.out_interface().empty()) text.append(1, '.').append(hop.out_interface());
  }
  return text;
}
std::string shown(const v1::Journey& j) {
  std::string text;
  for (const auto& t : j.trips()) {
    text +=
        fmt::format("#{} {} {}{} {}\n", t.id(), t.protocol(), v1::Trip::Outcome_Name(t.outcome()),
                    t.retransmission() ? " again" : "", way(t));
  }
  return text;
}

bool is_arp(const v1::Trip& trip) { return trip.protocol() == "ARP"; }

std::vector<v1::Trip> from(const v1::Journey& j, const std::string& node) {
  std::vector<v1::Trip> found;
  for (const auto& trip : j.trips()) {
    if (trip.origin() == node && !is_arp(trip)) found.push_back(trip);
  }
  return found;
}

size_t count(const v1::Journey& j, v1::Trip::Outcome outcome) {
  return static_cast<size_t>(
      std::ranges::count_if(j.trips(), [&](const auto& t) { return t.outcome() == outcome; }));
}

bool says(const v1::Hop& hop, const std::string& key) {
  return std::ranges::any_of(hop.decisions(),
                             [&](const auto& d) { return d.result().key() == key; });
}
size_t told(const v1::Journey& j, const std::string& key) {
  size_t n = 0;
  for (const auto& trip : j.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const auto& d : hop.decisions()) n += d.result().key() == key ? 1U : 0U;
    }
  }
  return n;
}

size_t visits(const v1::Trip& trip, const std::string& node) {
  return static_cast<size_t>(
      std::ranges::count_if(trip.hops(), [&](const auto& h) { return h.node() == node; }));
}

std::vector<v1::Exchange> exchanges(const v1::Journey& j, const std::string& kind) {
  std::vector<v1::Exchange> found;
  for (const auto& phase : j.phases()) {
    for (const auto& x : phase.exchanges()) {
      if (x.kind() == kind) found.push_back(x);
    }
  }
  return found;
}

// Naive: only the first fragment has ports or an ICMP id, the others belong to nothing; and behind
// connection tracking, which holds all of them back until the last is there, times cross.
TEST_F(Cases, FragmentsOfOneDatagramAreOneExchange) {
  const v1::Journey j = trace({"ping", "-c", "2", "-i", "0.2", "-s", "4000", kBulk});
  EXPECT_EQ(count(j, v1::Trip::DELIVERED), static_cast<size_t>(j.trips_size())) << shown(j);
  size_t fragments = 0;
  for (const auto& trip : j.trips()) fragments += trip.fragment_of() != 0 ? 1U : 0U;
  EXPECT_EQ(fragments, 8U) << shown(j);
  size_t in_exchanges = 0;
  for (const auto& echo : exchanges(j, "icmp")) {
    in_exchanges += static_cast<size_t>(echo.trips_size());
    EXPECT_EQ(echo.status(), v1::Exchange::OK);
  }
  EXPECT_EQ(in_exchanges, 12U);
}

// Naive: the datagram that came in never leaves the router, and fragments are made there by nobody.
TEST_F(Cases, ARouterThatFragmentsLosesNothing) {
  const auto mtu = [](const char* size) {
    return std::string("ip link set eth0 mtu ") + size + "; ip link set eth1 mtu " + size;
  };
  const Change far(node("far"), mtu("1000"), mtu("1500"));
  const Change north(node("north"), "ip link set eth1 mtu 1000", "ip link set eth1 mtu 1500");
  const Change south(node("south"), "ip link set eth1 mtu 1000", "ip link set eth1 mtu 1500");
  settle(1400);
  const v1::Journey j = trace({"ping", "-c", "2", "-i", "0.2", "-M", "dont", "-s", "1400", kBulk});
  ASSERT_EQ(from(j, "client").size(), 2U) << shown(j);
  EXPECT_EQ(count(j, v1::Trip::LOST), 0U) << shown(j);
  EXPECT_EQ(told(j, "hop.fragmented"), 4U) << shown(j);
  for (const auto& trip : from(j, "client")) EXPECT_EQ(visits(trip, "bulk"), 2U) << way(trip);
  for (const auto& trip : from(j, "bulk")) EXPECT_EQ(visits(trip, "client"), 2U) << way(trip);
}

// Naive: what a gateway put together (connection tracking) and sent on in other sizes has nothing
// equal among what came in: all lost, and others made at the gateway.
TEST_F(Cases, AGatewayThatReassemblesAndFragmentsAnewLosesNothing) {
  const Change gateway(node("home-gw"), "ip link set wan mtu 1000", "ip link set wan mtu 1500");
  const Change edge(node("edge"), "ip link set eth0 mtu 1000", "ip link set eth0 mtu 1500");
  settle(4000);
  const v1::Journey j = trace({"ping", "-c", "2", "-i", "0.2", "-M", "dont", "-s", "4000", kBulk});
  EXPECT_EQ(count(j, v1::Trip::DELIVERED), static_cast<size_t>(j.trips_size())) << shown(j);
  EXPECT_TRUE(from(j, "home-gw").empty()) << shown(j);
  EXPECT_GT(told(j, "hop.fragmented") + told(j, "hop.merged_fragment"), 0U) << shown(j);
  EXPECT_EQ(from(j, "client").size(), 6U) << shown(j);
}

// Naive: the second copy is made by the switch, and to TCP it is a retransmission.
TEST_F(Cases, ACopyOnTheWayIsNoRetransmission) {
  const Change copies(
      node("home-sw"),
      "tc qdisc add dev eth0 clsact; tc filter add dev eth0 ingress protocol ip u32 match u32 0 0 "
      "action mirred egress mirror dev eth3",
      "tc qdisc del dev eth0 clsact");
  const v1::Journey j = trace({"curl", "-s", "-o", "/dev/null", fmt::format("http://{}/", kBulk)});
  EXPECT_TRUE(from(j, "home-sw").empty()) << shown(j);
  const auto sent = from(j, "client");
  ASSERT_GT(sent.size(), 3U);
  for (const auto& trip : sent) {
    EXPECT_EQ(visits(trip, "bulk"), 2U) << way(trip);
    EXPECT_FALSE(trip.retransmission()) << way(trip);
  }
  EXPECT_EQ(told(j, "hop.duplicate"), sent.size());
}

// Naive: matched by sequence number, the second try is the first, late; so nothing was lost.
TEST_F(Cases, ARetransmissionIsATripOfItsOwn) {
  const Change loss(
      node("far"),
      "nft 'add table ip cases; add chain ip cases f { type filter hook forward "
      "priority 0; }; add rule ip cases f ip daddr 100.64.0.30 tcp dport 80 tcp flags & "
      "psh == psh limit rate 1/hour burst 1 packets drop'",
      "nft delete table ip cases");
  const v1::Journey j = trace({"curl", "-s", "-o", "/dev/null", fmt::format("http://{}/", kBulk)});
  std::vector<v1::Trip> requests;
  for (const auto& trip : from(j, "client")) {
    if (trip.payload_bytes() > 0) requests.push_back(trip);
  }
  ASSERT_EQ(requests.size(), 2U) << shown(j);
  EXPECT_EQ(requests[0].outcome(), v1::Trip::LOST);
  EXPECT_EQ(requests[0].hops(requests[0].hops_size() - 1).node(), "far");
  EXPECT_EQ(requests[1].outcome(), v1::Trip::DELIVERED);
  EXPECT_TRUE(requests[1].retransmission());
  EXPECT_EQ(requests[1].copy_of(), 0U);
}

// Naive: SYN-ACKs carry IP ID 0, so one sent again is the same packet in every byte: a copy.
TEST_F(Cases, WithoutAnIpIdTimeTellsSentAgainFromCopied) {
  const Change deaf(
      node("client"),
      "nft 'add table ip cases; add chain ip cases i { type filter hook input priority "
      "0; }; add rule ip cases i tcp sport 80 tcp flags & (syn|ack) == (syn|ack) limit "
      "rate 1/hour burst 1 packets drop'",
      "nft delete table ip cases");
  const v1::Journey j = trace({"curl", "-s", "-o", "/dev/null", fmt::format("http://{}/", kBulk)});
  std::vector<v1::Trip> answers;
  for (const auto& trip : from(j, "bulk")) {
    if (trip.summary().args().contains("flags") &&
        trip.summary().args().at("flags").find("SYN") != std::string::npos) {
      answers.push_back(trip);
    }
  }
  ASSERT_GE(answers.size(), 2U) << shown(j);
  EXPECT_EQ(answers[0].copy_of(), 0U);
  EXPECT_EQ(answers[1].copy_of(), 0U);
  EXPECT_TRUE(answers[1].retransmission());
  EXPECT_GT(answers[1].start_ns() - answers[0].start_ns(), 500'000'000);
}

// Naive: the gateway's own address is the destination, so the packet ends there and another begins.
TEST_F(Cases, HairpinNatIsOneTrip) {
  const Change rules(
      node("home-gw"),
      std::string("nft 'add table ip cases; add chain ip cases pre { type nat hook prerouting "
                  "priority -110; }; add rule ip cases pre ip daddr ") +
          kOutside + " tcp dport 8080 dnat to " + kInside +
          ":80; add chain ip cases post { type nat hook postrouting priority 90; }; add rule ip "
          "cases post ip daddr " +
          kInside + " tcp dport 80 masquerade'",
      "nft delete table ip cases");
  const v1::Journey j =
      trace({"curl", "-s", "-o", "/dev/null", fmt::format("http://{}:8080/", kOutside)});
  ASSERT_EQ(j.result().exit_code(), 0);
  EXPECT_TRUE(from(j, "home-gw").empty()) << shown(j);
  for (const auto& trip : from(j, "client")) {
    EXPECT_EQ(way(trip), "client.eth0 home-sw.eth3 home-gw.lan home-sw.eth1 inside");
  }
  for (const auto& trip : from(j, "inside")) {
    EXPECT_EQ(way(trip), "inside.eth0 home-sw.eth3 home-gw.lan home-sw.eth0 client");
  }
}

// Naive: the same four numbers are one connection, whose second SYN is a retransmission.
TEST_F(Cases, PortsUsedAgainAreAnotherConnection) {
  const std::string no_waiting = "echo 0 > /proc/sys/net/ipv4/tcp_max_tw_buckets";
  const std::string waiting = "echo 4096 > /proc/sys/net/ipv4/tcp_max_tw_buckets";
  const Change here_too(node("client"), no_waiting, waiting);
  const Change there(node("bulk"), no_waiting, waiting);
  const std::string one = fmt::format("curl -s -o /dev/null --local-port 40000 http://{}/", kBulk);
  const v1::Journey j = trace({"sh", "-ec", one + "; " + one});
  ASSERT_EQ(j.result().exit_code(), 0) << "the port could not be used again";
  std::set<uint32_t> connections;
  size_t syns = 0;
  std::map<uint32_t, const v1::Exchange*> of_trip;
  const auto handshakes = exchanges(j, "tcp handshake");
  const auto plain = exchanges(j, "tcp");
  for (const auto* list : {&handshakes, &plain}) {
    for (const auto& x : *list) {
      for (const uint32_t t : x.trips()) of_trip[t] = &x;
    }
  }
  for (const auto& trip : from(j, "client")) {
    const auto flags = trip.summary().args().find("flags");
    if (flags == trip.summary().args().end() || flags->second != "SYN") continue;
    ++syns;
    EXPECT_FALSE(trip.retransmission()) << way(trip);
    ASSERT_TRUE(of_trip.contains(trip.id())) << shown(j);
    connections.insert(of_trip[trip.id()]->id());
  }
  EXPECT_EQ(syns, 2U) << shown(j);
  EXPECT_EQ(connections.size(), 2U) << "both in one connection";
}

// Naive: one connection is one request, so what the balancer asked for the second one is a health
// check.
TEST_F(Cases, TwoRequestsOfOneConnectionAreTwoOfTheBalancer) {
  const v1::Journey j = trace({"curl", "-s", "-o", "/dev/null", "http://www.cases.example/", "-o",
                               "/dev/null", "http://www.cases.example/"});
  ASSERT_EQ(j.result().exit_code(), 0);
  size_t in_front = 0;
  std::vector<std::string> behind;
  for (const auto& x : exchanges(j, "tcp handshake")) {
    if (x.client() == "client") ++in_front;
    if (x.client() != "lb") continue;
    behind.push_back(x.server());
    EXPECT_NE(x.parent(), 0U) << x.ShortDebugString();
  }
  EXPECT_EQ(in_front, 1U);
  ASSERT_EQ(behind.size(), 2U) << shown(j);
  EXPECT_NE(behind[0], behind[1]) << "round robin";
  EXPECT_EQ(told(j, "lb.pick"), 2U);
}

constexpr std::chrono::seconds kCheckPeriod{1};  // of the balancer's health checks

// Naive: the connection to the server that refused belongs to nobody, so it is a health check.
TEST_F(Cases, ARetryOnASecondBackEndBelongsToTheRequest) {
  const auto request = [] { return test::journey(kLab, "http://www.cases.example/", {"--warm"}); };
  const auto picked = [](const v1::Journey& j) {
    for (const auto& trip : j.trips()) {
      for (const auto& hop : trip.hops()) {
        for (const auto& d : hop.decisions()) {
          if (d.result().key() == "lb.pick") return d.result().args().at("server");
        }
      }
    }
    return std::string();
  };
  // Round robin: a round after web2 it is web2's turn again. The balancer's check may notice first
  // that web2 refuses, within a second or two; then all of it is tried again.
  v1::Journey j;
  for (int attempt = 0; attempt < 5 && told(j, "lb.retry") == 0; ++attempt) {
    std::vector<std::string> picks;  // the last three
    const auto whole_round = [&] { return std::set(picks.begin(), picks.end()).size() == 3; };
    for (int n = 0; n < 40 && !(whole_round() && picks[0] == "web2"); ++n) {
      picks.push_back(picked(request()));
      if (picks.size() > 3) picks.erase(picks.begin());
      // Not all are back since the attempt before.
      if (picks.size() == 3 && !whole_round()) std::this_thread::sleep_for(kCheckPeriod);
    }
    ASSERT_TRUE(whole_round());
    const Change refuses(node("web2"),
                         "nft 'add table ip cases; add chain ip cases i { type filter hook input "
                         "priority 0; }; add rule ip cases i tcp dport 80 reject with tcp reset'",
                         "nft delete table ip cases");
    j = request();
  }
  EXPECT_EQ(j.completeness().left_over(), 0U);
  EXPECT_EQ(told(j, "lb.retry"), 1U);
  std::vector<std::string> tried;
  for (const auto& x : exchanges(j, "tcp handshake")) {
    if (x.client() != "lb") continue;
    tried.push_back(x.server());
    EXPECT_NE(x.parent(), 0U) << x.ShortDebugString();
  }
  ASSERT_GE(tried.size(), 2U) << shown(j);
  EXPECT_THAT(tried, Contains("web2"));
  EXPECT_NE(picked(j), "web2");
}

// Naive: a connection has one way, and its answers come back by it.
TEST_F(Cases, EqualWaysAndAnotherWayBack) {
  const Change both(
      node("edge"),
      "ip route replace 100.64.0.30/32 nexthop via 100.64.0.6 nexthop via 100.64.0.10",
      "ip route del 100.64.0.30/32");
  const Change back(node("far"), "ip route replace 100.64.0.2/32 via 100.64.0.17",
                    "ip route del 100.64.0.2/32");
  const std::string one = fmt::format("curl -s -o /dev/null http://{}/; ", kBulk);
  std::string many;
  for (int i = 0; i < 12; ++i) many += one;
  const v1::Journey j = trace({"sh", "-c", many});
  std::set<std::string> out;
  for (const auto& trip : from(j, "client")) {
    EXPECT_EQ(trip.outcome(), v1::Trip::DELIVERED) << way(trip);
    EXPECT_EQ(visits(trip, "north") + visits(trip, "south"), 1U) << way(trip);
    out.insert(visits(trip, "north") == 1 ? "north" : "south");
  }
  EXPECT_EQ(out.size(), 2U) << "twelve connections took one way: one in 2048";
  const auto answers = from(j, "bulk");
  ASSERT_GT(answers.size(), 12U);
  for (const auto& trip : answers) EXPECT_EQ(visits(trip, "south"), 1U) << way(trip);
  EXPECT_GT(told(j, "route.next_hop_of"), 0U);
}

// Naive: the tap sits behind the queue, so a frame lost in it was never sent.
TEST_F(Cases, FramesLostInAQueueAreLostThere) {
  const Change queue(node("far"),
                     "tc qdisc add dev eth4 root tbf rate 200kbit burst 2000 limit 2000",
                     "tc qdisc del dev eth4 root");
  const v1::Journey j = trace({"ping", "-c", "20", "-i", "0.01", "-s", "1000", "-W", "1", kBulk});
  EXPECT_GT(count(j, v1::Trip::LOST), 3U) << shown(j);
  for (const auto& trip : j.trips()) {
    if (trip.outcome() != v1::Trip::LOST) continue;
    const auto& last = trip.hops(trip.hops_size() - 1);
    EXPECT_EQ(last.node(), "far") << way(trip);
    EXPECT_TRUE(says(last, "hop.qdisc_drops")) << last.DebugString();
  }
  ASSERT_GT(j.verdict().culprits_size(), 0);
  EXPECT_EQ(j.verdict().culprits(0).node(), "far");
  EXPECT_EQ(j.verdict().culprits(0).interface(), "eth4");
}

// Naive: one frame in and several out are one lost and several made by the router.
TEST_F(Cases, ASuperFrameIsSeveralSegments) {
  const ByteServer server(node("bulk"), 9000, 200'000);
  const v1::Journey j =
      trace({"curl", "-s", "-o", "/dev/null", fmt::format("http://{}:9000/", kBulk)});
  ASSERT_EQ(j.result().exit_code(), 0);
  EXPECT_EQ(count(j, v1::Trip::DELIVERED), static_cast<size_t>(j.trips_size())) << shown(j);
  EXPECT_TRUE(from(j, "far").empty()) << shown(j);
  size_t super_frames = 0;
  uint64_t bytes = 0;
  for (const auto& trip : from(j, "bulk")) {
    bytes += trip.payload_bytes();
    if (trip.segments() == 0) continue;
    ++super_frames;
    EXPECT_EQ(visits(trip, "client"), trip.segments()) << way(trip);
  }
  EXPECT_GT(super_frames, 5U);
  EXPECT_GE(bytes, 200'000U);
}

// Naive: what the ring did not keep was lost on the link before, and made by the router behind it.
TEST_F(Cases, WhatAFullRingDidNotKeepIsNotLost) {
  const pid_t agent = node("north");
  const Change one_way(node("edge"), "ip route replace 100.64.0.30/32 via 100.64.0.6",
                       "ip route del 100.64.0.30/32");
  const uint64_t before = received(agent, "eth0");
  Process running(words({"ping", "-q", "-c", "4000", "-i", "0.001", "-s", "1400", kBulk}));
  ASSERT_TRUE(
      comes_true([&] { return received(agent, "eth0") > before + 100; }, std::chrono::seconds(20)));
  ASSERT_EQ(::kill(agent, SIGSTOP), 0);
  const bool flooded =
      comes_true([&] { return received(agent, "eth0") > before + 3000; }, std::chrono::seconds(20));
  ASSERT_EQ(::kill(agent, SIGCONT), 0);
  ASSERT_TRUE(flooded);
  const v1::Journey j = read(running.wait(std::chrono::seconds(60)));
  EXPECT_GT(j.completeness().ring_drops(), 100U) << j.completeness().ShortDebugString();
  EXPECT_EQ(count(j, v1::Trip::LOST), 0U);
  EXPECT_TRUE(from(j, "north").empty());
  EXPECT_EQ(j.completeness().left_over(), 0U);
  for (const auto& culprit : j.verdict().culprits()) {
    EXPECT_NE(culprit.cause().key(), "cause.link_loss") << culprit.ShortDebugString();
    EXPECT_NE(culprit.cause().key(), "cause.dropped") << culprit.ShortDebugString();
  }
}

// Naive: its capture ends with it, so all that came later was lost on the way to it, by its
// neighbours, whose interfaces to it are other ones now.
TEST_F(Cases, ANodeRestartedInTheMiddleIsKnownUpToThere) {
  const Change one_way(node("edge"), "ip route replace 100.64.0.30/32 via 100.64.0.6",
                       "ip route del 100.64.0.30/32 || true");
  const pid_t router = node("north");
  const uint64_t before = received(router, "eth0");
  Process running(words({"ping", "-i", "0.05", "-w", "8", kBulk}));
  ASSERT_TRUE(
      comes_true([&] { return received(router, "eth0") > before + 20; }, std::chrono::seconds(20)));
  here(std::string("docker restart -t 1 hoplab-") + kLab + "-north");
  const v1::Journey j = read(running.wait(std::chrono::seconds(60)));
  const auto requests = from(j, "client");
  ASSERT_GT(requests.size(), 20U);
  EXPECT_THAT(j.completeness().silent_nodes(), Contains("north"));
  size_t whole = 0;
  for (const auto& trip : requests) {
    EXPECT_LE(visits(trip, "north"), 1U) << "seen and inferred: " << way(trip);
    whole += visits(trip, "north") == 1 && trip.outcome() == v1::Trip::DELIVERED ? 1U : 0U;
  }
  EXPECT_GE(whole, 10U) << "what was seen before it went counts";
  // What was answered was not lost.
  size_t answers = 0;
  for (const auto& trip : from(j, "bulk"))
    answers += trip.outcome() == v1::Trip::DELIVERED ? 1U : 0U;
  EXPECT_LE(count(j, v1::Trip::LOST), requests.size() > answers ? requests.size() - answers : 0U)
      << shown(j);
  ASSERT_GT(j.verdict().culprits_size(), 0);
  EXPECT_EQ(j.verdict().culprits(0).node(), "north") << j.verdict().DebugString();
  EXPECT_TRUE(comes_true(
      [] {
        const v1::LabList list = test::status(kLab);
        for (const auto& lab : list.labs()) {
          for (const auto& each : lab.nodes()) {
            if (each.health().state() != v1::Health::READY) return false;
          }
        }
        return true;
      },
      std::chrono::seconds(60)));
}

}  // namespace
}  // namespace hoplab::truth
