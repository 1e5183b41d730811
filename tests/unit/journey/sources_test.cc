// Which of its IPv6 addresses a client sends from, and by which rule of RFC 6724, section 5.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/journey/engine.h"
#include "tests/unit/journey/ipv6_builder.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kLinkLocal = "fe80::64";
constexpr const char* kSlaac = "2001:db8:1::64";
constexpr const char* kServer6 = "2001:db8:3::10";

struct Own {
  std::string address;
  std::string interface = "eth0";
  std::string origin = {};
  bool deprecated = false;
  bool duplicated = false;
  bool temporary = false;
};

class Sources : public ::testing::Test {
 protected:
  Sources() { lab_.url = "a command"; }

  void own(const std::vector<Own>& addresses) {
    auto& state = *lab_.capture("client").mutable_after();
    for (const Own& own : addresses) {
      v1::LinkState* link = nullptr;
      for (auto& l : *state.mutable_links()) {
        if (l.name() == own.interface) link = &l;
      }
      if (link == nullptr) {
        link = state.add_links();
        link->set_name(own.interface);
      }
      link->add_addresses(own.address);
      auto& known = *link->add_address_states();
      known.set_address(own.address);
      known.set_origin(own.origin);
      known.set_deprecated(own.deprecated);
      known.set_duplicated(own.duplicated);
      known.set_temporary(own.temporary);
    }
  }

  // One SYN, lost behind the gateway's LAN side: who sent it is what matters.
  std::vector<v1::Fact> told(const std::string& from, const std::string& to) {
    const Octets syn = number(40000, 2) + number(80, 2) + number(1000, 4) + number(0, 4) +
                       number(0x50, 1) + number(2, 1) + number(64240, 2) + number(0, 4);
    lab_.lan_unicast("client", "gw",
                     ethernet(SmallLab::mac("gw", "lan"), SmallLab::mac("client", "eth0"),
                              kEtherType, ipv6(from, to, 64, 6, syn)));
    lab_.finish(7, 0);
    std::vector<v1::Fact> all;
    const v1::Journey j = lab_.build_journey();
    const v1::Exchange handshake = exchange_of(j, "tcp handshake");
    for (const auto& f : handshake.facts()) {
      if (f.key().starts_with("source.")) all.push_back(f);
    }
    return all;
  }
  void client_is(bool dhcpv6, const std::string& address = {}) {
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "client") continue;
      spec.mutable_client()->set_autoconf_interface("eth0");
      spec.mutable_client()->set_dhcpv6(dhcpv6);
      if (!address.empty()) spec.mutable_interfaces(0)->add_addresses(address);
    }
  }
  static Arguments pair(const std::string& winner, const std::string& loser) {
    return {{"winner", winner}, {"loser", loser}};
  }

  SmallLab lab_;
};

TEST_F(Sources, ALinkLocalAddressIsOfTooSmallAScope) {
  client_is(false);
  own({{.address = "2001:db8:1::64/64", .origin = "ra"}, {.address = "fe80::64/64"}});
  EXPECT_THAT(told(kSlaac, kServer6),
              ElementsAre(says("source.candidates",
                               {{"client", "client"},
                                {"addresses", "2001:db8:1::64 (SLAAC), fe80::64 (link-local)"}}),
                          says("source.scope", pair(kSlaac, kLinkLocal)),
                          says("source.chosen", {{"address", kSlaac}})));
}

TEST_F(Sources, OnItsLinkTheSmallerScopeFits) {
  own({{.address = "2001:db8:1::64/64"}, {.address = "fe80::64/64"}});
  const auto facts = told(kLinkLocal, "fe80::1");
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_THAT(facts[1], says("source.scope", pair(kLinkLocal, kSlaac)));
}

TEST_F(Sources, ADeprecatedAddressIsAvoided) {
  client_is(true, "2001:db8:3::99/64");
  own({{.address = "2001:db8:1::64/64", .origin = "ra"},
       {.address = "2001:db8:3::99/64", .deprecated = true},
       {.address = "2001:db8:1::1000/128", .origin = "", .duplicated = true}});
  const auto facts = told(kSlaac, kServer6);
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(facts[0].args().at("addresses"),
            "2001:db8:1::64 (SLAAC), 2001:db8:3::99 (static, deprecated)");
  // Though it has more bits of the destination's.
  EXPECT_THAT(facts[1], says("source.deprecated", pair(kSlaac, "2001:db8:3::99")));
}

TEST_F(Sources, TheLongerPrefixInCommonUpToThatOfTheSource) {
  client_is(true);
  own({{.address = "2001:db8:1::64/64", .origin = "ra"}, {.address = "2001:db8:3::1000/128"}});
  const auto facts = told("2001:db8:3::1000", kServer6);
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(facts[0].args().at("addresses"), "2001:db8:1::64 (SLAAC), 2001:db8:3::1000 (DHCPv6)");
  EXPECT_THAT(facts[1], says("source.longest", {{"winner", "2001:db8:3::1000"},
                                                {"loser", kSlaac},
                                                {"bits", "115"},
                                                {"other_bits", "46"}}));
}

TEST_F(Sources, AUniqueLocalAddressHasALabelOfItsOwn) {
  own({{.address = "fd00:1::64/64"}, {.address = "2001:db8:1::64/64"}});
  const auto to_global = told(kSlaac, kServer6);
  ASSERT_EQ(to_global.size(), 3U);
  EXPECT_EQ(to_global[0].args().at("addresses"), "fd00:1::64 (unique local), 2001:db8:1::64");
  EXPECT_THAT(to_global[1], says("source.label", pair(kSlaac, "fd00:1::64")));
}

TEST_F(Sources, TheInterfaceThePacketLeavesBy) {
  own({{.address = "2001:db8:1::64/64"}, {.address = "2001:db8:3::64/64", .interface = "eth9"}});
  const auto facts = told(kSlaac, kServer6);
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_THAT(facts[1],
              says("source.interface",
                   {{"winner", kSlaac}, {"loser", "2001:db8:3::64"}, {"interface", "eth0"}}));
}

TEST_F(Sources, ItselfAlikeAndTheOnlyOne) {
  own({{.address = "2001:db8:1::64/64"}, {.address = "2001:db8:1::65/64"}});
  EXPECT_THAT(told(kSlaac, kServer6)[1], says("source.alike", pair(kSlaac, "2001:db8:1::65")));
  SmallLab fresh;
  lab_ = std::move(fresh);
  lab_.url = "a command";
  own({{.address = "2001:db8:1::64/64"}, {.address = "2001:db8:1::65/64"}});
  EXPECT_THAT(told(kSlaac, "2001:db8:1::64")[1],
              says("source.same", pair(kSlaac, "2001:db8:1::65")));
  lab_ = SmallLab();
  lab_.url = "a command";
  own({{.address = "2001:db8:1::64/64"}});
  EXPECT_THAT(told(kSlaac, kServer6)[1], says("source.one", {{"address", kSlaac}}));
}

// Against the rules: somebody asked for it.
TEST_F(Sources, AProgramThatBindsItsOwn) {
  own({{.address = "2001:db8:1::64/64"}, {.address = "2001:db8:3::64/64"}});
  EXPECT_THAT(
      told(kSlaac, kServer6),
      ElementsAre(says("source.candidates",
                       {{"client", "client"}, {"addresses", "2001:db8:1::64, 2001:db8:3::64"}}),
                  says("source.bound", {{"address", kSlaac}, {"best", "2001:db8:3::64"}})));
}

// What a host prefers of temporary ones is its own setting; without the kernel's word nothing is
// said either.
TEST_F(Sources, WhereItCannotBeToldNothingIs) {
  own({{.address = "2001:db8:1::64/64"}, {.address = "2001:db8:1::77/64", .temporary = true}});
  EXPECT_THAT(told(kSlaac, kServer6), IsEmpty());
  lab_ = SmallLab();
  lab_.url = "a command";
  EXPECT_THAT(told(kSlaac, kServer6), IsEmpty());
}

}  // namespace
}  // namespace hoplab::journey::testing
