// How long each lesson's lab takes until it has converged.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/session.h"

namespace hoplab::bench {

struct LessonTime {
  std::string lesson;
  Samples up;  // seconds
};

// Every topology of topologies/lessons, in the order of their names.
std::vector<LessonTime> measure_lessons(const Session& session, int rounds);

}  // namespace hoplab::bench
