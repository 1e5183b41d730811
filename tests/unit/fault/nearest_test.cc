#include "controller/fault/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace hoplab::fault {
namespace {

const std::vector<std::string> kWords = {"link-down", "link-loss", "link-delay", "node-stop"};

TEST(Nearest, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("link", "link"), 0U);
  EXPECT_EQ(edit_distance("link", "lnik"), 1U);
  EXPECT_EQ(edit_distance("link", "LINKS"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(nearest("link-los", kWords), "link-loss");
  EXPECT_EQ(nearest("link_down", kWords), "link-down");
  EXPECT_EQ(nearest("node", kWords), "node-stop");
  EXPECT_EQ(nearest("earthquake", kWords), "");
}

TEST(Nearest, ListsAllWhenNoneIsNear) {
  EXPECT_EQ(suggestion("earthquake", kWords),
            "one of: link-down, link-loss, link-delay, node-stop");
  EXPECT_EQ(suggestion("node-stp", kWords), "did you mean node-stop?");
}

}  // namespace
}  // namespace hoplab::fault
