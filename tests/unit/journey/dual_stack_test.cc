// IPv6 through the small lab: neighbours asked for, packets routed, ICMPv6 errors, and a verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "controller/journey/decisions/tables.h"
#include "controller/journey/engine.h"
#include "tests/unit/journey/ipv6_builder.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey {
namespace {

using testing::address;
using ::testing::Contains;
using testing::ethernet;
using testing::ipv6;
using testing::kEtherType;
using ::testing::Not;
using testing::number;
using testing::Octets;
using testing::SmallLab;

constexpr const char* kClient6 = "2001:db8:1::64";
constexpr const char* kGatewayLan6 = "2001:db8:1::1";
constexpr const char* kServer6 = "2001:db8:3::10";

Octets tcp(uint16_t from, uint16_t to, uint32_t sequence, uint32_t acknowledged, uint8_t flags) {
  return number(from, 2) + number(to, 2) + number(sequence, 4) + number(acknowledged, 4) +
         number(0x50, 1) + number(flags, 1) + number(64240, 2) + number(0, 4);
}
Octets echo(bool reply) {
  return number(reply ? 129 : 128, 1) + number(0, 3) + number(7, 2) + number(1, 2) + "payload!";
}
Octets solicitation(const std::string& target, uint64_t mac) {
  return number(135, 1) + number(0, 7) + address(target) + number(0x0101, 2) + number(mac, 6);
}
Octets advertisement(const std::string& target, uint64_t mac) {
  return number(136, 1) + number(0, 3) + number(0x60000000, 4) + address(target) +
         number(0x0201, 2) + number(mac, 6);
}

class DualStack : public ::testing::Test {
 protected:
  void SetUp() override {
    own("client", 0, kClient6);
    own("gw", 0, kGatewayLan6);
    own("gw", 1, "2001:db8:2::2");
    own("r", 0, "2001:db8:2::1");
    own("r", 1, "2001:db8:3::1");
    own("server", 0, kServer6);
    route("client", "default", kGatewayLan6, "eth0");
    route("gw", "::/0", "2001:db8:2::1", "wan");
    route("r", "2001:db8:3::/64", "", "eth1");
    route("r", "2001:db8:1::/64", "2001:db8:2::2", "eth0");
    route("server", "::/0", "2001:db8:3::1", "eth0");
    lab.url = "a command";
  }
  void own(const std::string& node, int interface, const std::string& text) {
    for (auto& spec : *lab.bundle.mutable_specs()) {
      if (spec.node() == node) spec.mutable_interfaces(interface)->add_addresses(text + "/64");
    }
  }
  void route(const std::string& node, const std::string& prefix, const std::string& via,
             const std::string& interface) {
    auto& route = *lab.capture(node).mutable_after()->add_routes();
    route.set_prefix(prefix == "default" ? "::/0" : prefix);
    route.set_protocol("static");
    auto& hop = *route.add_next_hops();
    hop.set_interface(interface);
    if (!via.empty()) hop.set_via(via);
  }

  void ask_for_gateway(bool answered) {
    const uint64_t client = SmallLab::mac("client", "eth0");
    const uint64_t gateway = SmallLab::mac("gw", "lan");
    lab.lan_broadcast("client", ethernet(0x3333ff000001, client, kEtherType,
                                         ipv6(kClient6, "ff02::1:ff00:1", 255, 58,
                                              solicitation(kGatewayLan6, client))));
    if (!answered) return;
    lab.lan_unicast(
        "gw", "client",
        ethernet(client, gateway, kEtherType,
                 ipv6(kGatewayLan6, kClient6, 255, 58, advertisement(kGatewayLan6, gateway))));
  }
  void out(uint8_t next, const Octets& segment, bool to_server = true) {
    lab.lan_unicast("client", "gw",
                    ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                             kEtherType, ipv6(kClient6, kServer6, 64, next, segment)));
    cross("gw", "wan", "r", "eth0", ipv6(kClient6, kServer6, 63, next, segment));
    if (to_server)
      cross("r", "eth1", "server", "eth0", ipv6(kClient6, kServer6, 62, next, segment));
  }
  void back(uint8_t next, const Octets& segment) {
    cross("server", "eth0", "r", "eth1", ipv6(kServer6, kClient6, 64, next, segment));
    home(kServer6, 63, next, segment);
  }
  void home(const std::string& from, uint8_t hop_limit, uint8_t next, const Octets& segment) {
    cross("r", "eth0", "gw", "wan", ipv6(from, kClient6, hop_limit, next, segment));
    lab.lan_unicast(
        "gw", "client",
        ethernet(SmallLab::mac("client", "eth0"), SmallLab::mac("gw", "lan"), kEtherType,
                 ipv6(from, kClient6, static_cast<uint8_t>(hop_limit - 1), next, segment)));
  }
  void cross(const std::string& a, const std::string& ai, const std::string& b,
             const std::string& bi, const Octets& packet) {
    const Octets frame = ethernet(SmallLab::mac(b, bi), SmallLab::mac(a, ai), kEtherType, packet);
    lab.record(a, ai, true, frame);
    lab.record(b, bi, false, frame);
  }
  v1::Journey journey(int exit_code = 0) {
    lab.finish(exit_code, 0);
    lab.bundle.set_ended_ns(lab.now + 5'000'000'000);
    const v1::Journey j = build(lab.bundle);
    EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
    return j;
  }

  SmallLab lab;
};

const v1::Exchange* find(const v1::Journey& j, const std::string& kind) {
  for (const auto& phase : j.phases()) {
    for (const auto& e : phase.exchanges()) {
      if (e.kind() == kind) return &e;
    }
  }
  return nullptr;
}

std::vector<std::string> said_by(const v1::Trip& trip, const std::string& node) {
  std::vector<std::string> keys;
  for (const auto& hop : trip.hops()) {
    if (hop.node() != node) continue;
    for (const auto& d : hop.decisions()) {
      for (const auto* f : {&d.check(), &d.result(), &d.consequence()}) {
        if (!f->key().empty()) keys.push_back(f->key());
      }
    }
  }
  return keys;
}

const v1::Trip* trip_from(const v1::Journey& j, const std::string& origin,
                          const std::string& protocol) {
  for (const auto& trip : j.trips()) {
    if (trip.origin() == origin && trip.protocol() == protocol) return &trip;
  }
  return nullptr;
}

TEST_F(DualStack, ASynIsRoutedHopByHop) {
  ask_for_gateway(true);
  out(6, tcp(40000, 80, 1000, 0, 2));
  back(6, tcp(80, 40000, 5000, 1001, 18));
  out(6, tcp(40000, 80, 1001, 5001, 16));
  const v1::Journey j = journey();
  const v1::Exchange* handshake = find(j, "tcp handshake");
  ASSERT_NE(handshake, nullptr) << j.DebugString();
  EXPECT_EQ(handshake->server(), "server");
  EXPECT_EQ(handshake->title().args().at("address"), kServer6);
  EXPECT_EQ(handshake->trips_size(), 3);
  const v1::Trip* syn = trip_from(j, "client", "TCP");
  ASSERT_NE(syn, nullptr);
  EXPECT_EQ(syn->outcome(), v1::Trip::DELIVERED);
  ASSERT_EQ(syn->hops_size(), 5);
  EXPECT_EQ(syn->hops(3).node(), "r");
  EXPECT_THAT(said_by(*syn, "client"), Contains("nd.asked"));
  EXPECT_THAT(said_by(*syn, "gw"), Contains("route.via"));
  EXPECT_THAT(said_by(*syn, "gw"), Contains("ttl.decremented"));
  for (const auto& d : syn->hops(2).decisions()) {
    if (d.result().key() == "ttl.decremented") {
      EXPECT_EQ(d.result().args().at("field"), "hop limit");
    }
  }
  EXPECT_EQ(syn->hops(2).rewrites(2).field(), "hop limit");
  EXPECT_THAT(said_by(*syn, "gw"), Contains("nd.hit"));
  EXPECT_THAT(said_by(*syn, "server"), Contains("deliver.port"));
  EXPECT_THAT(said_by(*syn, "server"), Not(Contains("arp.hit")));
  const v1::Exchange* asked = find(j, "nd");
  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(asked->title().args().at("target"), kGatewayLan6);
  EXPECT_EQ(asked->parent(), handshake->id());
}

// A solicitation goes to a group: only the owner of the address is in it.
TEST_F(DualStack, AnEchoAndWhoTheSolicitationReaches) {
  ask_for_gateway(true);
  out(58, echo(false));
  back(58, echo(true));
  const v1::Journey j = journey();
  const v1::Exchange* ping = find(j, "icmp");
  ASSERT_NE(ping, nullptr);
  EXPECT_EQ(ping->trips_size(), 2);
  EXPECT_EQ(ping->title().key(), "exchange.echo");
  EXPECT_EQ(ping->title().args().at("protocol"), "ICMPv6");
  EXPECT_EQ(ping->title().args().at("field"), "hop limit");
  EXPECT_EQ(ping->title().args().at("hops"), "64");
  EXPECT_EQ(ping->status(), v1::Exchange::OK);
  EXPECT_EQ(j.verdict().result(), v1::Verdict::OK) << j.verdict().DebugString();
  std::map<std::string, v1::Hop::Outcome> ends;
  for (const auto& hop : j.trips(0).hops()) ends[hop.node()] = hop.outcome();
  EXPECT_EQ(ends["gw"], v1::Hop::DELIVERED);
  EXPECT_EQ(ends["dhcp"], v1::Hop::IGNORED);
}

// fe80::/64 is on every link; a group needs no neighbour.
TEST_F(DualStack, LinkLocalAddressesAreOnTheirLink) {
  route("r", "fe80::/64", "", "eth0");
  route("r", "fe80::/64", "", "eth1");
  const Lab known(lab.bundle);
  const Tables tables(known, known.node("r"));
  const IpAddress neighbour = net::parse_ip("fe80::1").value();
  EXPECT_EQ(tables.route(neighbour, 0, {"eth1"})->next_hops(0).interface(), "eth1");
  EXPECT_EQ(tables.route(neighbour, 0, {"eth0"})->next_hops(0).interface(), "eth0");
  ask_for_gateway(true);
  const v1::Journey j = journey();
  EXPECT_THAT(said_by(j.trips(0), "client"),
              ::testing::ElementsAre("nd.multicast", "route.group_out"));
}

// Hop limit exceeded, no route: told by a router, and a child of what it complains about.
TEST_F(DualStack, AnErrorBelongsToWhatItQuotes) {
  const Octets asked = echo(false);
  out(58, asked, false);
  const Octets quoted = ipv6(kClient6, kServer6, 63, 58, asked);
  home("2001:db8:2::1", 64, 58, number(0x0100, 2) + number(0, 6) + quoted);
  for (auto& capture : *lab.bundle.mutable_captures()) {
    if (capture.node() == "r") capture.mutable_after()->clear_routes();
  }
  const v1::Journey j = journey(1);
  const v1::Exchange* error = nullptr;
  for (const auto& phase : j.phases()) {
    for (const auto& e : phase.exchanges()) {
      if (e.kind() == "icmp" && e.client() == "r") error = &e;
    }
  }
  ASSERT_NE(error, nullptr) << j.DebugString();
  const v1::Exchange* ping = find(j, "icmp");
  EXPECT_EQ(error->parent(), ping->id());
  EXPECT_EQ(error->facts(0).args().at("message"), "no route to destination");
  ASSERT_GE(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "r");
}

TEST_F(DualStack, NobodyAnswersTheSolicitation) {
  for (int i = 0; i < 3; ++i) {
    ask_for_gateway(false);
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = journey(1);
  const v1::Exchange* asked = find(j, "nd");
  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(asked->status(), v1::Exchange::FAILED);
  ASSERT_GE(j.verdict().culprits_size(), 1);
  const auto& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "gw") << culprit.DebugString();
  EXPECT_EQ(culprit.cause().key(), "cause.arp_ignored");
  EXPECT_EQ(culprit.layer(), "link");
}

// Each version of OSPF elects for itself.
TEST_F(DualStack, WhoSpeaksForALanInOspfv3) {
  auto& after = *lab.capture("r").mutable_after();
  for (auto& route : *after.mutable_routes()) {
    if (route.prefix() == "2001:db8:3::/64") route.set_protocol("ospf");
  }
  auto& v2 = *after.add_ospf_interfaces();
  v2.set_interface("eth1");
  v2.set_network("BROADCAST");
  v2.set_designated("203.0.113.9");
  auto& v3 = *after.add_ospf_interfaces();
  v3.set_ipv6(true);
  v3.set_interface("eth1");
  v3.set_network("BROADCAST");
  v3.set_designated("10.255.0.1");
  out(58, echo(false));
  const auto told = testing::told_at(journey(1), "r");
  EXPECT_THAT(told, Contains(testing::says(
                        "ospf.designated6",
                        {{"interface", "eth1"}, {"router", "10.255.0.1"}, {"backup", ""}})));
  EXPECT_THAT(told, Not(Contains(testing::HasKey(std::string("ospf.designated")))));
}

// The checksum of each version's pseudo-header: spoiled by the router, and found.
TEST_F(DualStack, ASpoiledChecksumIsTheSpoilersDoing) {
  Octets good = tcp(40000, 80, 1000, 0, 2);
  lab.lan_unicast("client", "gw",
                  ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), kEtherType,
                           ipv6(kClient6, kServer6, 64, 6, good)));
  cross("gw", "wan", "r", "eth0", ipv6(kClient6, kServer6, 63, 6, good));
  Octets bad = ipv6(kClient6, kServer6, 62, 6, good);
  bad[40 + 16] = static_cast<char>(bad[40 + 16] ^ 0x55);
  cross("r", "eth1", "server", "eth0", bad);
  const v1::Journey j = journey(1);
  ASSERT_GE(j.verdict().culprits_size(), 1);
  EXPECT_EQ(j.verdict().culprits(0).node(), "r");
  EXPECT_EQ(j.verdict().culprits(0).cause().key(), "cause.checksum");
}

// Fragments of IPv6 are made by the sender alone (RFC 8200, section 4.5), and read as one datagram.
TEST_F(DualStack, FragmentsAreOneDatagram) {
  const Octets whole = number(40000, 2) + number(53, 2) + number(8 + 24, 2) + number(0, 2) +
                       "abcdefghijklmnopqrstuvwx";
  const auto fragment = [&](size_t from, size_t size, bool more) {
    return number(0x1100, 2) + number(from | (more ? 1U : 0U), 2) + number(77, 4) +
           whole.substr(from, size);
  };
  const auto send = [&](const Octets& part) {
    const Octets packet = number(0x60000000, 4) + number(part.size(), 2) + number(44, 1) +
                          number(64, 1) + address(kClient6) + address(kGatewayLan6) + part;
    lab.lan_unicast(
        "client", "gw",
        ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"), kEtherType, packet));
  };
  send(fragment(0, 16, true));
  send(fragment(16, 16, false));
  const v1::Journey j = journey();
  ASSERT_EQ(j.trips_size(), 2);
  EXPECT_EQ(j.trips(1).fragment_of(), j.trips(0).id()) << j.DebugString();
}

// What the gateway's cache says of www.naver.com: one address of each version.
class Choice : public DualStack {
 protected:
  void SetUp() override {
    DualStack::SetUp();
    ask_name(1, 1, number(testing::kServer, 4));
    ask_name(2, 28, address(kServer6));
  }
  void ask_name(uint16_t id, uint16_t type, const Octets& data) {
    const Octets question = "\3www\5naver\3com" + number(0, 1) + number(type, 2) + number(1, 2);
    const Octets asked = number(id, 2) + number(0x0100, 2) + number(1, 2) + number(0, 6) + question;
    const Octets told = number(id, 2) + number(0x8180, 2) + number(1, 2) + number(1, 2) +
                        number(0, 4) + question + number(0xc00c, 2) + number(type, 2) +
                        number(1, 2) + number(60, 4) + number(data.size(), 2) + data;
    const auto port = static_cast<uint16_t>(40100 + id);
    lan4("client", "gw", testing::kClient, testing::kGatewayLan,
         {17, port, 53, 0, 0, 0, {}, asked});
    lan4("gw", "client", testing::kGatewayLan, testing::kClient, {17, 53, port, 0, 0, 0, {}, told});
  }
  void lan4(const std::string& from, const std::string& to, uint32_t source, uint32_t destination,
            const testing::Transport& t) {
    const auto mac = [](const std::string& node) {
      return SmallLab::mac(node, node == "gw" ? "lan" : "eth0");
    };
    lab.lan_unicast(
        from, to,
        ethernet(mac(to), mac(from), 0x0800, testing::ipv4(source, destination, 64, ++id_, t)));
  }
  void handshake6() {
    out(6, tcp(40000, 80, 1000, 0, 2));
    back(6, tcp(80, 40000, 5000, 1001, 18));
    out(6, tcp(40000, 80, 1001, 5001, 16));
  }
  void handshake4() {
    lab.outward("server", testing::kServer, {6, 50000, 80, 1000, 0, 2, {}, {}});
    lab.inward("server", testing::kServer, {6, 80, 50000, 9000, 1001, 18, {}, {}});
    lab.outward("server", testing::kServer, {6, 50000, 80, 1001, 9001, 16, {}, {}});
  }
  static std::map<std::string, std::vector<std::string>> told(const v1::Journey& j) {
    std::map<std::string, std::vector<std::string>> all;  // address → keys
    for (const auto& phase : j.phases()) {
      for (const auto& e : phase.exchanges()) {
        if (e.kind() != "tcp handshake") continue;
        for (const auto& f : e.facts()) {
          if (f.key().starts_with("fact.family")) {
            all[e.title().args().at("address")].push_back(f.key());
          }
        }
      }
    }
    return all;
  }

 private:
  uint16_t id_ = 700;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST_F(Choice, Ipv6IsTriedFirst) {
  handshake6();
  const v1::Journey j = journey();
  EXPECT_THAT(told(j), ElementsAre(Pair(kServer6, ElementsAre("fact.family_first"))));
  for (const auto& phase : j.phases()) {
    if (phase.kind() != v1::Phase::NAME) continue;
    EXPECT_EQ(phase.summary().args().at("answer"), kServer6);
  }
}

// RFC 6724's table has IPv4 before unique local addresses, RFC 3484's has not.
TEST_F(Choice, AUniqueLocalAddressFirstIsNotByRfc6724) {
  ask_name(3, 28, address("fd00:3::10"));
  own("server", 0, "fd00:3::10");
  const auto local = [&](uint8_t flags) {
    const Octets segment = tcp(40000, 80, 1000, 0, flags);
    lab.lan_unicast("client", "gw",
                    ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                             kEtherType, ipv6(kClient6, "fd00:3::10", 64, 6, segment)));
    cross("gw", "wan", "r", "eth0", ipv6(kClient6, "fd00:3::10", 63, 6, segment));
    cross("r", "eth1", "server", "eth0", ipv6(kClient6, "fd00:3::10", 62, 6, segment));
  };
  local(2);
  EXPECT_THAT(told(journey(1)),
              ElementsAre(Pair("fd00:3::10", ElementsAre("fact.family_first_local"))));
}

TEST_F(Choice, WithoutAnAddressToSendFromThereIsNone) {
  for (auto& spec : *lab.bundle.mutable_specs()) {
    if (spec.node() == "client") spec.mutable_interfaces(0)->clear_addresses();
  }
  handshake4();
  EXPECT_THAT(told(journey()),
              ElementsAre(Pair("203.0.113.10", ElementsAre("fact.family_no_source"))));
}

// The router throws the SYN away; 200 ms later curl tries the other version beside it.
TEST_F(Choice, WhatIsNotAnsweredIsTriedOverTheOther) {
  out(6, tcp(40000, 80, 1000, 0, 2), false);
  lab.now += 200'000'000;
  handshake4();
  const v1::Journey j = journey();
  EXPECT_THAT(told(j), ElementsAre(Pair("2001:db8:3::10", ElementsAre("fact.family_first")),
                                   Pair("203.0.113.10",
                                        ElementsAre("fact.family_second", "fact.family_used"))));
}

TEST_F(Choice, ANameOfOneVersionIsNoChoice) {
  SmallLab other;
  other.resolve_by_gateway(false);
  other.fetch();
  other.finish(0, 200);
  EXPECT_THAT(told(build(other.bundle)), IsEmpty());
}

}  // namespace
}  // namespace hoplab::journey
