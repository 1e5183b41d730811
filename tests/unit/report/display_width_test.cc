#include "controller/report/display_width.h"

#include <gtest/gtest.h>

namespace hoplab::report {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("한국어"), 6);
  EXPECT_EQ(display_width("a → b ▸ ⇄ ✗"), 11);
  EXPECT_EQ(display_width("\x1b[1;31mred\x1b[0m"), 3);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);  // e with a combining accent
  EXPECT_EQ(display_width("\xff\xc3"), 2);   // no UTF-8
  EXPECT_EQ(display_width(""), 0);
}

TEST(DisplayWidth, PadsAndCutsByColumns) {
  EXPECT_EQ(pad_right("주소", 6), "주소  ");
  EXPECT_EQ(pad_left("48 µs", 8), "   48 µs");
  EXPECT_EQ(cut("한국어", 5), "한국…");
  EXPECT_EQ(cut("한국어", 4), "한…");
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 0), "");
}

TEST(DisplayWidth, WrapsAtBlanksAndBreaksWhatIsTooLong) {
  EXPECT_EQ(wrap("one two three", 8), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh ij", 5), (std::vector<std::string>{"abcde", "fgh", "ij"}));
  EXPECT_EQ(wrap("가나다 라", 4), (std::vector<std::string>{"가나", "다", "라"}));
  EXPECT_EQ(wrap("", 5), (std::vector<std::string>{""}));
  EXPECT_EQ(wrap("  spaced   out ", 20), (std::vector<std::string>{"spaced out"}));
}

TEST(DisplayWidth, MakesControlCharactersVisible) {
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(printable("한국어"), "한국어");
}

}  // namespace
}  // namespace hoplab::report
