#include "controller/journey/correlate/pairing.h"

namespace hoplab::journey {

void Groups::reset(size_t count) {
  next_.assign(count, kNone);
  heads_.clear();
  tails_.clear();
  by_key_.clear(count);
}

void Groups::add(uint64_t key, uint32_t member) {
  const uint32_t group = by_key_.get_or_insert(key, static_cast<uint32_t>(heads_.size()));
  if (group == heads_.size()) {
    heads_.push_back(member);
    tails_.push_back(member);
  } else {
    next_[tails_[group]] = member;
    tails_[group] = member;
  }
}

void Groups::members(uint32_t group, std::vector<uint32_t>& out) const {
  out.clear();
  for (uint32_t m = heads_[group]; m != kNone; m = next_[m]) out.push_back(m);
}

std::span<const Pair> Pairing::pair_up(std::span<const Cause> causes,
                                       std::span<const Effect> effects, int64_t slack_ns) {
  pairs_.clear();
  from_.reset(causes.size());
  for (uint32_t i = 0; i < causes.size(); ++i) from_.add(causes[i].key, i);
  to_.reset(effects.size());
  for (uint32_t i = 0; i < effects.size(); ++i) to_.add(effects[i].effect_key, i);

  for (uint32_t group = 0; group < to_.size(); ++group) {
    const uint32_t cause_group = from_.find(effects[to_.head(group)].cause_key);
    if (cause_group == kNone) continue;
    from_.members(cause_group, a_);
    to_.members(group, b_);
    const auto is_copy = [](const Cause& cause, const Effect& effect) {
      return effect.time - cause.time - cause.held <= kCopyNs;
    };
    const auto possible = [&](size_t i, size_t j) {
      return causes[a_[i]].time <= effects[b_[j]].time + slack_ns;
    };
    bool in_step = a_.size() == b_.size();
    for (size_t i = 0; in_step && i < a_.size(); ++i) in_step = possible(i, i);
    if (in_step) {
      for (size_t i = 0; i < a_.size(); ++i) {
        pairs_.push_back({causes[a_[i]].frame, effects[b_[i]].frame, false});
      }
      continue;
    }
    // From the end backwards: each effect takes the latest cause still free before it. Effects too
    // many are copies, of the cause that is nearest in time and not of one still free long before.
    size_t i = a_.size();
    size_t copies = b_.size() > a_.size() ? b_.size() - a_.size() : 0;
    for (size_t j = b_.size(); j-- > 0;) {
      if (copies > 0 && i < a_.size() && possible(i, j) && is_copy(causes[a_[i]], effects[b_[j]])) {
        --copies;
        pairs_.back().duplicate = true;
        pairs_.push_back({causes[a_[i]].frame, effects[b_[j]].frame, false});
        continue;
      }
      while (i > 0 && !possible(i - 1, j)) --i;
      if (i > 0) {
        --i;
        pairs_.push_back({causes[a_[i]].frame, effects[b_[j]].frame, false});
      }
    }
  }
  return pairs_;
}

}  // namespace hoplab::journey
