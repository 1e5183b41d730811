// A map from 64-bit hashes to 32-bit numbers for the engine's inner loops: open addressing, one
// array, nothing is ever erased.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hoplab::journey {

inline constexpr uint32_t kNone = 0xffffffffU;

class FlatMap {
 public:
  explicit FlatMap(size_t expected = 16) {
    size_t slots = 16;
    while (slots < expected * 2) slots *= 2;
    slots_.resize(slots);
  }
  // kNone when the key is not there.
  [[nodiscard]] uint32_t find(uint64_t key) const {
    for (size_t i = key & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].second == kNone) return kNone;
      if (slots_[i].first == key) return slots_[i].second;
    }
  }
  // The value of the key, set to `value` first when the key is new. `value` must not be kNone.
  uint32_t& get_or_insert(uint64_t key, uint32_t value) {
    if (used_ * 2 >= slots_.size()) grow();
    for (size_t i = key & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].second == kNone) {
        ++used_;
        slots_[i] = {key, value};
        return slots_[i].second;
      }
      if (slots_[i].first == key) return slots_[i].second;
    }
  }
  // Forgets everything; room for about as many as expected.
  void clear(size_t expected) {
    size_t slots = slots_.size();
    while (slots < expected * 2) slots *= 2;
    slots_.assign(slots, Empty());
    used_ = 0;
  }
  void set(uint64_t key, uint32_t value) { get_or_insert(key, value) = value; }
  [[nodiscard]] size_t size() const { return used_; }

 private:
  using Slot = std::pair<uint64_t, uint32_t>;
  void grow() {
    FlatMap larger(slots_.size());
    for (const auto& [key, value] : slots_) {
      if (value != kNone) larger.get_or_insert(key, value);
    }
    slots_.swap(larger.slots_);
  }
  struct Empty : Slot {
    Empty() : Slot(0, kNone) {}
    Empty& operator=(const Slot& slot) {
      Slot::operator=(slot);
      return *this;
    }
  };
  std::vector<Empty> slots_;
  size_t used_ = 0;
};

}  // namespace hoplab::journey
