#include "tests/unit/journey/check_journey.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "controller/journey/keys.h"

namespace hoplab::journey::testing {
namespace {

void check_fact(const v1::Fact& f) {
  if (f.key().empty()) return;
  const Key* key = find_key(f.key());
  ASSERT_NE(key, nullptr) << "not in keys.h: " << f.key();
  std::set<std::string> wanted;
  std::string_view rest = key->args;
  while (!rest.empty()) {
    const size_t space = rest.find(' ');
    wanted.emplace(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  }
  std::set<std::string> given;
  for (const auto& [name, value] : f.args()) given.insert(name);
  EXPECT_EQ(given, wanted) << f.key();
}

}  // namespace

void check_journey(const v1::Journey& j) {
  const auto& c = j.completeness();
  EXPECT_EQ(c.seen(), c.explained() + c.background() + c.left_over());
  std::set<std::tuple<std::string, uint64_t>> frames;
  uint64_t in_hops = 0;
  for (const auto& trip : j.trips()) {
    check_fact(trip.summary());
    for (const auto& hop : trip.hops()) {
      for (const auto* ref : {hop.has_in_frame() ? &hop.in_frame() : nullptr,
                              hop.has_out_frame() ? &hop.out_frame() : nullptr}) {
        if (ref == nullptr) continue;
        ++in_hops;
        EXPECT_TRUE(frames.emplace(ref->node(), ref->index()).second) << "a frame in two hops";
      }
      for (const auto& e : hop.decisions()) {
        check_fact(e.check());
        check_fact(e.result());
        check_fact(e.consequence());
      }
    }
  }
  EXPECT_EQ(in_hops, c.explained());
  for (const auto& p : j.phases()) {
    check_fact(p.summary());
    for (const auto& e : p.exchanges()) {
      check_fact(e.title());
      for (const auto& f : e.facts()) check_fact(f);
    }
  }
  check_fact(j.verdict().summary());
  for (const auto& culprit : j.verdict().culprits()) {
    check_fact(culprit.cause());
    for (const auto& e : culprit.evidence()) check_fact(e.fact());
  }
  for (const auto& l : c.left_overs()) check_fact(l.reason());
  for (const auto& l : c.background_kinds()) check_fact(l.reason());
}

v1::Journey whole(SmallLab& lab, int exit_code, int status) {
  lab.finish(exit_code, status);
  v1::Journey j = lab.build_journey();
  check_journey(j);
  return j;
}

}  // namespace hoplab::journey::testing
