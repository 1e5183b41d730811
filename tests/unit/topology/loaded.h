// Loading text in tests: the plan, or the problems as lines "line:column: message (suggestion)".
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "controller/topology/plan.h"

namespace hoplab::topology {

inline std::vector<std::string> problems_of(const std::string& yaml, std::string_view lab = {}) {
  std::vector<std::string> lines;
  const auto plan = load_text(yaml, "t", lab);
  if (plan) return lines;
  for (const Problem& p : plan.error()) lines.push_back(to_string(p).substr(2));
  return lines;
}

inline Plan plan_of(const std::string& yaml) {
  auto plan = load_text(yaml, "t");
  if (plan) return std::move(*plan);
  for (const Problem& p : plan.error()) ADD_FAILURE() << to_string(p);
  return {};
}

}  // namespace hoplab::topology
