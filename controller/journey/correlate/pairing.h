// Which of these went on to be which of those: the join under both wires and nodes.
// Causes and effects carry keys; an effect can only follow from a cause with its `cause_key`, and
// among effects of one `effect_key` (one place where they show) each cause is used once, first in
// first out. Where effects are fewer than causes the latest possible cause before each is taken, so
// that of three identical ARP requests the one really lost is the one left over. Where they are
// more, some are copies, which follow their cause at once. Linear.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "controller/journey/correlate/flat_map.h"

namespace hoplab::journey {

struct Cause {
  uint64_t key = 0;
  uint32_t frame = 0;
  int64_t time = 0;
  int64_t held = 0;  // so much longer before an effect can show
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
  bool duplicate = false;  // the cause has an earlier effect in the same place
};

// A copy of a frame or packet comes at once; what comes later was sent again: no protocol repeats
// itself faster (TCP waits 200 ms in Linux, a second by RFC 6298; ARP and DNS seconds).
inline constexpr int64_t kCopyNs = 100'000'000;

// Members of groups, threaded through one array in the order they were added.
class Groups {
 public:
  void reset(size_t count);
  void add(uint64_t key, uint32_t member);
  [[nodiscard]] uint32_t find(uint64_t key) const { return by_key_.find(key); }
  [[nodiscard]] size_t size() const { return heads_.size(); }
  [[nodiscard]] uint32_t head(uint32_t group) const { return heads_[group]; }
  void members(uint32_t group, std::vector<uint32_t>& out) const;

 private:
  std::vector<uint32_t> next_;
  std::vector<uint32_t> heads_;
  std::vector<uint32_t> tails_;
  FlatMap by_key_;
};

// Keeps its buffers between calls.
class Pairing {
 public:
  // Both in time order. Clocks of two taps may disagree by `slack_ns`. Valid until the next call.
  std::span<const Pair> pair_up(std::span<const Cause> causes, std::span<const Effect> effects,
                                int64_t slack_ns);

 private:
  Groups from_;
  Groups to_;
  std::vector<uint32_t> a_;
  std::vector<uint32_t> b_;
  std::vector<Pair> pairs_;
};

}  // namespace hoplab::journey
