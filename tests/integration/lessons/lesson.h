// A lab from topologies/lessons/NAME.yaml (or topologies/NAME.yaml), up once for all tests of its
// fixture. A test of a lesson is written
//
//   using Reservation = Lesson<"reservation">;
//   SHOWS(Reservation, TheSameMacGetsItsAddress, "reservation") { … }
//
// which also puts it into the table of topologies/README.md.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/integration/lab/hoplab.h"
#include "tests/integration/lab/journeys.h"
#include "tests/integration/lessons/items.h"

namespace hoplab::test {

class LessonLab : public ::testing::Test {
 protected:
  // Starts the lab, or says why the tests are skipped.
  static void bring_up(const std::string& lesson);
  static void take_down(const std::string& lesson);
  static std::string lab_of(const std::string& lesson) { return "lesson-" + lesson; }
  static const std::string& problem();  // why the lab is not there; empty when it is

  void SetUp() override {
    if (!problem().empty()) GTEST_SKIP() << problem();
  }
};

// A name as a template argument.
template <size_t N>
struct LessonName {
  constexpr LessonName(const char (&text)[N]) { std::copy_n(text, N, value); }
  char value[N] = {};
};

template <LessonName name>
class Lesson : public LessonLab {
 public:
  static constexpr const char* kLesson = name.value;

 protected:
  static void SetUpTestSuite() { bring_up(kLesson); }
  static void TearDownTestSuite() { take_down(kLesson); }
  static std::string lab() { return lab_of(kLesson); }

  // `hoplab exec NODE -- WORDS…`: what it printed.
  static std::string run(const std::string& node, const std::vector<std::string>& words) {
    std::vector<std::string> all = {"exec", node, "--lab", lab(), "--"};
    all.insert(all.end(), words.begin(), words.end());
    return hoplab(all).out;
  }
  // `hoplab trace NODE OPTIONS… -- WORDS…`: its journey; every frame must be explained.
  static v1::Journey trace(const std::string& node, const std::vector<std::string>& words,
                           const std::vector<std::string>& options = {}) {
    return test::trace(lab(), node, words, options);
  }
};

}  // namespace hoplab::test

#define SHOWS(fixture, name, ...)                                                 \
  [[maybe_unused]] static const bool shown_by_##fixture##_##name =                \
      ::hoplab::test::shows({__VA_ARGS__}, fixture::kLesson, #fixture "." #name); \
  TEST_F(fixture, name)
