// What a node says of itself is evidence by its key and arguments, not by the agent's English.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "agents/common/role/unmet.h"
#include "controller/journey/engine.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

// What `condition` of the router makes the verdict say, of a SYN that ended there.
std::vector<v1::Fact> said_of(const v1::Condition& condition) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, first_syn());
  give_time(lab);
  *lab.capture("r").mutable_after()->mutable_health()->add_conditions() = condition;
  lab.finish(28, 0);
  std::vector<v1::Fact> facts;
  const v1::Journey j = lab.build_journey();
  for (const auto& culprit : j.verdict().culprits()) {
    facts.push_back(culprit.cause());
    for (const auto& e : culprit.evidence()) facts.push_back(e.fact());
    for (const auto& x : culprit.consequences()) facts.push_back(x.cause());
  }
  return facts;
}

MATCHER_P(TellsOf, condition, "") {
  const auto part = arg.said().find("detail");
  return part != arg.said().end() && part->second.key() == condition.key() &&
         Arguments(part->second.args().begin(), part->second.args().end()) ==
             Arguments(condition.args().begin(), condition.args().end()) &&
         arg.args().at("detail") == condition.detail();
}

TEST(Conditions, EachIsSaidWithItsArguments) {
  for (const auto& sentence : agent::kConditions) {
    v1::Condition condition;
    condition.set_name("what is looked at");
    agent::say_unmet(condition, sentence.key, {});
    std::istringstream names{std::string{sentence.args}};
    for (std::string name; names >> name;) (*condition.mutable_args())[name] = "<" + name + ">";
    EXPECT_THAT(said_of(condition), ::testing::Contains(TellsOf(condition))) << sentence.key;
  }
}

// Of an agent that gives no key, its own words, under the name of what it looked at.
TEST(Conditions, WithoutAKeyTheAgentIsQuoted) {
  v1::Condition condition;
  condition.set_name("the thing");
  condition.set_detail("it is broken");
  EXPECT_THAT(
      said_of(condition),
      ::testing::Contains(says(
          "cause.condition",
          {{"node", "r"}, {"condition", "the thing"}, {"detail", "the thing: it is broken"}})));
}

}  // namespace
}  // namespace hoplab::journey::testing
