// Byte-exact comparison with a file of golden/; UPDATE_GOLDEN=1 in the environment writes the file
// instead, to be reviewed like code.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace hoplab::report::test {

inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string{HOPLAB_SOURCE_DIR} + "/tests/unit/report/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream{path, std::ios::binary} << actual;
    return;
  }
  std::ifstream file{path, std::ios::binary};
  ASSERT_TRUE(file) << path << " is not there; UPDATE_GOLDEN=1 makes it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << "differs from " << path;
}

}  // namespace hoplab::report::test
