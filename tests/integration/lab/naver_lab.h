// The main lab, up for as long as the test program runs.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/lab/hoplab.h"
#include "tests/integration/lab/journeys.h"

namespace hoplab::test {

class NaverLab : public testing::Test {
 public:
  static constexpr const char* kLab = "test-naver";
  static constexpr const char* kUrl = "https://www.naver.com/";

 protected:
  void SetUp() override;
};

}  // namespace hoplab::test
