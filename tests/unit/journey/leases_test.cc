// DHCP by the byte: what the engine tells of each kind of transaction.
#include <gtest/gtest.h>

#include "tests/unit/journey/check_journey.h"

namespace hoplab::journey::testing {
namespace {

constexpr uint32_t kAll = 0xffffffffU;
constexpr uint64_t kEverybody = 0xffffffffffffULL;

void put(Octets& p, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) p += static_cast<char>(value >> (8 * i) & 0xffU);
}
Octets option(uint8_t code, uint64_t value, int bytes) {
  Octets p;
  put(p, code, 1);
  put(p, static_cast<uint64_t>(bytes), 1);
  put(p, value, bytes);
  return p;
}

struct Message {
  bool reply = false;
  uint32_t xid = 0x1234;
  bool broadcast = false;
  uint32_t ciaddr = 0;
  uint32_t yiaddr = 0;
  uint32_t giaddr = 0;
  Octets options;

  [[nodiscard]] Octets bytes() const {
    Octets p;
    put(p, reply ? 0x02010600 : 0x01010600, 4);
    put(p, xid, 4);
    put(p, broadcast ? 0x8000 : 0, 4);
    put(p, ciaddr, 4);
    put(p, yiaddr, 4);
    put(p, 0, 4);
    put(p, giaddr, 4);
    put(p, SmallLab::mac("client", "eth0"), 6);
    p.append(10 + 64 + 128, '\0');
    put(p, 0x63825363, 4);
    return p + options + '\xff';
  }
};

class Leases : public ::testing::Test {
 protected:
  Octets packet(const std::string& from, const std::string& interface, uint64_t to_mac,
                uint32_t source, uint32_t destination, uint16_t source_port, uint16_t port,
                const Message& m) {
    Transport t;
    t.source_port = source_port;
    t.destination_port = port;
    t.payload = m.bytes();
    return ethernet(to_mac, SmallLab::mac(from, interface), 0x0800,
                    ipv4(source, destination, 64, ++id_, t));
  }
  void ask(Message m, uint32_t source = 0) {
    lab_.lan_broadcast("client", packet("client", "eth0", kEverybody, source, kAll, 68, 67, m));
  }
  void ask_server(const Message& m) {
    lab_.lan_unicast(
        "client", "dhcp",
        packet("client", "eth0", SmallLab::mac("dhcp", "eth0"), kClient, kDhcp, 68, 67, m));
  }
  void answer(const std::string& server, uint32_t address, Message m) {
    m.reply = true;
    const bool gateway = server == "gw";
    lab_.lan_unicast(server, "client",
                     packet(server, gateway ? "lan" : "eth0", SmallLab::mac("client", "eth0"),
                            address, m.yiaddr, 67, 68, m));
  }
  static Octets lease(uint8_t type, uint32_t server) {
    return option(53, type, 1) + option(54, server, 4) + option(51, 600, 4) +
           option(1, 0xffffff00U, 4) + option(3, kGatewayLan, 4) + option(58, 300, 4) +
           option(59, 525, 4);
  }
  void discover(uint32_t suggested = 0) {
    Message m{.options = option(53, 1, 1) + option(55, 0x01030f06, 4)};
    if (suggested != 0) m.options += option(50, suggested, 4);
    ask(m);
  }
  void request(uint32_t server, uint32_t address) {
    ask({.options = option(53, 3, 1) + option(54, server, 4) + option(50, address, 4)});
  }
  v1::DhcpSubnet& subnet() {
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "dhcp") continue;
      auto& out = *spec.mutable_dhcp_server()->add_subnets();
      out.set_subnet("192.168.10.0/24");
      out.set_first("192.168.10.98");
      out.set_last("192.168.10.199");
      return out;
    }
    throw std::logic_error("no server");
  }
  void held_before(const std::string& address, const std::string& mac) {
    auto& lease = *lab_.capture("dhcp").mutable_before()->add_leases();
    lease.set_address(address);
    lease.set_mac(mac);
  }
  // The one exchange about addresses.
  v1::Exchange exchange(int exit_code = 0) {
    const v1::Journey j = whole(lab_, exit_code);
    for (const auto& phase : j.phases()) {
      if (phase.kind() != v1::Phase::ADDRESS) continue;
      EXPECT_EQ(phase.exchanges_size(), 1);
      return phase.exchanges(0);
    }
    ADD_FAILURE() << j.DebugString();
    return {};
  }
  static const v1::Fact* find(const v1::Exchange& e, const std::string& key) {
    for (const auto& f : e.facts()) {
      if (f.key() == key) return &f;
    }
    return nullptr;
  }
  static std::string value(const v1::Exchange& e, const std::string& key, const std::string& name) {
    const v1::Fact* f = find(e, key);
    return f == nullptr ? "no " + key : f->args().at(name);
  }
  void four_messages(uint32_t suggested = 0) {
    discover(suggested);
    answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(2, kDhcp)});
    request(kDhcp, kClient);
    answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(5, kDhcp)});
  }

  SmallLab lab_;
  uint16_t id_ = 500;
};

TEST_F(Leases, TheSecondOfferIsPutBack) {
  discover();
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(2, kDhcp)});
  answer("gw", kGatewayLan, {.yiaddr = kClient + 1, .options = lease(2, kGatewayLan)});
  request(kDhcp, kClient);
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(5, kDhcp)});
  lab_.capture("gw").mutable_after();  // holds no lease
  const v1::Exchange e = exchange();
  const v1::Journey j = lab_.build_journey();
  const auto& decisions = j.trips(1).hops(0).decisions();
  EXPECT_EQ(decisions.at(decisions.size() - 1).result().key(), "dhcp.to_mac");
  EXPECT_EQ(e.kind(), "dora");
  EXPECT_EQ(value(e, "fact.dhcp_taken", "server"), "dhcp");
  EXPECT_EQ(value(e, "fact.dhcp_withdrawn", "server"), "gw");
  EXPECT_EQ(value(e, "fact.dhcp_withdrawn", "address"), "192.168.10.101");
  EXPECT_NE(find(e, "fact.dhcp_unicast_flag"), nullptr);
  EXPECT_EQ(value(e, "fact.dhcp_asked_for", "options"),
            "subnet mask (1), router (3), domain (15), name servers (6)");
  EXPECT_EQ(value(e, "fact.dhcp_timers", "rebind"), "525");
}

// An acknowledgement that never arrived is none.
TEST_F(Leases, AnAckThatIsLostGivesNothing) {
  discover();
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(2, kDhcp)});
  request(kDhcp, kClient);
  Message ack{.yiaddr = kClient, .options = lease(5, kDhcp)};
  ack.reply = true;
  lab_.record("dhcp", "eth0", true,
              packet("dhcp", "eth0", SmallLab::mac("client", "eth0"), kDhcp, kClient, 67, 68, ack));
  lab_.now += 1'000'000'000;
  EXPECT_EQ(exchange(28).status(), v1::Exchange::FAILED);
}

// Sent first and overtaken on its way: the client saw the other one first.
TEST_F(Leases, OffersAreToldInTheOrderTheyArrive) {
  discover();
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(2, kDhcp)});
  v1::Frame& overtaken = *lab_.capture("client").mutable_frames()->rbegin();
  answer("gw", kGatewayLan, {.yiaddr = kClient + 1, .options = lease(2, kGatewayLan)});
  overtaken.set_time_ns(lab_.now);
  lab_.now += 1'000'000;
  request(kGatewayLan, kClient + 1);
  answer("gw", kGatewayLan, {.yiaddr = kClient + 1, .options = lease(5, kGatewayLan)});
  EXPECT_EQ(value(exchange(), "fact.dhcp_offer", "server"), "gw");
}

TEST_F(Leases, AnOfferThatBecameALeaseAllTheSameIsNotCalledPutBack) {
  discover();
  answer("gw", kGatewayLan, {.yiaddr = kClient + 1, .options = lease(2, kGatewayLan)});
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(2, kDhcp)});
  request(kDhcp, kClient);
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(5, kDhcp)});
  auto& kept = *lab_.capture("gw").mutable_after()->add_leases();
  kept.set_address("192.168.10.101");
  kept.set_mac(lab_.bundle.specs(0).interfaces(0).mac());
  EXPECT_EQ(find(exchange(), "fact.dhcp_withdrawn"), nullptr);
}

TEST_F(Leases, WhyThisAddress) {
  v1::DhcpSubnet& s = subnet();
  auto& excluded = *s.add_excluded();
  excluded.set_first("192.168.10.99");
  excluded.set_last("192.168.10.99");
  held_before("192.168.10.98", "02:00:00:00:00:77");
  four_messages();
  const v1::Exchange e = exchange();
  EXPECT_EQ(value(e, "fact.dhcp_sequential", "leased"), "192.168.10.98");
  EXPECT_EQ(value(e, "fact.dhcp_sequential", "excluded"), "192.168.10.99");
  EXPECT_EQ(value(e, "fact.dhcp_sequential", "reserved"), "none");
}

TEST_F(Leases, ReservedRememberedOrSuggested) {
  const std::string mac = lab_.bundle.specs(0).interfaces(0).mac();
  {
    auto& reservation = *subnet().add_reservations();
    reservation.set_mac(mac);
    reservation.set_address("192.168.10.100");
    four_messages();
    EXPECT_EQ(value(exchange(), "fact.dhcp_reserved", "mac"), mac);
  }
  lab_ = SmallLab();
  subnet();
  held_before("192.168.10.100", mac);
  four_messages();
  EXPECT_EQ(value(exchange(), "fact.dhcp_remembered", "address"), "192.168.10.100");
  lab_ = SmallLab();
  subnet();
  held_before("192.168.10.150", "02:00:00:00:00:77");
  four_messages(kClient);
  const v1::Exchange e = exchange();
  EXPECT_EQ(value(e, "fact.dhcp_suggests", "address"), "192.168.10.100");
  EXPECT_EQ(value(e, "fact.dhcp_suggestion_free", "server"), "dhcp");
}

TEST_F(Leases, RenewalIsBetweenTheTwo) {
  ask_server({.ciaddr = kClient, .options = option(53, 3, 1)});
  answer("dhcp", kDhcp, {.ciaddr = kClient, .yiaddr = kClient, .options = lease(5, kDhcp)});
  const v1::Exchange e = exchange();
  EXPECT_EQ(e.kind(), "dhcp renewal");
  EXPECT_EQ(e.title().args().at("server"), "dhcp");
  EXPECT_EQ(value(e, "fact.dhcp_renewing", "address"), "192.168.10.100");
}

// dhclient keeps its transaction id.
TEST_F(Leases, OneRenewalAfterAnotherAreTwo) {
  for (int i = 0; i < 2; ++i) {
    ask_server({.ciaddr = kClient, .options = option(53, 3, 1)});
    answer("dhcp", kDhcp, {.ciaddr = kClient, .yiaddr = kClient, .options = lease(5, kDhcp)});
  }
  const v1::Journey j = whole(lab_);
  ASSERT_EQ(j.phases_size(), 1);
  ASSERT_EQ(j.phases(0).exchanges_size(), 2);
  for (const auto& e : j.phases(0).exchanges()) {
    EXPECT_EQ(e.kind(), "dhcp renewal");
    EXPECT_EQ(e.trips_size(), 2);
  }
}

TEST_F(Leases, RebindingAsksEverybodyAndALeaseEnds) {
  const Message m{.ciaddr = kClient, .options = option(53, 3, 1)};
  ask_server(m);
  ask(m, kClient);
  auto& event = *lab_.capture("client").add_events()->mutable_lease();
  event.set_reason("EXPIRE");
  event.set_address("192.168.10.100/24");
  const v1::Exchange e = exchange();
  EXPECT_EQ(e.kind(), "dhcp rebinding");
  EXPECT_EQ(e.status(), v1::Exchange::FAILED);
  EXPECT_NE(find(e, "fact.dhcp_rebinding"), nullptr);
  EXPECT_NE(find(e, "fact.dhcp_silent"), nullptr);
  EXPECT_EQ(value(e, "fact.dhcp_expired", "address"), "192.168.10.100/24");
}

TEST_F(Leases, AfterARebootItAsksForWhatItHas) {
  ask({.options = option(53, 3, 1) + option(50, kClient, 4)});
  answer("dhcp", kDhcp, {.yiaddr = kClient, .options = lease(5, kDhcp)});
  const v1::Exchange e = exchange();
  EXPECT_EQ(e.kind(), "dhcp reboot");
  EXPECT_EQ(value(e, "fact.dhcp_reboot", "address"), "192.168.10.100");
}

TEST_F(Leases, BootpHasTwoMessagesAndNoEnd) {
  ask({.broadcast = true, .options = {}});
  Message m{
      .reply = true, .broadcast = true, .yiaddr = kClient, .options = option(1, 0xffffff00U, 4)};
  lab_.lan_broadcast("dhcp", packet("dhcp", "eth0", kEverybody, kDhcp, kAll, 67, 68, m));
  const v1::Exchange e = exchange();
  EXPECT_EQ(e.kind(), "bootp");
  EXPECT_EQ(e.title().args().at("server"), "dhcp");
  EXPECT_NE(find(e, "fact.bootp"), nullptr);
  EXPECT_NE(find(e, "fact.dhcp_broadcast_flag"), nullptr);
  EXPECT_FALSE(value(e, "fact.lease_for_good", "address").empty());
}

// The gateway relays: the server is asked from port 67 to port 67, with giaddr.
TEST_F(Leases, ARelayPassesOnBothWays) {
  const auto relay = [&](bool up, uint8_t type) {
    Message m{.reply = !up, .giaddr = kGatewayLan, .options = {}};
    m.options = up ? option(53, type, 1) : lease(type, kDhcp);
    if (!up) m.yiaddr = kClient;
    const uint64_t to = up ? SmallLab::mac("dhcp", "eth0") : SmallLab::mac("gw", "lan");
    lab_.lan_unicast(up ? "gw" : "dhcp", up ? "dhcp" : "gw",
                     packet(up ? "gw" : "dhcp", up ? "lan" : "eth0", to, up ? kGatewayLan : kDhcp,
                            up ? kDhcp : kGatewayLan, 67, 67, m));
  };
  discover();
  relay(true, 1);
  relay(false, 2);
  answer("gw", kGatewayLan, {.yiaddr = kClient, .giaddr = kGatewayLan, .options = lease(2, kDhcp)});
  request(kDhcp, kClient);
  relay(true, 3);
  relay(false, 5);
  answer("gw", kGatewayLan, {.yiaddr = kClient, .giaddr = kGatewayLan, .options = lease(5, kDhcp)});
  const v1::Exchange e = exchange();
  EXPECT_EQ(e.kind(), "dora");
  EXPECT_EQ(e.trips_size(), 8);
  EXPECT_EQ(value(e, "fact.dhcp_relayed", "relay"), "gw");
  EXPECT_EQ(value(e, "fact.dhcp_relayed", "giaddr"), "192.168.10.1");
  EXPECT_EQ(find(e, "fact.dhcp_withdrawn"), nullptr);
}

TEST_F(Leases, AStaticAddressIsSaidWhereTheClientStartsFromNothing) {
  lab_.bundle.set_cold(true);
  for (auto& spec : *lab_.bundle.mutable_specs()) {
    if (spec.node() != "client") continue;
    spec.mutable_client()->clear_dhcp_interface();
    spec.mutable_interfaces(0)->add_addresses("192.168.10.100/24");
    spec.mutable_interfaces(0)->add_addresses("2001:db8:1::64/64");
  }
  lab_.arp_for_gateway();
  lab_.fetch();
  const v1::Journey j = whole(lab_);
  ASSERT_GT(j.phases_size(), 0);
  EXPECT_EQ(j.phases(0).kind(), v1::Phase::ADDRESS);
  EXPECT_EQ(j.phases(0).summary().key(), "phase.address_static");
  EXPECT_EQ(j.phases(0).summary().args().at("address"), "192.168.10.100/24, 2001:db8:1::64/64");
}

}  // namespace
}  // namespace hoplab::journey::testing
