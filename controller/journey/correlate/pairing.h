// Which of these went on to be which of those: the join under both wires and nodes.
// Causes and effects carry keys; an effect can only follow from a cause with its `cause_key`, and
// among effects of one `effect_key` (one place where they show) each cause is used once, first in
// first out. Where effects are fewer than causes the latest possible cause before each is taken, so
// that of three identical ARP requests the one really lost is the one left over. Linear.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hoplab::journey {

struct Cause {
  uint64_t key = 0;
  uint32_t frame = 0;
  int64_t time = 0;
};
struct Effect {
  uint64_t cause_key = 0;
  uint64_t effect_key = 0;
  uint32_t frame = 0;
  int64_t time = 0;
};
struct Pair {
  uint32_t cause = 0;
  uint32_t effect = 0;
  bool duplicate = false;  // the cause has another effect in the same place
};

// Both in time order. Clocks of two taps may disagree by `slack_ns`.
std::vector<Pair> pair_up(std::span<const Cause> causes, std::span<const Effect> effects,
                          int64_t slack_ns);

}  // namespace hoplab::journey
