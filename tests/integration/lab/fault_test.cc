// The eight faults: each changes the next journey, the verdict names where it sits, and after
// clear, or after its lease with the controller killed, the next journey is as before.
#include <gmock/gmock.h>
#include <signal.h>

#include <regex>
#include <sstream>
#include <thread>

#include "controller/lab/controller_lock.h"
#include "controller/lab/paths.h"
#include "tests/integration/lab/naver_lab.h"

namespace hoplab::test {
namespace {

struct FaultCase {
  const char* name;
  std::vector<std::string> words;  // after `fault add`
  const char* node;
  const char* peer;            // null: a node, not a link
  v1::Verdict::Result result;  // RESULT_UNSPECIFIED: worked with a blemish, or failed
};

void PrintTo(const FaultCase& fault, std::ostream* out) { *out << fault.name; }

class Fault : public NaverLab, public testing::WithParamInterface<FaultCase> {
 protected:
  void TearDown() override {
    if (!IsSkipped()) hoplab({"fault", "clear", "--all", "--lab", kLab});
  }
  static void expect_healthy() {
    const v1::Journey after = journey(kLab, kUrl, {"--cold"});
    EXPECT_EQ(after.verdict().result(), v1::Verdict::OK) << explain(after);
    EXPECT_EQ(after.result().http_status(), 200);
  }
  static std::vector<std::string> add_words(const FaultCase& fault) {
    std::vector<std::string> words = {"fault", "add"};
    words.insert(words.end(), fault.words.begin(), fault.words.end());
    words.insert(words.end(), {"--lab", kLab});
    return words;
  }
  static void expect_blamed(const FaultCase& fault) {
    const v1::Journey broken = journey(kLab, kUrl, {"--cold"});
    EXPECT_NE(broken.verdict().result(), v1::Verdict::OK) << explain(broken);
    if (fault.result != v1::Verdict::RESULT_UNSPECIFIED) {
      EXPECT_EQ(broken.verdict().result(), fault.result) << explain(broken);
    }
    if (fault.peer != nullptr) {
      EXPECT_TRUE(blames_link(broken, fault.node, fault.peer)) << explain(broken);
    } else {
      EXPECT_TRUE(blames_node(broken, fault.node)) << explain(broken);
    }
  }
};

// Three English words in a row that no program but ours can have said: a sentence of ours.
void expect_korean(const std::string& report) {
  const std::regex english("[a-z]{2,} [a-z]{2,} [a-z]{2,}");
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    // What is to be typed next, and curl's own words.
    if (line.find("hoplab ") != std::string::npos || line.find("의 말") != std::string::npos)
      continue;
    EXPECT_FALSE(std::regex_search(line, english)) << line;
  }
}

TEST_P(Fault, IsToldInKoreanAlone) {
  const FaultCase& fault = GetParam();
  ASSERT_EQ(hoplab(add_words(fault)).exit_code, 0);
  const Outcome report =
      hoplab({"request", "client", kUrl, "--cold", "-v", "--lang", "ko", "--lab", kLab});
  EXPECT_THAT(report.out, testing::HasSubstr("근거"));
  expect_korean(report.out);
}

TEST_P(Fault, IsBlamedAndClearsWithoutATrace) {
  const FaultCase& fault = GetParam();
  const Outcome added = hoplab(add_words(fault));
  ASSERT_EQ(added.exit_code, 0) << added.err;
  const Outcome listed = hoplab({"fault", "list", "--lab", kLab});
  EXPECT_THAT(listed.out, testing::HasSubstr(added.out.substr(0, added.out.find('\n'))));
  expect_blamed(fault);
  const Outcome cleared = hoplab({"fault", "clear", "--all", "--lab", kLab});
  ASSERT_EQ(cleared.exit_code, 0) << cleared.err;
  EXPECT_EQ(hoplab({"fault", "list", "--lab", kLab}).out, "");
  expect_healthy();
}

TEST_P(Fault, LeaseEndsItThoughTheControllerWasKilled) {
  auto words = add_words(GetParam());
  words.insert(words.end(), {"--for", "3s"});
  const Outcome added = hoplab(words);
  ASSERT_EQ(added.exit_code, 0) << added.err;
  const pid_t controller = lab::ControllerLock::holder(lab::Paths(kLab));
  ASSERT_GT(controller, 0);
  ASSERT_EQ(::kill(controller, SIGKILL), 0);
  // Polls as a user would: the lab is as before when every node says so and no fault is listed.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool healthy = false;
  while (!healthy && std::chrono::steady_clock::now() < deadline) {
    const auto list = status(kLab);
    healthy = list.labs_size() == 1 && list.labs(0).faults().empty() &&
              std::ranges::all_of(list.labs(0).nodes(), [](const auto& node) {
                return node.health().state() == v1::Health::READY;
              });
    if (!healthy) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_TRUE(healthy);
  expect_healthy();
}

INSTANTIATE_TEST_SUITE_P(
    Eight, Fault,
    testing::Values(
        FaultCase{"link_down",
                  {"link-down", "transit1--transit3"},
                  "transit1",
                  "transit3",
                  v1::Verdict::DEGRADED},
        FaultCase{"link_loss",
                  {"link-loss", "isp-core--isp-asbr", "percent=30"},
                  "isp-core",
                  "isp-asbr",
                  v1::Verdict::RESULT_UNSPECIFIED},
        FaultCase{"link_delay",
                  {"link-delay", "naver-border--naver-core", "delay=60ms"},
                  "naver-border",
                  "naver-core",
                  v1::Verdict::DEGRADED},
        FaultCase{"node_stop", {"node-stop", "isp-dns"}, "isp-dns", nullptr, v1::Verdict::FAILED},
        FaultCase{
            "daemon_kill", {"daemon-kill", "naver-lb"}, "naver-lb", nullptr, v1::Verdict::FAILED},
        FaultCase{
            "dns_servfail", {"dns-servfail", "ns-naver"}, "ns-naver", nullptr, v1::Verdict::FAILED},
        FaultCase{"bgp_down",
                  {"bgp-down", "naver-border--transit3"},
                  "naver-border",
                  nullptr,
                  v1::Verdict::FAILED},
        FaultCase{"web_status",
                  {"web-status", "web2"},
                  "web2",
                  nullptr,
                  v1::Verdict::RESULT_UNSPECIFIED}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hoplab::test
