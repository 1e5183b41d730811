// Names: servers that fall silent, answers that are too large, zones that travel, and who is
// believed.
#include "tests/integration/lessons/lesson.h"
#include "tests/integration/lessons/told.h"

namespace hoplab::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::vector<std::string> kCold = {"--cold"};

class Stub : public Lesson<"stub"> {
 protected:
  static v1::Journey look_up(const std::vector<std::string>& options) {
    return trace("client", {"getent", "ahostsv4", "www.shop.test"}, options);
  }
  static void silence(const std::string& server) {
    EXPECT_EQ(hoplab({"fault", "add", "link-loss", server + ":eth0", "percent=100", "--lab", lab()})
                  .exit_code,
              0);
  }
  void TearDown() override { hoplab({"fault", "clear", "--all", "--lab", lab()}); }
};

SHOWS(Stub, TheNextServerIsAskedWhenTheFirstIsSilent, "stub") {
  const v1::Journey well = look_up(kCold);
  EXPECT_THAT(told(well, "fact.dns_answer", "client", "dns1"), Not(IsEmpty()));
  EXPECT_THAT(told(well, "fact.dns_question", "client", "dns1"), Not(IsEmpty()));
  EXPECT_THAT(told(well, "fact.dns_question", "client", "dns2"), IsEmpty());
  silence("dns1");
  const v1::Journey ill = look_up({});
  EXPECT_THAT(told(ill, "fact.dns_silent", "client", "dns1"), Not(IsEmpty()));
  const auto next = told(ill, "fact.dns_next_server", "client", "dns2");
  ASSERT_THAT(next, Not(IsEmpty()));
  EXPECT_EQ(next[0].at("silent"), "dns1");
  EXPECT_THAT(next[0].at("delay"), testing::StartsWith("5.0")) << "resolv.conf(5): timeout";
  EXPECT_EQ(ill.verdict().result(), v1::Verdict::DEGRADED);
}

SHOWS(Stub, TheSameQuestionIsSentAgain, "stub") {
  silence("dns1");
  silence("dns2");
  const v1::Journey journey = look_up({});
  const auto again = told(journey, "fact.dns_again", "client", "dns1", "delay");
  ASSERT_THAT(again, Not(IsEmpty()));
  EXPECT_THAT(again[0], testing::StartsWith("10.0")) << "5 s for each of two servers";
}

// The caches nearest to the program: they show in what is not asked.
class Caches : public Lesson<"caches"> {
 protected:
  static constexpr const char* kUrl = "http://www.shop.test/";
  static v1::Journey curl(std::vector<std::string> words, const std::vector<std::string>& options) {
    words.insert(words.begin(), {"curl", "-s", "-o", "/dev/null", "-o", "/dev/null"});
    return trace("client", words, options);
  }
  static std::vector<std::string> asked(const v1::Journey& journey, const std::string& client) {
    return told(journey, "fact.dns_question", client, "", "type");
  }
};

SHOWS(Caches, TheSystemsCacheAnswersWithoutAFrame, "os-cache") {
  const v1::Journey cold = curl({kUrl}, kCold);
  EXPECT_THAT(asked(cold, "client"), Contains("A"));
  EXPECT_THAT(told(cold, "fact.name_known"), IsEmpty());
  const v1::Journey warm = curl({kUrl}, {});
  EXPECT_THAT(asked(warm, "client"), IsEmpty());
  const auto known = told(warm, "fact.name_known", "client", "web");
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_EQ(known[0].at("name"), "www.shop.test.");
  EXPECT_THAT(known[0].at("cache"), HasSubstr("nscd"));
}

SHOWS(Caches, AProgramKeepsWhatItWasTold, "client-cache") {
  const v1::Journey journey = curl({"-H", "Connection: close", kUrl, kUrl}, kCold);
  EXPECT_THAT(exchanges(journey, "tcp handshake"), SizeIs(2));
  EXPECT_THAT(asked(journey, "client"), testing::UnorderedElementsAre("A", "AAAA"));
  EXPECT_THAT(told(journey, "fact.name_kept", "client", "web", "name"),
              ElementsAre("www.shop.test."));
}

SHOWS(Caches, TheGatewayAnswersForTheResolver, "gateway-cache", "resolver-cache") {
  const auto dig = [](const std::vector<std::string>& options) {
    return trace("client", {"dig", "www.shop.test"}, options);
  };
  const v1::Journey cold = dig(kCold);
  EXPECT_THAT(told(cold, "fact.dns_forwarded", "client", "home-gw", "upstream"),
              ElementsAre("isp-dns"));
  EXPECT_THAT(told(cold, "fact.dns_cache_miss", "home-gw", "isp-dns"), SizeIs(1));
  const v1::Journey warm = dig({});
  EXPECT_THAT(told(warm, "fact.dns_cache_hit", "client", "home-gw"), SizeIs(1));
  EXPECT_THAT(asked(warm, "home-gw"), IsEmpty());
  run("home-gw",
      {"unbound-control", "-s", "/run/role/unbound/control.sock", "flush", "www.shop.test"});
  const v1::Journey flushed = dig({});
  EXPECT_THAT(told(flushed, "fact.dns_cache_miss", "client", "home-gw"), SizeIs(1));
  EXPECT_THAT(told(flushed, "fact.dns_cache_hit", "home-gw", "isp-dns"), SizeIs(1));
  EXPECT_THAT(asked(flushed, "isp-dns"), IsEmpty());
}

class Truncation : public Lesson<"truncation"> {
 protected:
  static v1::Journey dig(std::vector<std::string> words) {
    words.insert(words.begin(), {"dig"});
    words.emplace_back("TXT");
    return trace("client", words);
  }
};

SHOWS(Truncation, WithoutEdnsMoreThan512BytesGoOverTcp, "truncation", "edns") {
  const v1::Journey journey = dig({"long.big.test", "+noedns"});
  EXPECT_THAT(told(journey, "fact.dns_truncated", "client", "ns"), SizeIs(1));
  EXPECT_THAT(told(journey, "fact.dns_size_plain", "client", "ns"), SizeIs(1));
  EXPECT_THAT(told(journey, "fact.dns_over_tcp", "client", "ns"), SizeIs(1));
  const auto bytes = told(journey, "fact.dns_tcp_bytes", "client", "ns", "bytes");
  ASSERT_THAT(bytes, SizeIs(1));
  EXPECT_GT(std::stoi(bytes[0]), 800);
  EXPECT_THAT(told(journey, "fact.dns_answer", "client", "ns"), SizeIs(4));
}

SHOWS(Truncation, EdnsMakesRoom, "edns") {
  const v1::Journey roomy = dig({"long.big.test"});
  EXPECT_THAT(told(roomy, "fact.dns_truncated"), IsEmpty());
  EXPECT_THAT(told(roomy, "fact.dns_size_edns", "client", "ns", "limit"), ElementsAre("1232"));
  EXPECT_THAT(told(roomy, "fact.dns_answer", "client", "ns"), SizeIs(4));
  const v1::Journey narrow = dig({"long.big.test", "+bufsize=700"});
  EXPECT_THAT(told(narrow, "fact.dns_size_edns", "client", "ns", "limit"), ElementsAre("700"));
  EXPECT_THAT(told(narrow, "fact.dns_truncated", "client", "ns"), SizeIs(1));
  EXPECT_THAT(told(narrow, "fact.dns_over_tcp", "client", "ns"), SizeIs(1));
}

// Larger than one segment: the answer is put together from several.
SHOWS(Truncation, EdnsEndsAtWhatTheServerSends, "truncation") {
  const v1::Journey journey = dig({"longer.big.test"});
  EXPECT_THAT(told(journey, "fact.dns_truncated", "client", "ns"), SizeIs(1));
  const auto bytes = told(journey, "fact.dns_tcp_bytes", "client", "ns", "bytes");
  ASSERT_THAT(bytes, SizeIs(1));
  EXPECT_GT(std::stoi(bytes[0]), 1460);
  EXPECT_THAT(told(journey, "fact.dns_answer", "client", "ns"), SizeIs(8));
}

using Transfer = Lesson<"transfer">;

SHOWS(Transfer, TheWholeZoneIsTransferred, "axfr") {
  const v1::Journey journey = trace("ns2", {"knotc", "zone-retransfer", "shop.test"});
  const auto whole = told(journey, "fact.dns_axfr", "ns2", "ns1");
  ASSERT_THAT(whole, SizeIs(1));
  EXPECT_GE(std::stoi(whole[0].at("records")), 8);
  EXPECT_EQ(run("client", {"dig", "+short", "@10.32.0.12", "mail.shop.test"}),
            run("client", {"dig", "+short", "@10.32.0.11", "mail.shop.test"}));
}

SHOWS(Transfer, AChangeIsToldAndOnlyTheChangeTransferred, "ixfr") {
  const v1::Journey journey = trace("ns1", {"sh", "-c",
                                            "knotc zone-begin shop.test && "
                                            "knotc zone-set shop.test new 60 A 10.32.0.99 && "
                                            "knotc zone-commit shop.test && "
                                            "sleep 1"});  // until the secondary has come
  EXPECT_THAT(told(journey, "fact.dns_notify", "ns1", "ns2", "zone"), ElementsAre("shop.test."));
  EXPECT_THAT(told(journey, "fact.dns_notify_heard", "ns1", "ns2"), SizeIs(1));
  EXPECT_THAT(told(journey, "fact.dns_question", "ns2", "ns1", "type"), Contains("SOA"));
  const auto changes = told(journey, "fact.dns_ixfr", "ns2", "ns1");
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].at("added"), "1");
  EXPECT_EQ(changes[0].at("removed"), "0");
  EXPECT_THAT(told(journey, "fact.dns_ixfr_adds", "ns2", "ns1", "name"),
              ElementsAre("new.shop.test."));
  EXPECT_EQ(run("client", {"dig", "+short", "@10.32.0.12", "new.shop.test"}), "10.32.0.99\n");
}

SHOWS(Transfer, AStrangerGetsNoTransfer, "axfr") {
  const v1::Journey journey = trace("client", {"dig", "AXFR", "shop.test", "@10.32.0.11"});
  EXPECT_THAT(told(journey, "fact.dns_transfer_refused", "client", "ns1", "rcode"),
              ElementsAre(testing::AnyOf("REFUSED", "NOTAUTH")));
}

class Dnssec : public Lesson<"dnssec"> {
 protected:
  static v1::Journey dig(std::vector<std::string> words) {
    words.insert(words.begin(), "dig");
    return trace("client", words, kCold);
  }
};

SHOWS(Dnssec, TheResolverChecksEverySignatureFromTheRootDown, "dnssec") {
  const v1::Journey journey = dig({"+dnssec", "www.good.kr"});
  EXPECT_THAT(told(journey, "fact.dnssec_checked", "client", "resolver"), SizeIs(1));
  EXPECT_THAT(told(journey, "fact.dnssec_ds", "resolver", "root", "zone"), Contains("kr."));
  EXPECT_THAT(told(journey, "fact.dnssec_ds", "resolver", "ns-kr", "zone"), Contains("good.kr."));
  EXPECT_THAT(told(journey, "fact.dnssec_fits", "resolver", "", "zone"),
              testing::UnorderedElementsAre("kr.", "good.kr."));
  EXPECT_THAT(told(journey, "fact.dnssec_differs"), IsEmpty());
  EXPECT_THAT(told(journey, "fact.dnssec_signature", "client", "resolver", "signer"),
              ElementsAre("good.kr."));
  const auto chain = told(journey, "fact.dnssec_chain", "client", "resolver", "path");
  ASSERT_THAT(chain, SizeIs(1));
  EXPECT_THAT(chain[0],
              testing::MatchesRegex(R"(\. \([0-9]+\) → kr\. \([0-9]+\) → good\.kr\. .*)"));
}

SHOWS(Dnssec, ABrokenChainIsServfailAndTheReportSaysWhere, "dnssec") {
  const v1::Journey journey = dig({"www.bad.kr"});
  EXPECT_THAT(told(journey, "fact.dns_rcode", "client", "resolver", "rcode"),
              ElementsAre("SERVFAIL"));
  EXPECT_THAT(told(journey, "fact.dnssec_differs", "resolver", "ns-bad", "zone"),
              Contains("bad.kr."));
  EXPECT_THAT(told(journey, "fact.dnssec_servfail", "client", "resolver", "zone"),
              ElementsAre("bad.kr."));
  EXPECT_THAT(told(journey, "fact.dns_extended_error", "client", "resolver"), SizeIs(1));
  EXPECT_TRUE(blames_node(journey, "ns-bad")) << explain(journey);
  EXPECT_THAT(told(dig({"+cd", "www.bad.kr"}), "fact.dns_answer", "client", "resolver"), SizeIs(1));
}

SHOWS(Dnssec, AnUnsignedZoneIsProvedToBeOne, "dnssec") {
  const v1::Journey journey = dig({"www.plain.kr"});
  EXPECT_THAT(told(journey, "fact.dnssec_unsigned", "resolver", "ns-kr", "zone"),
              Contains("plain.kr."));
  EXPECT_THAT(told(journey, "fact.dns_answer", "client", "resolver"), SizeIs(1));
  EXPECT_THAT(told(journey, "fact.dnssec_checked"), IsEmpty());
}

using Minimisation = Lesson<"minimisation">;

SHOWS(Minimisation, TheRootLearnsTheTopLevelOnly, "qname-minimisation") {
  const v1::Journey discreet = trace("client", {"dig", "@10.34.0.53", "www.shop.kr"}, kCold);
  EXPECT_THAT(told(discreet, "fact.dns_minimised", "discreet", "root", "name"), Contains("kr."));
  EXPECT_THAT(told(discreet, "fact.dns_minimised", "discreet", "ns-kr", "name"),
              Contains("shop.kr."));
  EXPECT_THAT(told(discreet, "fact.dns_question", "discreet", "root", "name"),
              Each(Not(HasSubstr("www"))));
  const v1::Journey talkative = trace("client", {"dig", "@10.34.0.54", "www.shop.kr"}, kCold);
  EXPECT_THAT(told(talkative, "fact.dns_minimised"), IsEmpty());
  EXPECT_THAT(told(talkative, "fact.dns_whole_name", "talkative", "root", "name"),
              Contains("www.shop.kr."));
}

}  // namespace
}  // namespace hoplab::test
