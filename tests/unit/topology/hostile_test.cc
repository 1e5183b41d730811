// Input made to hurt: bounded work, one problem, no crash.
#include <fstream>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Hostile, DeepNestingIsRefused) {
  EXPECT_THAT(problems_of("name: " + std::string(5000, '[')),
              ElementsAre(HasSubstr("nested deeper than 16 levels")));
  std::string block;
  for (int i = 0; i < 400; ++i) block += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(problems_of(block), ElementsAre(HasSubstr("nested deeper than 16 levels")));
}

TEST(Hostile, AliasBombIsRefusedAtTheFirstAlias) {
  EXPECT_THAT(problems_of("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"),
              ElementsAre(HasSubstr("2:8: aliases are not used")));
}

TEST(Hostile, LargeTextIsRefused) {
  EXPECT_THAT(problems_of(std::string(2U << 20U, 'x')),
              ElementsAre(HasSubstr("larger than 1048576 bytes")));
}

TEST(Hostile, VeryManyValuesAreRefused) {
  std::string yaml = "links: [";
  for (int i = 0; i < 250'000; ++i) yaml += "a,";
  EXPECT_THAT(problems_of(yaml + "]"), ElementsAre(HasSubstr("more than 200000 values")));
}

TEST(Hostile, VeryManyProblemsAreCut) {
  std::string yaml = "name: t\nsystems: { s: { nodes: {} } }\nlinks:\n";
  for (int i = 0; i < 5000; ++i) yaml += "- [aaaaaaaa, bbbbbbbb]\n";
  EXPECT_EQ(problems_of(yaml).size(), 1000U);
}

TEST(Hostile, ControlCharactersDoNotReachTheTerminal) {
  for (const std::string& line : problems_of("\"\\x1b[31mred\": 1\nname: t\nsystems: {}\n")) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
}

TEST(Hostile, OddDocuments) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("the file holds no topology")));
  EXPECT_THAT(problems_of("# nothing\n"), ElementsAre(HasSubstr("the file holds no topology")));
  EXPECT_THAT(problems_of("just text"),
              ElementsAre(HasSubstr("a topology must be a map, not text")));
  EXPECT_THAT(problems_of("name: t\n---\nname: u\n"),
              ElementsAre(HasSubstr("3:1: a second document")));
  EXPECT_THAT(problems_of("? [a]\n: b\nname: t\nsystems: {}\n"),
              ElementsAre(HasSubstr("1:3: a key must be text, not a list")));
}

TEST(Hostile, EveryPrefixOfAGoodFileEndsInAPlanOrProblems) {
  std::ifstream file(HOPLAB_SOURCE_DIR "/topologies/naver.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(text.size(), 1000U);
  for (size_t n = 0; n < text.size(); n += 7) {
    const auto plan = load_text(text.substr(0, n), "t");
    EXPECT_TRUE(plan || !plan.error().empty());
  }
}

TEST(Hostile, UnreadableFiles) {
  const auto missing = load("/nonexistent/lab.yaml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(to_string(missing.error().front()),
            "/nonexistent/lab.yaml:1:1: cannot read: no such file (check the path)");
  const auto folder = load("/");
  ASSERT_FALSE(folder);
  EXPECT_THAT(to_string(folder.error().front()), HasSubstr("cannot read: not a file"));
}

}  // namespace
}  // namespace hoplab::topology
