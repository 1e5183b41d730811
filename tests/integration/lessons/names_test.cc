// Names: what is asked of whom, what comes back in which section, and how long it is kept.
#include <chrono>
#include <thread>

#include "tests/integration/lessons/lesson.h"
#include "tests/integration/lessons/told.h"

namespace hoplab::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::SizeIs;

constexpr const char* kName = "www.kjy042386.co.kr";
constexpr const char* kOwnServer = "@198.51.100.67";  // of the zone

const std::vector<std::string> kCold = {"--cold"};

class Names : public Lesson<"names"> {
 protected:
  static v1::Journey dig(std::vector<std::string> words, const std::vector<std::string>& options) {
    words.insert(words.begin(), "dig");
    return trace("client", words, options);
  }
};

// The servers of the questions between two kinds of nodes, each once in a row.
std::vector<std::string> servers_asked(const v1::Journey& journey, const std::string& client) {
  std::vector<std::string> servers;
  for (const auto& exchange : exchanges(journey, "dns")) {
    if (exchange.client() != client) continue;
    if (servers.empty() || servers.back() != exchange.server()) {
      servers.push_back(exchange.server());
    }
  }
  return servers;
}

SHOWS(Names, ThirteenRootServersOnTwoNodes, "root-hints") {
  const std::string hints = run("resolver", {"cat", "/run/role/unbound/root.hints"});
  std::set<std::string> addresses;
  for (const char letter : std::string("abcdefghijklm")) {
    const std::string name = std::string(1, letter) + ".root-servers.net.";
    EXPECT_THAT(hints, testing::HasSubstr(name + "\t3600000\tIN\tA\t"));
    const auto answer = run("client", {"dig", "+short", kOwnServer, name});
    EXPECT_EQ(answer, "") << "only the root knows them";
  }
  const v1::Journey journey = dig({".", "NS"}, kCold);
  const auto names = told(journey, "fact.dns_answer", "client", "resolver", "data");
  EXPECT_THAT(names, SizeIs(13));
  EXPECT_THAT(names, IsSupersetOf({"a.root-servers.net.", "m.root-servers.net."}));
  // Each of the thirteen addresses answers.
  for (const char* address : {"198.51.100.34", "198.51.100.35", "198.51.100.46"}) {
    const auto asked = dig({std::string("@") + address, "kr", "NS"}, {});
    EXPECT_THAT(told(asked, "fact.dns_referral", "client", ""), SizeIs(1)) << address;
  }
}

SHOWS(Names, TheResolverGoesDownFromTheRoot, "delegation", "many-zones") {
  const v1::Journey journey = dig({kName}, kCold);
  const auto servers = servers_asked(journey, "resolver");
  EXPECT_THAT(servers, Contains("ns-kr"));
  EXPECT_THAT(servers, Contains(testing::StartsWith("root-")));
  EXPECT_EQ(servers.back(), "ns-kjy");
  EXPECT_THAT(told(journey, "fact.dns_referral", "resolver", "", "zone"),
              IsSupersetOf({"kr.", "co.kr."}));
  // co.kr and kjy042386.co.kr are zones of one server, which answers with the deepest.
  EXPECT_THAT(told(journey, "fact.dns_authoritative", "resolver", "ns-kjy", "zone"),
              Contains("kjy042386.co.kr."));
  EXPECT_THAT(run("client", {"dig", "+short", kOwnServer, "co.kr", "SOA"}),
              testing::StartsWith("ns1.co.kr."));
}

SHOWS(Names, EveryTypeIsToldBySection, "records") {
  const auto asked = [](const char* name, const char* type) {
    const v1::Journey journey = dig({kOwnServer, name, type}, {});
    const auto questions = told(journey, "fact.dns_question", "client", "ns-kjy");
    EXPECT_THAT(questions, SizeIs(1)) << type;
    if (!questions.empty()) {
      EXPECT_EQ(questions[0].at("class"), "IN");
      EXPECT_EQ(questions[0].at("type"), type);
    }
    const auto answers = told(journey, "fact.dns_answer", "client", "ns-kjy", "data");
    return answers.empty() ? std::string("nothing") : answers[0];
  };
  EXPECT_EQ(asked(kName, "A"), "198.51.100.68");
  EXPECT_EQ(asked(kName, "AAAA"), "2001:db8::80");
  EXPECT_EQ(asked("kjy042386.co.kr", "NS"), "ns1.kjy042386.co.kr.");
  EXPECT_EQ(asked("shop.kjy042386.co.kr", "CNAME"), "www.kjy042386.co.kr.");
  EXPECT_EQ(asked("kjy042386.co.kr", "TXT"), "\"v=spf1 mx -all\"");
  EXPECT_THAT(asked("kjy042386.co.kr", "SOA"), testing::HasSubstr(" 1 3600 600 86400 20"));
  const v1::Journey alias = dig({kOwnServer, "shop.kjy042386.co.kr"}, {});
  const auto aliases = told(alias, "fact.dns_cname");
  ASSERT_THAT(aliases, SizeIs(1));
  EXPECT_EQ(aliases[0].at("name"), "www.kjy042386.co.kr.");
}

SHOWS(Names, MailGoesToTheLowestPreference, "mx") {
  const v1::Journey journey = dig({"kjy042386.co.kr", "MX"}, kCold);
  const auto first = told(journey, "fact.dns_mx", "client", "resolver");
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].at("preference"), "10");
  EXPECT_EQ(first[0].at("server"), "mail.kjy042386.co.kr.");
  EXPECT_THAT(told(journey, "fact.dns_additional", "client", "resolver", "data"),
              IsSupersetOf({"198.51.100.70", "198.51.100.71"}));
}

SHOWS(Names, OnlyTheZonesServerIsAnAuthority, "authority", "resolver-cache") {
  const v1::Journey own = dig({kOwnServer, kName}, kCold);
  EXPECT_THAT(told(own, "fact.dns_authoritative", "client", "ns-kjy"), SizeIs(1));
  EXPECT_THAT(told(own, "fact.dns_from_cache"), IsEmpty());
  const v1::Journey first = dig({kName}, {});
  EXPECT_THAT(told(first, "fact.dns_from_cache", "client", "resolver"), SizeIs(1));
  const v1::Journey second = dig({kName}, {});
  EXPECT_THAT(told(second, "fact.dns_cache_hit", "client", "resolver"), SizeIs(1));
  EXPECT_THAT(servers_asked(second, "resolver"), IsEmpty());
}

// The zone gives the address 30 s and its absence 20 s.
SHOWS(Names, TheTtlCountsDownAndThenTheResolverAsksAgain, "ttl") {
  const auto ttl = [](const v1::Journey& journey) {
    const auto answers = told(journey, "fact.dns_answer", "client", "resolver", "ttl");
    return answers.empty() ? -1 : std::stoi(answers[0]);
  };
  const v1::Journey first = dig({kName}, kCold);
  EXPECT_EQ(ttl(first), 30);
  int left = 30;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(45);
  bool counted = false;
  while (std::chrono::steady_clock::now() < deadline) {
    const v1::Journey journey = dig({kName}, {});
    if (told(journey, "fact.dns_cache_hit", "client", "resolver").empty()) {
      EXPECT_EQ(ttl(journey), 30) << "from the zone's server again";
      EXPECT_TRUE(counted);
      return;
    }
    const auto age = told(journey, "fact.dns_ttl_left", "client", "resolver");
    ASSERT_THAT(age, SizeIs(1));
    EXPECT_EQ(age[0].at("whole"), "30");
    EXPECT_LE(ttl(journey), left);
    counted = counted || ttl(journey) < left;
    left = ttl(journey);
  }
  ADD_FAILURE() << "it never expired; left: " << left;
}

SHOWS(Names, WhatIsNotThereIsRememberedToo, "nxdomain", "nodata") {
  const std::vector<std::vector<std::string>> absent = {{"nothere.kjy042386.co.kr", "A"},
                                                        {"mail.kjy042386.co.kr", "AAAA"}};
  for (const auto& question : absent) {
    const v1::Journey first = dig(question, kCold);
    EXPECT_THAT(told(first, "fact.dns_negative", "resolver", "ns-kjy", "seconds"),
                ElementsAre("20"));
    const v1::Journey second = dig(question, {});
    const auto remembered = told(second, "fact.dns_negative_hit", "client", "resolver");
    ASSERT_THAT(remembered, SizeIs(1)) << question[0];
    EXPECT_LE(std::stoi(remembered[0].at("left")), 20);
    EXPECT_THAT(servers_asked(second, "resolver"), IsEmpty());
  }
  EXPECT_THAT(told(dig(absent[0], {}), "fact.dns_rcode", "client", "resolver", "rcode"),
              ElementsAre("NXDOMAIN"));
  EXPECT_THAT(told(dig(absent[1], {}), "fact.dns_no_data", "client", "resolver"), SizeIs(1));
}

}  // namespace
}  // namespace hoplab::test
