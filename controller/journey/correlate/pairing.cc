#include "controller/journey/correlate/pairing.h"

#include "controller/journey/correlate/flat_map.h"

namespace hoplab::journey {
namespace {

// Lists threaded through one array: members of each group in order.
class Groups {
 public:
  Groups(size_t count) : next_(count, kNone), by_key_(count) {}
  uint32_t add(uint64_t key, uint32_t member) {
    const uint32_t group = by_key_.get_or_insert(key, static_cast<uint32_t>(heads_.size()));
    if (group == heads_.size()) {
      heads_.push_back(member);
      tails_.push_back(member);
    } else {
      next_[tails_[group]] = member;
      tails_[group] = member;
    }
    return group;
  }
  [[nodiscard]] uint32_t find(uint64_t key) const { return by_key_.find(key); }
  [[nodiscard]] size_t size() const { return heads_.size(); }
  void members(uint32_t group, std::vector<uint32_t>& out) const {
    out.clear();
    for (uint32_t m = heads_[group]; m != kNone; m = next_[m]) out.push_back(m);
  }
  [[nodiscard]] uint32_t head(uint32_t group) const { return heads_[group]; }

 private:
  std::vector<uint32_t> next_;
  std::vector<uint32_t> heads_;
  std::vector<uint32_t> tails_;
  FlatMap by_key_;
};

}  // namespace

std::vector<Pair> pair_up(std::span<const Cause> causes, std::span<const Effect> effects,
                          int64_t slack_ns) {
  std::vector<Pair> pairs;
  pairs.reserve(effects.size());
  Groups from(causes.size());
  for (uint32_t i = 0; i < causes.size(); ++i) from.add(causes[i].key, i);
  Groups to(effects.size());
  for (uint32_t i = 0; i < effects.size(); ++i) to.add(effects[i].effect_key, i);

  std::vector<uint32_t> a;
  std::vector<uint32_t> b;
  for (uint32_t group = 0; group < to.size(); ++group) {
    const uint32_t cause_group = from.find(effects[to.head(group)].cause_key);
    if (cause_group == kNone) continue;
    from.members(cause_group, a);
    to.members(group, b);
    const auto possible = [&](size_t i, size_t j) {
      return causes[a[i]].time <= effects[b[j]].time + slack_ns;
    };
    bool in_step = a.size() == b.size();
    for (size_t i = 0; in_step && i < a.size(); ++i) in_step = possible(i, i);
    if (in_step) {
      for (size_t i = 0; i < a.size(); ++i) {
        pairs.push_back({causes[a[i]].frame, effects[b[i]].frame, false});
      }
      continue;
    }
    // From the end backwards: each effect takes the latest cause still free before it.
    size_t i = a.size();
    for (size_t j = b.size(); j-- > 0;) {
      while (i > 0 && !possible(i - 1, j)) --i;
      if (i > 0) {
        --i;
        pairs.push_back({causes[a[i]].frame, effects[b[j]].frame, false});
      } else if (possible(0, j)) {
        pairs.push_back({causes[a[0]].frame, effects[b[j]].frame, true});
      }
    }
  }
  return pairs;
}

}  // namespace hoplab::journey
