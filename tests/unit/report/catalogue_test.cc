#include "controller/report/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "controller/fault/describe.h"
#include "controller/journey/keys.h"
#include "controller/report/route_tables.h"
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
    if (!own.key.starts_with("row.") && !own.key.starts_with("short.") &&
        !own.key.starts_with("listed.")) {
      continue;
    }
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

TEST(Catalogue, TranslatesTheEnginesWordsWithinArguments) {
  const auto name = fact("phase.name_failed", {{"path", "miss-gw miss → dns hit"}, {"rcode", "x"}});
  EXPECT_EQ(say(Language::kKorean, name), "miss-gw 캐시 미스 → dns 캐시 히트: x");
  EXPECT_EQ(say(Language::kEnglish, name), "miss-gw miss → dns hit: x");
}

TEST(Catalogue, TheArticleFitsTheWord) {
  const auto route = [](const char* kind) {
    return say(Language::kEnglish, fact("route.blackhole", {{"prefix", "::/0"}, {"kind", kind}}));
  };
  EXPECT_EQ(route("blackhole"), "longest match ::/0, a blackhole route");
  EXPECT_EQ(route("unreachable"), "longest match ::/0, an unreachable route");
}

// An argument may be a statement itself: it is said in the reader's language.
TEST(Catalogue, SaysWhatAnArgumentSays) {
  v1::Fact proof = fact("evidence.condition", {{"condition", "page"}, {"detail", "x"}});
  EXPECT_EQ(say(Language::kKorean, proof), "x");
  (*proof.mutable_said())["detail"] = fact("condition.page_status", {{"status", "503"}});
  EXPECT_EQ(say(Language::kEnglish, proof), "its own page answers 503");
  EXPECT_EQ(say(Language::kKorean, proof), "자기 페이지가 503으로 답한다");
}

TEST(Catalogue, FaultsAreToldInTheReadersLanguage) {
  v1::Fault loss;
  loss.set_node("isp1");
  loss.mutable_link_loss()->set_interface("eth1");
  loss.mutable_link_loss()->set_percent(30);
  EXPECT_EQ(say(Language::kEnglish, fault::fact_of(loss)), fault::describe(loss));
  EXPECT_EQ(say(Language::kKorean, fault::fact_of(loss)),
            "isp1:eth1의 link-loss: 나가는 프레임의 30 %가 사라진다");
}

// In a table nothing was looked up, so nothing matches.
TEST(Catalogue, ATableOfRoutesSpeaksOfNoMatch) {
  v1::RouteTable table;
  auto& choice = *table.add_routes();
  choice.mutable_route()->set_prefix("10.1.0.0/16");
  *choice.add_reasons() =
      fact("route.ibgp", {{"prefix", "10.1.0.0/16"}, {"as_path", "empty"}, {"peer", "w2"}});
  const auto printed = [&] {
    std::ostringstream out;
    print_routes(table, Language::kEnglish, Paint(false), out);
    return out.str();
  };
  EXPECT_NE(printed().find("      internal BGP from w2, AS path empty\n"), std::string::npos)
      << printed();
  choice.set_matches(true);
  EXPECT_NE(printed().find("longest match 10.1.0.0/16, internal BGP"), std::string::npos);
  for (const auto& key : journey::kKeys) {
    if (!key.english.starts_with("longest match {prefix}")) continue;
    const std::string listed = "listed." + std::string(key.key);
    EXPECT_NE(sentence(Language::kEnglish, listed).data(), nullptr) << listed;
  }
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
