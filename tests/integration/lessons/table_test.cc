// topologies/README.md is what the tests declare, not what somebody typed.
#include <gtest/gtest.h>

#include "tests/golden.h"
#include "tests/integration/lessons/items.h"

namespace hoplab::test {
namespace {

TEST(Lessons, ThePageIsThatOfTheTests) {
  expect_file(HOPLAB_SOURCE_DIR "/topologies/README.md", lesson_page());
}

}  // namespace
}  // namespace hoplab::test
