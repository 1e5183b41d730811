// Requests recorded in a real lab, cut down to the frames a question is about. Each is a serialised
// v1::Bundle in recorded/; without states, certificates and keys.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
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

}  // namespace
}  // namespace hoplab::journey
