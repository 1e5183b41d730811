// The main lab, up for as long as the test program runs.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/lab/hoplab.h"

namespace hoplab::test {

class NaverLab : public testing::Test {
 public:
  static constexpr const char* kLab = "test-naver";
  static constexpr const char* kUrl = "https://www.naver.com/";

 protected:
  void SetUp() override;
};

// Names of all nodes that hops of the journey were made on, out and back.
bool visits(const v1::Journey& journey, const std::string& node);
// Every culprit, for messages.
std::string explain(const v1::Journey& journey);
bool blames_node(const v1::Journey& journey, const std::string& node);
bool blames_link(const v1::Journey& journey, const std::string& a, const std::string& b);
const v1::Phase* phase(const v1::Journey& journey, v1::Phase::Kind kind);

}  // namespace hoplab::test
