// The journey of https://www.naver.com/ on the main lab, without faults.
#include <gmock/gmock.h>

#include <set>

#include "tests/integration/lab/naver_lab.h"

namespace hoplab::test {
namespace {

std::string web_server_of(const v1::Journey& journey) {
  for (const char* server : {"web1", "web2", "web3"}) {
    for (const auto& trip : journey.trips()) {
      if (trip.protocol() == "HTTP" && trip.destination() == server) return server;
    }
  }
  return "";
}

TEST_F(NaverLab, ColdRequestTellsEveryPhaseAndNode) {
  const v1::Journey cold = journey(kLab, kUrl, {"--cold"});
  ASSERT_EQ(cold.result().http_status(), 200) << explain(cold);
  EXPECT_EQ(cold.verdict().result(), v1::Verdict::OK) << explain(cold);
  for (const auto kind : {v1::Phase::ADDRESS, v1::Phase::NAME, v1::Phase::CONNECTION,
                          v1::Phase::SECURITY, v1::Phase::PAGE, v1::Phase::CLOSE}) {
    const v1::Phase* found = phase(cold, kind);
    ASSERT_NE(found, nullptr) << v1::Phase::Kind_Name(kind);
    EXPECT_FALSE(found->exchanges().empty()) << v1::Phase::Kind_Name(kind);
    EXPECT_EQ(found->status(), v1::Exchange::OK) << v1::Phase::Kind_Name(kind);
  }
  for (const char* node : {"client", "home-sw", "dhcp", "home-gw", "isp-edge", "isp-core",
                           "isp-dns", "isp-asbr", "transit1", "dns-gw", "tld-com", "ns-naver",
                           "naver-border", "naver-core", "naver-sw", "naver-lb"}) {
    EXPECT_TRUE(visits(cold, node)) << node;
  }
  EXPECT_TRUE(visits(cold, "root-a") || visits(cold, "root-b"));
  EXPECT_NE(web_server_of(cold), "");
}

TEST_F(NaverLab, EveryFrameIsAccountedFor) {
  const v1::Journey cold = journey(kLab, kUrl, {"--cold"});
  const auto& completeness = cold.completeness();
  EXPECT_GT(completeness.seen(), 100);
  EXPECT_EQ(completeness.seen(),
            completeness.explained() + completeness.background() + completeness.left_over());
  EXPECT_EQ(completeness.left_over(), 0);
  EXPECT_EQ(completeness.ring_drops(), 0);
  EXPECT_TRUE(completeness.silent_nodes().empty());
  // No frame in two hops.
  std::set<std::tuple<std::string, std::string, int, uint64_t>> used;
  for (const auto& trip : cold.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const auto* frame : {&hop.in_frame(), &hop.out_frame()}) {
        if (frame->node().empty()) continue;
        used.emplace(frame->node(), frame->interface(), frame->direction(), frame->index());
      }
    }
  }
  EXPECT_EQ(used.size(), completeness.explained());
}

TEST_F(NaverLab, WarmRequestUsesTheCachesAndAnotherWebServer) {
  const v1::Journey cold = journey(kLab, kUrl, {"--cold"});
  const v1::Journey warm = journey(kLab, kUrl, {"--warm"});
  ASSERT_EQ(warm.result().http_status(), 200) << explain(warm);
  EXPECT_EQ(phase(warm, v1::Phase::ADDRESS), nullptr) << "the lease is still held";
  EXPECT_FALSE(visits(warm, "tld-com")) << "the gateway's cache answers";
  bool hit = false;
  for (const auto& trip : warm.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const auto& decision : hop.decisions()) {
        hit = hit || decision.result().key() == "dns.cache_hit" ||
              decision.check().key() == "dns.cache_hit";
      }
    }
  }
  EXPECT_TRUE(hit) << "a hop says that the cache answered";
  EXPECT_NE(web_server_of(warm), web_server_of(cold));
}

TEST_F(NaverLab, TextReportNamesTheEssentials) {
  const Outcome text = hoplab({"request", "client", kUrl, "--lab", kLab});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* word :
       {"200", "192.168.10.", "www.naver.com", "TLS", "naver-lb", "203.0.113.10"}) {
    EXPECT_THAT(text.out, testing::HasSubstr(word));
  }
}

TEST_F(NaverLab, ExecRunsOnTheNodeAndPassesItsExitCodeOn) {
  const Outcome there = hoplab({"exec", "web1", "--lab", kLab, "--", "hostname"});
  EXPECT_EQ(there.exit_code, 0);
  EXPECT_EQ(there.out, "web1\n");
  EXPECT_EQ(hoplab({"exec", "web1", "--lab", kLab, "--", "sh", "-c", "exit 7"}).exit_code, 7);
}

TEST_F(NaverLab, RequestErrorsSayWhatToDo) {
  const Outcome nobody = hoplab({"request", "clint", kUrl, "--lab", kLab});
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_THAT(nobody.err, testing::HasSubstr("client"));
  const Outcome no_lab = hoplab({"request", "client", kUrl, "--lab", "no-such-lab"});
  EXPECT_EQ(no_lab.exit_code, 2);
  const v1::Journey missing = journey(kLab, "https://no-such-name.naver.com/");
  EXPECT_EQ(missing.verdict().result(), v1::Verdict::FAILED) << explain(missing);
}

}  // namespace
}  // namespace hoplab::test
