#include "controller/report/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "controller/journey/keys.h"
#include "controller/report/sentences.h"
#include "controller/report/words.h"

namespace hoplab::report {
namespace {

std::multiset<std::string> placeholders(std::string_view text) {
  std::multiset<std::string> names;
  for (size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    names.emplace(name.substr(0, name.find(':')));  // {count:frame|frames} is of the count
  }
  return names;
}

std::set<std::string> distinct(std::string_view text) {
  const auto all = placeholders(text);
  return {all.begin(), all.end()};
}

TEST(Catalogue, BothLanguagesHaveTheSameKeys) {
  for (const auto key : catalogue_keys(Language::kEnglish)) {
    EXPECT_NE(sentence(Language::kKorean, key).data(), nullptr) << "no Korean for " << key;
  }
  for (const auto key : catalogue_keys(Language::kKorean)) {
    EXPECT_NE(sentence(Language::kEnglish, key).data(), nullptr) << "no English for " << key;
  }
}

TEST(Catalogue, BothLanguagesUseTheSamePlaceholders) {
  for (const auto key : catalogue_keys(Language::kEnglish)) {
    EXPECT_EQ(distinct(sentence(Language::kEnglish, key)),
              distinct(sentence(Language::kKorean, key)))
        << key;
  }
}

TEST(Catalogue, NoKeyIsGivenTwice) {
  std::set<std::string_view> english;
  for (const auto& key : journey::kKeys) EXPECT_TRUE(english.insert(key.key).second) << key.key;
  for (const auto& own : kReportWords) EXPECT_TRUE(english.insert(own.key).second) << own.key;
  std::set<std::string_view> korean;
  for (const auto& one : korean_sentences()) EXPECT_TRUE(korean.insert(one.key).second) << one.key;
  for (const auto& one : korean_report_sentences()) {
    EXPECT_TRUE(korean.insert(one.key).second) << one.key;
  }
}

// A shorter form of an engine's sentence can only use what the engine gives.
TEST(Catalogue, ShorterFormsUseTheArgumentsOfTheirSentence) {
  for (const auto& own : kReportWords) {
    if (!own.key.starts_with("row.") && !own.key.starts_with("short.")) continue;
    const auto* whole = journey::find_key(own.key.substr(own.key.find('.') + 1));
    ASSERT_NE(whole, nullptr) << own.key;
    std::istringstream names{std::string{whole->args}};
    std::set<std::string> given;
    for (std::string name; names >> name;) given.insert(name);
    for (const auto& name : distinct(own.text))
      EXPECT_TRUE(given.contains(name)) << own.key << name;
  }
}

v1::Fact fact(const std::string& key,
              std::initializer_list<std::pair<std::string, std::string>> args) {
  v1::Fact made;
  made.set_key(key);
  for (const auto& [name, value] : args) (*made.mutable_args())[name] = value;
  return made;
}

TEST(Catalogue, FillsArguments) {
  const auto arp = fact("arp.hit", {{"address", "10.0.0.1"}, {"mac", "02:00:00:00:00:01"}});
  EXPECT_EQ(say(Language::kEnglish, arp), "ARP table: 10.0.0.1 is at 02:00:00:00:00:01");
  EXPECT_EQ(say(Language::kKorean, arp), "ARP 테이블: 10.0.0.1의 MAC은 02:00:00:00:00:01");
}

TEST(Catalogue, OneIsNoPlural) {
  const auto ended = [](const char* count) {
    return fact("evidence.ended_here", {{"count", count}});
  };
  EXPECT_EQ(say(Language::kEnglish, ended("1")), "1 trip ended here");
  EXPECT_EQ(say(Language::kEnglish, ended("2")), "2 trips ended here");
  EXPECT_EQ(say(Language::kEnglish, ended("11")), "11 trips ended here");
  const auto degraded = [](const char* problems) {
    return fact("verdict.degraded",
                {{"url", "u"}, {"status", "200"}, {"time", "1 s"}, {"problems", problems}});
  };
  EXPECT_EQ(say(Language::kEnglish, degraded("1")),
            "u: 200 in 1 s, but 1 thing is not as it should be");
  EXPECT_EQ(say(Language::kEnglish, degraded("3")),
            "u: 200 in 1 s, but 3 things are not as they should be");
}

TEST(Catalogue, PicksKoreanParticles) {
  EXPECT_EQ(say(Language::kKorean,
                fact("cause.link_loss",
                     {{"link", "isp1:eth1"}, {"sent", "5"}, {"lost", "5"}, {"percent", "100"}})),
            "링크 isp1:eth1이 프레임 5개 중 5개를 잃었다 (100 %)");
  EXPECT_EQ(say(Language::kKorean, fact("arp.own", {{"address", "10.0.0.2"}})),
            "10.0.0.2는 내 주소이므로 대답한다");
}

TEST(Catalogue, TranslatesTheEnginesWordsInArguments) {
  const auto failed = fact("verdict.failed_name", {{"name", "naver.com."}, {"rcode", "no answer"}});
  EXPECT_EQ(say(Language::kKorean, failed),
            "실패: naver.com.의 주소를 알아낼 수 없었다 (대답 없음)");
  EXPECT_EQ(say(Language::kEnglish, failed),
            "failed: naver.com. could not be resolved (no answer)");
}

TEST(Catalogue, ShowsWhatItDoesNotKnow) {
  EXPECT_EQ(say(Language::kEnglish, fact("no.such", {{"b", "2"}, {"a", "1"}})),
            "‹no.such a=1 b=2›");
  EXPECT_EQ(say(Language::kEnglish, fact("arp.own", {})), "{address} is my address: I answer");
  EXPECT_EQ(say(Language::kEnglish, fact("arp.own", {{"address", ""}})),
            "– is my address: I answer");
  EXPECT_EQ(say(Language::kEnglish, v1::Fact{}), "");
  EXPECT_EQ(word(Language::kKorean, "no.such"), "‹no.such›");
}

TEST(Catalogue, AnArgumentIsNeverTakenForATemplate) {
  EXPECT_EQ(say(Language::kEnglish, fact("trip.other", {{"info", "{info} [은/는] {"}})),
            "{info} [은/는] {");
}

TEST(Catalogue, KnowsLanguagesByTheirLocaleNames) {
  EXPECT_EQ(parse_language("en"), Language::kEnglish);
  EXPECT_EQ(parse_language("ko_KR.UTF-8"), Language::kKorean);
  EXPECT_FALSE(parse_language("de"));
  EXPECT_FALSE(parse_language(""));
}

}  // namespace
}  // namespace hoplab::report
