// Neighbours of IPv6 (RFC 4861): known but not confirmed, never found; and what is mere
// housekeeping.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/ipv6_builder.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr const char* kClient6 = "2001:db8:1::64";
constexpr const char* kGatewayLan6 = "2001:db8:1::1";
constexpr const char* kNobody6 = "2001:db8:3::99";
constexpr uint8_t kIcmpv6Protocol = 58;

class Neighbours6 : public ::testing::Test {
 protected:
  void SetUp() override {
    own("client", 0, kClient6);
    own("gw", 0, kGatewayLan6);
    own("gw", 1, "2001:db8:2::2");
    own("r", 0, "2001:db8:2::1");
    own("r", 1, "2001:db8:3::1");
    route("client", "::/0", kGatewayLan6, "eth0");
    route("gw", "::/0", "2001:db8:2::1", "wan");
    route("r", "2001:db8:3::/64", "", "eth1");
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
    route.set_prefix(prefix);
    route.set_protocol("static");
    auto& hop = *route.add_next_hops();
    hop.set_interface(interface);
    if (!via.empty()) hop.set_via(via);
  }
  // An echo request, as far as the router.
  void ping(const std::string& target) {
    const Octets echo = number(128, 1) + number(0, 3) + number(7, 2) + number(1, 2) + "payload!";
    lab.lan_unicast("client", "gw",
                    ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                             kEtherType, ipv6(kClient6, target, 64, kIcmpv6Protocol, echo)));
    const Octets frame = ethernet(SmallLab::mac("r", "eth0"), SmallLab::mac("gw", "wan"),
                                  kEtherType, ipv6(kClient6, target, 63, kIcmpv6Protocol, echo));
    lab.record("gw", "wan", true, frame);
    lab.record("r", "eth0", false, frame);
  }

  SmallLab lab;
};

TEST_F(Neighbours6, AnEntryNotConfirmedLatelyIsUsedAllTheSame) {
  const uint64_t gateway = SmallLab::mac("gw", "lan");
  auto& entry = *lab.capture("client").mutable_after()->add_neighbors();
  entry.set_address(kGatewayLan6);
  entry.set_interface("eth0");
  char mac[18];
  std::snprintf(mac, sizeof mac, "02:00:%02x:%02x:%02x:%02x",
                static_cast<unsigned>(gateway >> 24 & 255),
                static_cast<unsigned>(gateway >> 16 & 255),
                static_cast<unsigned>(gateway >> 8 & 255), static_cast<unsigned>(gateway & 255));
  entry.set_mac(mac);
  for (const auto& [state, key] : {std::pair{"STALE", "nd.stale"}, {"REACHABLE", "nd.hit"}}) {
    entry.set_state(state);
    if (lab.capture("client").frames().empty()) ping(kNobody6);
    const auto told = told_at(whole(lab, 1, 0), "client");
    EXPECT_THAT(told, Contains(says(key, {{"address", kGatewayLan6}, {"mac", mac}})));
  }
}

TEST_F(Neighbours6, ANeighbourNobodyIsAndThePacketThatWaitedForIt) {
  ping(kNobody6);
  const uint64_t r = SmallLab::mac("r", "eth1");
  for (int i = 0; i < 3; ++i) {
    const Octets asks =
        number(135, 1) + number(0, 7) + address(kNobody6) + number(0x0101, 2) + number(r, 6);
    const Octets frame =
        ethernet(0x3333ff000099, r, kEtherType,
                 ipv6("2001:db8:3::1", "ff02::1:ff00:99", 255, kIcmpv6Protocol, asks));
    lab.record("r", "eth1", true, frame);
    lab.record("server", "eth0", false, frame);
    lab.now += 1'000'000'000;
  }
  const v1::Journey j = whole(lab, 1, 0);
  EXPECT_THAT(told_at(j, "r"),
              Contains(says("nd.unanswered", {{"address", kNobody6}, {"tries", "3"}})));
  EXPECT_THAT(told_at(j, "r"), Not(Contains(HasKey(std::string("arp.unanswered")))));
  const v1::Culprit culprit = culprit_of(j, "cause.arp_unanswered");
  EXPECT_EQ(culprit.node(), "r") << j.verdict().DebugString();
  EXPECT_THAT(culprit.cause(), says("cause.arp_unanswered", {{"node", "r"}, {"target", kNobody6}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.nd_silent", {{"target", kNobody6}})));
}

// Groups joined (RFC 3810), routers asked for (RFC 4861): no part of any request.
TEST_F(Neighbours6, ListenerReportsAreHousekeeping) {
  const uint64_t m = SmallLab::mac("client", "eth0");
  const Octets report = number(143, 1) + number(0, 5) + number(1, 2) + number(0x04000000, 4) +
                        address("ff02::1:ff00:64");
  lab.lan_broadcast("client", ethernet(0x333300000016, m, kEtherType,
                                       ipv6(kClient6, "ff02::16", 1, kIcmpv6Protocol, report)));
  const v1::Journey j = whole(lab);
  EXPECT_EQ(j.trips_size(), 0);
  ASSERT_EQ(j.completeness().background_kinds_size(), 1) << j.completeness().DebugString();
  EXPECT_THAT(j.completeness().background_kinds(0).reason(), says("background.ipv6"));
  EXPECT_EQ(j.completeness().background_kinds(0).frames(), 6U);
}

}  // namespace
}  // namespace hoplab::journey::testing
