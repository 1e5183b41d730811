#include "controller/fault/kinds.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "controller/fault/parse.h"
#include "tests/unit/fault/small_lab.h"

namespace hoplab::fault {
namespace {

TEST(Kinds, CoverEveryKindOfTheMessageOnce) {
  const auto* oneof = v1::Fault::descriptor()->FindOneofByName("kind");
  ASSERT_NE(oneof, nullptr);
  EXPECT_EQ(kinds().size(), static_cast<size_t>(oneof->field_count()));
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto number = static_cast<v1::Fault::KindCase>(oneof->field(i)->number());
    EXPECT_NE(find_kind(number), nullptr) << oneof->field(i)->name();
  }
}

TEST(Kinds, EveryKindIsExplained) {
  std::set<std::string_view> words;
  for (const Kind& kind : kinds()) {
    EXPECT_TRUE(words.insert(kind.word).second) << kind.word;
    EXPECT_EQ(find_kind(kind.word), &kind);
    for (const auto text : {kind.layer, kind.targets, kind.does, kind.shows, kind.holder}) {
      EXPECT_FALSE(text.empty()) << kind.word;
    }
    EXPECT_TRUE(kind.example.starts_with("hoplab fault add " + std::string{kind.word} + " "));
    for (const Parameter& parameter : kind.parameters) {
      EXPECT_FALSE(parameter.meaning.empty()) << kind.word << " " << parameter.name;
      EXPECT_FALSE(parameter.range.empty()) << kind.word << " " << parameter.name;
    }
  }
}

TEST(Kinds, PresetsAreAcceptedByTheParser) {
  const auto lab = test::small_lab();
  const std::set<std::string_view> on_web = {"web-status", "daemon-kill", "node-stop"};
  for (const Kind& kind : kinds()) {
    const std::string target = on_web.contains(kind.word)    ? "web1"
                               : kind.word == "dns-servfail" ? "ns-naver"
                               : kind.word == "bgp-down"     ? "isp1"
                                                             : "client";
    const auto fault = parse(kind.word, target, {}, std::chrono::seconds{5}, lab);
    ASSERT_TRUE(fault) << kind.word << ": " << fault.error().what;
    EXPECT_EQ(fault->kind_case(), kind.kind);
    EXPECT_EQ(fault->node(), target);
    EXPECT_EQ(fault->lease_ns(), 5'000'000'000);
  }
}

}  // namespace
}  // namespace hoplab::fault
