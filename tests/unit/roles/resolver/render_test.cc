#include "agents/resolver/render.h"

#include <gtest/gtest.h>

namespace hoplab::agent::resolver {
namespace {

hoplab::v1::ResolverSpec recursive() {
  hoplab::v1::ResolverSpec spec;
  spec.add_listen("10.2.0.53");
  spec.add_allow("10.0.0.0/8");
  spec.set_qname_minimisation(true);
  auto& hint = *spec.add_root_hints();
  hint.set_name("a.root-servers.net.");
  hint.set_address("198.51.100.1");
  return spec;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(UnboundConfiguration, ValidatesOnlyWithTrustAnchors) {
  auto spec = recursive();
  spec.add_trust_anchors(". DS 1 15 2 AB");
  EXPECT_TRUE(holds(render_configuration(spec, false), "  module-config: \"iterator\"\n"));
  spec.set_validate(true);
  const std::string text = render_configuration(spec, false);
  EXPECT_TRUE(holds(text, "  trust-anchor: \". DS 1 15 2 AB\"\n"));
  EXPECT_TRUE(holds(text, "  module-config: \"validator iterator\"\n"));
}

TEST(UnboundConfiguration, LeavesSectionsOutUnlessAskedForThem) {
  auto spec = recursive();
  EXPECT_TRUE(holds(render_configuration(spec, false), "  minimal-responses: yes\n"));
  spec.set_full_responses(true);
  EXPECT_TRUE(holds(render_configuration(spec, false), "  minimal-responses: no\n"));
}

TEST(UnboundConfiguration, StartsFromTheRootHints) {
  const std::string text = render_configuration(recursive(), false);
  EXPECT_TRUE(holds(text, "  interface: 10.2.0.53\n"));
  EXPECT_TRUE(holds(text, "  access-control: 10.0.0.0/8 allow\n"));
  EXPECT_TRUE(holds(text, "  root-hints: \"/run/role/unbound/root.hints\"\n"));
  EXPECT_TRUE(holds(text, "  qname-minimisation: yes\n"));
  EXPECT_TRUE(holds(text, "  local-zone: \"113.0.203.in-addr.arpa.\" nodefault\n"));
  EXPECT_FALSE(holds(text, "forward-zone:"));
  EXPECT_EQ(render_root_hints(recursive()),
            ".\t3600000\tIN\tNS\ta.root-servers.net.\n"
            "a.root-servers.net.\t3600000\tIN\tA\t198.51.100.1\n");
}

TEST(UnboundConfiguration, AsksOverIpv6WhereItHasIt) {
  auto spec = recursive();
  EXPECT_TRUE(holds(render_configuration(spec, false), "  do-ip6: no\n"));
  spec.add_listen("2001:db8:2::53");
  auto& hint = *spec.add_root_hints();
  hint.set_name("a.root-servers.net.");
  hint.set_address("2001:db8:1::1");
  const std::string text = render_configuration(spec, false);
  EXPECT_TRUE(holds(text, "  do-ip6: yes\n"));
  EXPECT_TRUE(holds(text, "  interface: 2001:db8:2::53\n"));
  EXPECT_TRUE(holds(text, "  access-control: 2001:db8:2::53/128 allow\n"));
  EXPECT_TRUE(
      holds(render_root_hints(spec), "a.root-servers.net.\t3600000\tIN\tAAAA\t2001:db8:1::1\n"));
}

TEST(UnboundConfiguration, ForwardsWhenTold) {
  hoplab::v1::ResolverSpec spec = recursive();
  spec.clear_root_hints();
  spec.add_forwarders("10.2.0.53");
  const std::string text = render_configuration(spec, false);
  EXPECT_FALSE(holds(text, "root-hints"));
  EXPECT_TRUE(text.ends_with("forward-zone:\n  name: \".\"\n  forward-addr: 10.2.0.53\n"));
}

TEST(UnboundConfiguration, BrokenMayAskNobody) {
  hoplab::v1::ResolverSpec spec = recursive();
  spec.add_forwarders("10.2.0.53");
  const std::string text = render_configuration(spec, true);
  EXPECT_TRUE(holds(text, "  do-not-query-localhost: yes\n"));
  EXPECT_TRUE(text.ends_with("forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1\n"));
  EXPECT_FALSE(holds(text, "forward-addr: 10.2.0.53"));
}

constexpr std::string_view kDump =
    "START_RRSET_CACHE\n"
    ";rrset 60 1 0 8 0\n"
    "www.naver.com.\t57\tIN\tCNAME\tedge.naver.com.\n"
    ";rrset 60 1 0 7 0\n"
    "com.\t60\tIN\tSOA\tns.com. h.com. 1 1 1 1 60\n"
    ";rrset 60 2 0 8 0\n"
    "com.\t12\tIN\tNS\ta.gtld.com.\n"
    "a.gtld.com.\t12\tIN\tA\t192.0.2.1\n"
    "END_RRSET_CACHE\n"
    "START_MSG_CACHE\n"
    "lost.\t1\tIN\tA\t192.0.2.9\n"
    "END_MSG_CACHE\nEOF\n";

TEST(UnboundCache, GivesAddressesServersAndAliases) {
  const auto names = read_cache(kDump, 200);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].name(), "www.naver.com.");
  EXPECT_EQ(names[0].type(), "CNAME");
  EXPECT_EQ(names[0].ttl(), 57U);
  EXPECT_EQ(names[0].data(), "edge.naver.com.");
  EXPECT_EQ(names[1].type(), "NS");
  EXPECT_EQ(names[2].data(), "192.0.2.1");
}

TEST(UnboundLocalData, IsWhatItWasToldToAnswerByItself) {
  const auto names = read_local_data(
      "localhost.\t10800\tIN\tA\t127.0.0.1\n"
      "\n"
      "127.in-addr.arpa.\t10800\tIN\tNS\tlocalhost.\n"
      "www.naver.com.\t3600\tIN\tA\t203.0.113.77\n");
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0].source(), "local data");
  EXPECT_EQ(names[0].name(), "www.naver.com.");
  EXPECT_EQ(names[0].type(), "A");
  EXPECT_EQ(names[0].data(), "203.0.113.77");
}

TEST(UnboundCache, IsBounded) { EXPECT_EQ(read_cache(kDump, 2).size(), 2U); }

}  // namespace
}  // namespace hoplab::agent::resolver
