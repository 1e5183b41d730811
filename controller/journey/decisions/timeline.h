// Entries of a table with the time each was in it: from a snapshot before, changes told meanwhile,
// and a snapshot after. A change is told a little after it happened, never before.
#pragma once

#include <cstdint>
#include <limits>

namespace hoplab::journey {

// How long after a change its notice may come: the agent's loop shares the processor with a lab.
inline constexpr int64_t kNoticeLagNs = 200'000'000;

struct Life {
  static constexpr int64_t kAlways = std::numeric_limits<int64_t>::min();
  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
  int64_t from = kAlways;
  int64_t to = kForever;
  bool certain = true;  // false: only the later snapshot has it, and no notice says since when

  [[nodiscard]] bool holds(int64_t time) const { return certain && from <= time && time < to; }
  // Within what notices allow.
  [[nodiscard]] bool may_hold(int64_t time) const {
    return !certain || ((from == kAlways || from - kNoticeLagNs <= time) && time < to);
  }
  [[nodiscard]] bool ended() const { return to != kForever; }
};

}  // namespace hoplab::journey
