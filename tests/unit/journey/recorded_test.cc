// Requests recorded in a real lab, cut down to the frames a question is about. Each is a serialised
// v1::Bundle in recorded/, without certificates and keys; the first without states as well.
// trim_bundle.cc makes one, and says how.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "controller/journey/engine.h"

namespace hoplab::journey {
namespace {

v1::Bundle recorded(const std::string& name) {
  v1::Bundle bundle;
  std::ifstream file(HOPLAB_SOURCE_DIR "/tests/unit/journey/recorded/" + name + ".bundle",
                     std::ios::binary);
  EXPECT_TRUE(file && bundle.ParseFromIstream(&file)) << name;
  return bundle;
}

// A and AAAA go out together; each must be followed through gateway and resolver to the end.
TEST(Recorded, InterleavedQuestionsBothWalkTheWholeTree) {
  const v1::Journey j = build(recorded("interleaved_questions"));
  const v1::Phase* name = nullptr;
  for (const auto& p : j.phases()) {
    if (p.kind() == v1::Phase::NAME) name = &p;
  }
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->summary().args().at("path"),
            "home-gw miss → isp-dns miss → root-b → root-a → tld-com → ns-naver");
  EXPECT_EQ(name->summary().args().at("authority"), "authoritative");
  std::map<uint32_t, const v1::Exchange*> by_id;
  for (const auto& e : name->exchanges()) by_id[e.id()] = &e;
  for (const auto& e : name->exchanges()) {
    for (const auto& f : e.facts()) EXPECT_NE(f.key(), "fact.dns_cache_hit") << e.DebugString();
    if (e.client() != "home-gw" || e.kind() != "dns") continue;
    ASSERT_TRUE(by_id.contains(e.parent()));
    EXPECT_EQ(by_id[e.parent()]->title().args().at("type"), e.title().args().at("type"));
  }
}

const v1::Phase* phase(const v1::Journey& j, v1::Phase::Kind kind) {
  for (const auto& p : j.phases()) {
    if (p.kind() == kind) return &p;
  }
  return nullptr;
}

// A cold request in the lab of one LAN, without faults.
TEST(Recorded, AGoodRequestInALanIsWhole) {
  const v1::Journey j = build(recorded("lan_cold"));
  EXPECT_EQ(j.verdict().result(), v1::Verdict::OK) << j.verdict().DebugString();
  EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
  EXPECT_EQ(j.completeness().seen(), j.completeness().explained());
  for (const auto kind : {v1::Phase::ADDRESS, v1::Phase::NAME, v1::Phase::CONNECTION,
                          v1::Phase::PAGE, v1::Phase::CLOSE}) {
    ASSERT_NE(phase(j, kind), nullptr) << v1::Phase::Kind_Name(kind);
    EXPECT_EQ(phase(j, kind)->status(), v1::Exchange::OK) << v1::Phase::Kind_Name(kind);
  }
  EXPECT_EQ(phase(j, v1::Phase::SECURITY), nullptr) << "plain HTTP";
}

// A cold request in the main lab while isp-core – isp-asbr lost 30 % of its frames.
TEST(Recorded, ALossyLinkIsFoundAndOnlyThat) {
  const v1::Journey j = build(recorded("naver_link_loss"));
  EXPECT_NE(j.verdict().result(), v1::Verdict::OK);
  EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
  ASSERT_GE(j.verdict().culprits_size(), 1);
  const auto& culprit = j.verdict().culprits(0);
  const std::set<std::string> ends = {culprit.node(), culprit.peer_node()};
  EXPECT_EQ(ends, (std::set<std::string>{"isp-asbr", "isp-core"})) << culprit.DebugString();
  EXPECT_EQ(culprit.layer(), "link");
}

// Each side of a TLS session says that it has said all before its connection is closed (RFC 8446,
// section 6.1): that belongs to the close, and the page is over before it.
TEST(Recorded, TheEndOfATlsSessionIsNoPartOfThePage) {
  const v1::Journey j = build(recorded("naver_link_loss"));
  const v1::Phase* page = phase(j, v1::Phase::PAGE);
  const v1::Phase* close = phase(j, v1::Phase::CLOSE);
  ASSERT_NE(page, nullptr);
  ASSERT_NE(close, nullptr);
  EXPECT_LE(page->end_ns(), close->start_ns());
}

// A cold request while isp-core rejected what the resolver answers; the connection of the request
// before it was still being closed. That is no part of this one, and no evidence.
TEST(Recorded, TheEndOfAnEarlierConnectionIsNoEvidence) {
  const v1::Journey j = build(recorded("naver_leftover"));
  EXPECT_EQ(phase(j, v1::Phase::SECURITY), nullptr);
  EXPECT_EQ(phase(j, v1::Phase::CLOSE), nullptr);
  ASSERT_GE(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_EQ(j.verdict().culprits(0).node(), "isp-core");
  EXPECT_EQ(j.verdict().culprits(0).layer(), "network");
  EXPECT_EQ(j.completeness().left_over(), 0U) << j.completeness().DebugString();
  const auto& kinds = j.completeness().background_kinds();
  EXPECT_TRUE(std::ranges::any_of(kinds, [](const auto& k) {
    return k.reason().key() == "background.earlier";
  })) << j.completeness().DebugString();
}

}  // namespace
}  // namespace hoplab::journey
