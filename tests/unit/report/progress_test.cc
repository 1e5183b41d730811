#include "controller/report/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "controller/report/display_width.h"

namespace hoplab::report {
namespace {

using std::chrono::milliseconds;

v1::UpEvent step(const char* name, uint32_t done, uint32_t total, const char* detail = "") {
  v1::UpEvent event;
  event.set_step(name);
  event.set_done(done);
  event.set_total(total);
  event.set_detail(detail);
  event.set_changed(true);
  return event;
}

v1::UpEvent node(const char* name, v1::Health::State state, const char* waiting_for) {
  v1::UpEvent event;
  v1::NodeProgress& progress = *event.add_nodes();
  progress.set_node(name);
  progress.set_state(state);
  progress.set_waiting_for(waiting_for);
  return event;
}

// What a terminal would show: knows "cursor up n", "erase to the end", and ignores colours.
std::vector<std::string> screen(const std::string& output) {
  std::vector<std::string> rows{""};
  for (size_t i = 0; i < output.size(); ++i) {
    if (output[i] == '\n') {
      rows.emplace_back();
    } else if (output[i] == '\x1b') {
      const size_t end = output.find_first_of("AJm", i);
      if (output[end] == 'A') {
        rows.resize(rows.size() - std::stoul(output.substr(i + 2, end - i - 2)));
        rows.back().clear();
      }
      i = end;
    } else if (output[i] != '\r') {
      rows.back() += output[i];
    }
  }
  return rows;
}

TEST(UpProgress, PlainLinesOneAChange) {
  std::ostringstream out;
  UpProgress progress{{}, out};
  progress.update(step("images", 0, 2), milliseconds{0});
  progress.update(step("images", 1, 2, "router: Step 2/5 RUN apt-get"), milliseconds{1200});
  progress.update(step("images", 1, 2, "router: Step 2/5 RUN apt-get"), milliseconds{1300});
  progress.update(step("images", 2, 2), milliseconds{2000});
  progress.update(step("containers", 1, 3), milliseconds{2100});
  progress.update(step("containers", 2, 3), milliseconds{2200});
  progress.update(step("containers", 3, 3), milliseconds{2300});
  progress.update(node("isp1", v1::Health::STARTING, "OSPF with isp2"), milliseconds{3000});
  progress.update(node("isp1", v1::Health::STARTING, "OSPF with isp2"), milliseconds{3100});
  progress.update(node("isp1", v1::Health::READY, ""), milliseconds{65000});
  progress.finish(true, "naver", milliseconds{65100});
  EXPECT_EQ(out.str(),
            "[  0.0 s] images 0/2\n"
            "[  1.2 s] images 1/2: router: Step 2/5 RUN apt-get\n"
            "[  2.0 s] images 2/2\n"
            "[  2.1 s] containers 1/3\n"
            "[  2.3 s] containers 3/3\n"
            "[  3.0 s] isp1: starting, waits for OSPF with isp2\n"
            "[ 65.0 s] isp1: ready\n"
            "lab naver is up: 1 node in 65.1 s\n");
}

TEST(UpProgress, BlockIsRedrawnInPlace) {
  std::ostringstream out;
  UpProgress progress{{.terminal = true, .colour = true, .width = 60}, out};
  progress.update(step("containers", 3, 24), milliseconds{500});
  progress.update(node("isp1", v1::Health::STARTING, "OSPF with isp2"), milliseconds{600});
  progress.update(node("isp2", v1::Health::WAITING, ""), milliseconds{700});
  progress.update(node("isp1", v1::Health::READY, ""), milliseconds{800});
  EXPECT_EQ(screen(out.str()),
            (std::vector<std::string>{" · images  ▸ containers  · links  · convergence  0.8 s",
                                      "   ██░░░░░░░░░░░░░░░░░░ 3/24 containers", "   isp2  waiting",
                                      ""}));
  progress.finish(true, "naver", milliseconds{900});
  EXPECT_EQ(screen(out.str()),
            (std::vector<std::string>{"lab naver is up: 2 nodes in 900 ms", ""}));
}

TEST(UpProgress, BlockStaysSmallAndNarrow) {
  std::ostringstream out;
  UpProgress progress{{.terminal = true, .width = 40}, out};
  progress.update(
      step("convergence", 0, 60, "a detail that is much longer than the terminal is wide"),
      milliseconds{100});
  for (int i = 0; i < 60; ++i) {
    progress.update(node(("node" + std::to_string(i)).c_str(), v1::Health::STARTING,
                         "a condition whose name is longer than the line has room for"),
                    milliseconds{200});
  }
  const auto rows = screen(out.str());
  EXPECT_LE(rows.size(), 13U);  // twelve and the cursor's
  for (const auto& row : rows) EXPECT_LE(display_width(row), 40) << row;
  EXPECT_NE(out.str().find("and 52 more wait; 0 ready"), std::string::npos);
}

TEST(UpProgress, FailureLeavesNothingOfTheBlock) {
  std::ostringstream out;
  UpProgress progress{{.terminal = true}, out};
  progress.update(step("links", 1, 2), milliseconds{100});
  progress.finish(false, "naver", milliseconds{200});
  EXPECT_EQ(screen(out.str()), (std::vector<std::string>{""}));
}

TEST(UpProgress, SaysWhenNothingHadToBeDone) {
  std::ostringstream out;
  UpProgress progress{{}, out};
  v1::UpEvent event = step("convergence", 0, 0);
  event.set_changed(false);
  progress.update(event, milliseconds{10});
  progress.finish(true, "naver", milliseconds{20});
  EXPECT_NE(out.str().find("lab naver was up already\n"), std::string::npos);
}

}  // namespace
}  // namespace hoplab::report
