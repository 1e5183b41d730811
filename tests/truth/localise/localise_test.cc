// Does the verdict name the right place? Many trials: each breaks one known place on the way of the
// request, from outside the product, makes the request, and compares the verdict's first culprit
// with the place and its layer. "Unknown" is an answer; a wrong culprit is not.
//
//   HOPLAB_TRIALS=200    how many          HOPLAB_SEED=…       for the same trials again
//   HOPLAB_ONLY=17       that one alone    HOPLAB_TOPOLOGY=naver
//   HOPLAB_KEEP=FOLDER   what the engine was given, of each trial that was not right
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "tests/integration/lab/hoplab.h"
#include "tests/truth/localise/defect.h"
#include "tests/truth/localise/inside.h"

namespace hoplab::truth {
namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kLab = "localise";
constexpr std::chrono::seconds kHealing{60};

uint64_t number_in(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}
std::string text_in(const char* variable, const char* otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : text;
}

enum class Grade { kRight, kUnknown, kWrong, kNotMet };

std::string describe(const v1::Culprit& c) {
  std::string text = c.node() + (c.interface().empty() ? "" : ":" + c.interface());
  if (!c.peer_node().empty()) text += " ⇄ " + c.peer_node() + ":" + c.peer_interface();
  text += fmt::format(" [{}] {}", c.layer(), c.cause().key());
  for (const auto& [name, value] : c.cause().args()) text += fmt::format(" {}={}", name, value);
  if (!c.on_path()) text += " (off path)";
  return text;
}

std::string describe(const v1::Journey& journey) {
  std::string text = v1::Verdict::Result_Name(journey.verdict().result()) + " " +
                     journey.verdict().summary().key();
  for (const auto& c : journey.verdict().culprits()) {
    text += "\n      " + describe(c);
    for (const auto& e : c.evidence()) {
      text += "\n          " + e.fact().key();
      for (const auto& [name, value] : e.fact().args()) text += fmt::format(" {}={}", name, value);
    }
  }
  return text;
}

// Whether the culprit is the place that was broken. A link is named by both its ends; a defect of
// one node's interface may be told as of the link or of the node.
bool is_place(const Defect& d, const v1::Culprit& c) {
  const bool link = !c.peer_node().empty();
  if (d.peer.empty()) return c.node() == d.node && !link;
  if (!link) return c.node() == d.node;
  return (c.node() == d.node && c.peer_node() == d.peer) ||
         (c.node() == d.peer && c.peer_node() == d.node);
}

Grade grade(const Defect& d, const v1::Journey& journey, bool met) {
  const auto& culprits = journey.verdict().culprits();
  if (culprits.empty()) {
    const bool fine = journey.verdict().result() == v1::Verdict::OK;
    return fine && (!met || d.count.empty()) ? Grade::kNotMet : Grade::kUnknown;
  }
  const v1::Culprit& first = culprits[0];
  const bool place = is_place(d, first);
  if (!first.on_path() && !place) {
    // Named as something else that is not as it should be: nobody was blamed for this.
    return Grade::kUnknown;
  }
  if (!place) return Grade::kWrong;
  if (first.layer().empty()) return Grade::kUnknown;
  return d.layers.contains(first.layer()) ? Grade::kRight : Grade::kWrong;
}

class Localise : public testing::Test {
 protected:
  static std::string topology_file() {
    return std::string(HOPLAB_SOURCE_DIR) + "/topologies/" + text_in("HOPLAB_TOPOLOGY", "naver") +
           ".yaml";
  }
  void SetUp() override {
    if (const std::string reason = test::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    if (::access("/usr/sbin/nft", X_OK) != 0) GTEST_SKIP() << "needs the nft program";
    test::hoplab({"down", kLab});
    const auto up = test::hoplab({"up", topology_file(), "--lab", kLab}, std::chrono::seconds(400));
    ASSERT_EQ(up.exit_code, 0) << up.err;
    auto plan = topology::load(topology_file(), kLab);
    ASSERT_TRUE(plan.has_value());
    plan_ = std::move(*plan);
    ways_ = ways_of(plan_.topology);
    ASSERT_FALSE(ways_.empty()) << "no ways are known of " << plan_.topology;
    url_ = ways_.back().port == 443 ? "https://www.naver.com/" : "http://web.campus.test/";
    const auto labs = test::status(kLab);
    ASSERT_EQ(labs.labs_size(), 1);
    for (const auto& node : labs.labs(0).nodes()) pids_[node.node()] = node.pid();
    ASSERT_TRUE(healthy()) << "the lab is not healthy to begin with";
    folder_ = text_in("HOPLAB_KEEP", "");
    if (!folder_.empty()) std::filesystem::create_directories(folder_);
    bundle_ = std::filesystem::temp_directory_path() / fmt::format("localise-{}", ::getpid());
  }
  void TearDown() override {
    if (IsSkipped()) return;
    std::error_code ignored;
    std::filesystem::remove(bundle_, ignored);
    const auto down = test::hoplab({"down", kLab});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    EXPECT_EQ(test::leftovers(kLab), "");
  }

  v1::Journey ask(bool cold) {
    return test::journey(kLab, url_,
                         {cold ? "--cold" : "--warm", "--timeout", "1800ms", "--bundle", bundle_});
  }

  // Every node says so, and a request finds nothing amiss.
  bool healthy() {
    const auto deadline = Clock::now() + kHealing;
    while (Clock::now() < deadline) {
      const auto list = test::status(kLab);
      const bool ready =
          list.labs_size() == 1 && std::ranges::all_of(list.labs(0).nodes(), [](const auto& node) {
            return node.health().state() == v1::Health::READY;
          });
      if (ready && ask(false).verdict().result() == v1::Verdict::OK) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));  // between looks at the lab
    }
    return false;
  }

  void break_it(const Defect& d) {
    kept_.clear();
    if (!d.stop.empty()) {
      stopped_ = programs_inside(pids_[d.node], d.stop);
      ASSERT_FALSE(stopped_.empty()) << d.node << " runs no " << d.stop;
      for (const int pid : stopped_) ::kill(pid, SIGSTOP);
      return;
    }
    const Ran ran = run_inside(pids_[d.node], d.apply);
    ASSERT_EQ(ran.status, 0) << d.text << ": " << d.apply << ran.output;
    kept_ = ran.output;
  }
  // Whether a packet met the defect, where that can be told.
  bool mend(const Defect& d) {
    for (const int pid : stopped_) ::kill(pid, SIGCONT);
    stopped_.clear();
    if (d.undo.empty()) return true;
    bool met = true;
    if (!d.count.empty()) {
      const Ran counter = run_inside(pids_[d.node], d.count);
      met = std::strtoull(counter.output.c_str(), nullptr, 10) > 0;
    }
    const Ran ran = run_inside(pids_[d.node], d.undo, kept_);
    EXPECT_EQ(ran.status, 0) << d.text << ": " << d.undo << "\n" << ran.output;
    return met;
  }

  topology::Plan plan_;
  std::vector<Way> ways_;
  std::string url_;
  std::map<std::string, int> pids_;
  std::vector<int> stopped_;
  std::string kept_;
  std::string folder_;
  std::string bundle_;
};

struct Row {
  int right = 0;
  int unknown = 0;
  int wrong = 0;
};

TEST_F(Localise, TheVerdictNamesTheBrokenPlace) {
  const uint64_t seed = number_in("HOPLAB_SEED", 20261127);
  const uint64_t trials = number_in("HOPLAB_TRIALS", 200);
  const uint64_t only = number_in("HOPLAB_ONLY", 0);
  std::cout << fmt::format("seed {}, {} trials, {}\n", seed, trials, plan_.topology) << std::flush;
  std::map<std::string, Row> table;
  Row all;
  for (uint64_t trial = 1; trial <= trials; ++trial) {
    if (only != 0 && trial != only) continue;
    std::mt19937_64 random(seed + trial * 1'000'003);
    for (int draws = 0; draws < 20; ++draws) {
      const auto began = Clock::now();
      const Defect defect = draw(plan_, ways_, random);
      ASSERT_NO_FATAL_FAILURE(break_it(defect));
      const v1::Journey journey = ask(defect.cold);
      const bool met = mend(defect);
      const Grade g = grade(defect, journey, met);
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
      static constexpr const char* kGrades[] = {"right", "UNKNOWN", "WRONG", "not met"};
      std::cout << fmt::format("{:4} {:8} {:24} {} ({} ms)\n", trial, kGrades[static_cast<int>(g)],
                               defect.kind, defect.text, ms);
      if (g == Grade::kWrong || g == Grade::kUnknown || only != 0) {
        std::cout << "      " << describe(journey) << "\n";
        std::error_code ignored;
        if (!folder_.empty()) {
          std::filesystem::copy_file(bundle_, fmt::format("{}/{}.bundle", folder_, trial),
                                     std::filesystem::copy_options::overwrite_existing, ignored);
        }
      }
      std::cout << std::flush;
      ASSERT_TRUE(healthy()) << "not healthy again after trial " << trial << ": " << defect.text;
      if (g == Grade::kNotMet) continue;
      for (Row* row : {&table[defect.kind], &all}) {
        ++(g == Grade::kRight ? row->right : g == Grade::kWrong ? row->wrong : row->unknown);
      }
      break;
    }
  }
  table["all"] = all;
  std::cout << fmt::format("\n{:24} {:>6} {:>8} {:>6}\n", "kind", "right", "unknown", "wrong");
  for (const auto& [kind, row] : table) {
    std::cout << fmt::format("{:24} {:6} {:8} {:6}\n", kind, row.right, row.unknown, row.wrong);
  }
  const int total = all.right + all.unknown + all.wrong;
  ASSERT_GT(total, 0);
  std::cout << fmt::format("seed {}: {} trials, {:.1f} % right, {} unknown, {} wrong\n", seed,
                           total, 100.0 * all.right / total, all.unknown, all.wrong);
  EXPECT_EQ(all.wrong, 0);
  EXPECT_GE(all.right * 100, total * 95);
}

}  // namespace
}  // namespace hoplab::truth
