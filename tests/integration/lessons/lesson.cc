#include "tests/integration/lessons/lesson.h"

#include <filesystem>

namespace hoplab::test {
namespace {

namespace fs = std::filesystem;
std::string why_not_up = "the lab was not started";

fs::path topology_of(const std::string& lesson) {
  const fs::path shipped = fs::path(HOPLAB_SOURCE_DIR) / "topologies";
  const fs::path file = shipped / "lessons" / (lesson + ".yaml");
  return fs::exists(file) ? file : shipped / (lesson + ".yaml");
}

}  // namespace

const std::string& LessonLab::problem() { return why_not_up; }

void LessonLab::bring_up(const std::string& lesson) {
  why_not_up = why_not();
  if (!why_not_up.empty()) return;
  hoplab({"down", lab_of(lesson)});
  const Outcome up = hoplab({"up", topology_of(lesson).string(), "--lab", lab_of(lesson)});
  if (up.exit_code == 0) return;
  why_not_up = "the lab did not come up: " + up.err;
  ADD_FAILURE() << why_not_up;
}

void LessonLab::take_down(const std::string& lesson) {
  if (!why_not().empty()) return;
  hoplab({"down", lab_of(lesson)});
  EXPECT_EQ(leftovers(lab_of(lesson)), "");
}

}  // namespace hoplab::test
