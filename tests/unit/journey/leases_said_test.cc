// DHCP beside the four messages of a lease: refused, given back, asked for options only,
// unanswered.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr uint8_t kDiscover = 1;
constexpr uint8_t kRequest = 3;
constexpr uint8_t kAck = 5;
constexpr uint8_t kNak = 6;
constexpr uint8_t kRelease = 7;
constexpr uint8_t kInform = 8;
constexpr uint32_t kEverybody = 0xffffffffU;

uint64_t client_mac() { return SmallLab::mac("client", "eth0"); }

// A message of the client, or of the server when that is named in it.
Octets message(uint8_t type, uint32_t ciaddr, uint32_t server) {
  Octets p = dhcp_payload(type, 0x77, client_mac(), 0, server);
  for (size_t i = 0; i < 4; ++i) p[12 + i] = static_cast<char>(ciaddr >> (24 - 8 * i) & 255U);
  return p;
}
Octets packet(bool asks, uint32_t source, uint32_t destination, uint64_t to,
              const Octets& payload) {
  const Transport t{.source_port = static_cast<uint16_t>(asks ? 68 : 67),
                    .destination_port = static_cast<uint16_t>(asks ? 67 : 68),
                    .options = {},
                    .payload = payload};
  return ethernet(to, asks ? client_mac() : SmallLab::mac("dhcp", "eth0"), 0x0800,
                  ipv4(source, destination, 64, 5, t));
}
void ask_all(SmallLab& lab, uint8_t type) {
  lab.lan_broadcast("client", packet(true, 0, kEverybody, 0xffffffffffff, message(type, 0, 0)));
}
void ask_server(SmallLab& lab, uint8_t type) {
  lab.lan_unicast(
      "client", "dhcp",
      packet(true, kClient, kDhcp, SmallLab::mac("dhcp", "eth0"), message(type, kClient, 0)));
}

// INIT-REBOOT: no server is named in the question, so it is the answer that tells who refused.
TEST(LeaseSaid, ARefusalIsTheServersThatSentIt) {
  SmallLab lab;
  ask_all(lab, kRequest);
  lab.lan_broadcast("dhcp",
                    packet(false, kDhcp, kEverybody, 0xffffffffffff, message(kNak, 0, kDhcp)));
  lab.bundle.mutable_result()->set_dhcp_error("no lease");
  give_time(lab);
  const v1::Journey j = whole(lab, 1, 0);
  const v1::Exchange reboot = exchange_of(j, "dhcp reboot");
  EXPECT_EQ(reboot.status(), v1::Exchange::FAILED);
  EXPECT_EQ(reboot.server(), "dhcp");
  EXPECT_THAT(reboot.facts(), Contains(says("fact.dhcp_nak", {{"server", "dhcp"}})));
  EXPECT_THAT(reboot.facts(), Not(Contains(HasKey(std::string("fact.dhcp_silent")))));
  char mac[18];
  std::snprintf(
      mac, sizeof mac, "02:00:%02x:%02x:%02x:%02x", static_cast<unsigned>(client_mac() >> 24 & 255),
      static_cast<unsigned>(client_mac() >> 16 & 255),
      static_cast<unsigned>(client_mac() >> 8 & 255), static_cast<unsigned>(client_mac() & 255));
  EXPECT_THAT(told_at(j, "dhcp", "dhcp"), Contains(says("dhcp.refused", {{"mac", mac}})));
  EXPECT_THAT(j.verdict().summary(), says("verdict.failed_address", {{"client", "client"}}));
  EXPECT_EQ(culprit_of(j, "cause.no_lease").node(), "dhcp");
}

TEST(LeaseSaid, AServerThatLeavesTheDiscoverUnansweredGaveNoLease) {
  SmallLab lab;
  for (int i = 0; i < 3; ++i) {
    ask_all(lab, kDiscover);
    give_time(lab);
  }
  lab.bundle.mutable_result()->set_dhcp_error("no lease");
  const v1::Journey j = whole(lab, 1, 0);
  EXPECT_THAT(j.verdict().summary(), says("verdict.failed_address", {{"client", "client"}}));
  ASSERT_EQ(j.verdict().culprits_size(), 1);
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "dhcp");
  EXPECT_EQ(culprit.layer(), "application");
  EXPECT_THAT(culprit.cause(), says("cause.no_lease", {{"node", "dhcp"}}));
  EXPECT_THAT(phase_of(j, v1::Phase::ADDRESS).summary(), says("phase.address_failed"));
}

TEST(LeaseSaid, AnAddressGivenBack) {
  SmallLab lab;
  ask_server(lab, kRelease);
  const v1::Journey j = whole(lab);
  EXPECT_THAT(exchange_of(j, "dhcp release").title(),
              says("exchange.release", {{"client", "client"}, {"address", "192.168.10.100"}}));
  EXPECT_THAT(phase_of(j, v1::Phase::ADDRESS).summary(),
              says("phase.address_release", {{"address", "192.168.10.100"}}));
}

// RFC 2131, section 4.3.5: the answer to INFORM holds no address and no lease time.
TEST(LeaseSaid, OptionsAloneAreNoLease) {
  SmallLab lab;
  ask_server(lab, kInform);
  lab.lan_unicast("dhcp", "client",
                  packet(false, kDhcp, kClient, client_mac(), message(kAck, kClient, kDhcp)));
  const v1::Journey j = whole(lab);
  const v1::Exchange inform = exchange_of(j, "dhcp inform");
  EXPECT_THAT(inform.title(), says("exchange.dhcp", {{"client", "client"}, {"message", "INFORM"}}));
  EXPECT_EQ(inform.server(), "dhcp");
  EXPECT_EQ(inform.status(), v1::Exchange::OK);
  EXPECT_THAT(inform.facts(), Contains(HasKey(std::string("fact.dhcp_options"))));
  EXPECT_THAT(inform.facts(), Not(Contains(HasKey(std::string("fact.lease")))));
}

}  // namespace
}  // namespace hoplab::journey::testing
