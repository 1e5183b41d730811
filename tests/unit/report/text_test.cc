#include "controller/report/text.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "controller/report/display_width.h"
#include "tests/golden.h"
#include "tests/unit/report/sample_journeys.h"

namespace hoplab::report {
namespace {

std::string rendered(const v1::Journey& journey, const TextOptions& options) {
  std::ostringstream out;
  print_text(journey, options, out);
  return out.str();
}

void expect_fits(const std::string& text, int width) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), width) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

struct Case {
  const char* golden;
  v1::Journey (*journey)();
  TextOptions options;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.golden; }

class TextReport : public testing::TestWithParam<Case> {};

TEST_P(TextReport, IsExactlyTheGoldenFileAndFits) {
  const std::string text = rendered(GetParam().journey(), GetParam().options);
  hoplab::test::expect_file(
      std::string(HOPLAB_SOURCE_DIR "/tests/unit/report/golden/") + GetParam().golden, text);
  expect_fits(text, GetParam().options.width);
}

INSTANTIATE_TEST_SUITE_P(
    Journeys, TextReport,
    testing::Values(
        Case{"good.txt", test::good_journey, {}},
        Case{"good_v.txt", test::good_journey, {.verbosity = 1}},
        Case{"good_vv.txt", test::good_journey, {.verbosity = 2}},
        Case{"good_narrow.txt", test::good_journey, {.width = 60}},
        Case{"good_ko.txt", test::good_journey, {.language = Language::kKorean}},
        Case{"good_ko_v.txt", test::good_journey, {.verbosity = 1, .language = Language::kKorean}},
        Case{"good_colour.txt", test::good_journey, {.colour = true}},
        Case{"lost.txt", test::lost_journey, {}},
        Case{"lost_v.txt", test::lost_journey, {.verbosity = 1}},
        Case{"lost_ko.txt", test::lost_journey, {.language = Language::kKorean}},
        Case{"doubtful.txt", test::doubtful_journey, {}},
        Case{"doubtful_v.txt", test::doubtful_journey, {.verbosity = 1}}),
    [](const auto& info) {
      std::string name = info.param.golden;
      return name.substr(0, name.find('.'));
    });

TEST(TextReportOfNothing, DoesNotCrashAndSaysSo) {
  const std::string text = rendered(v1::Journey{}, {});
  EXPECT_NE(text.find("nothing was captured"), std::string::npos) << text;
}

TEST(TextReportOfABrokenTree, EndsAndShowsEveryHop) {
  v1::Journey journey = test::good_journey();
  for (auto& trip : *journey.mutable_trips()) {
    for (auto& hop : *trip.mutable_hops()) hop.set_parent(hop.id());  // each its own parent
  }
  const std::string text = rendered(journey, {.verbosity = 2});
  EXPECT_NE(text.find("naver-border"), std::string::npos);
}

TEST(TextReportOnATinyTerminal, TakesFortyColumns) {
  expect_fits(rendered(test::good_journey(), {.verbosity = 2, .width = 10}), 40);
}

}  // namespace
}  // namespace hoplab::report
