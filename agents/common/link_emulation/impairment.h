// What can be wrong with a wire, in one direction: from the interface it is put on, outwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace hoplab::link_emulation {

// Each frame is lost with this probability, by a generator started from the seed.
struct Loss {
  double percent = 0;  // 0..100
  uint64_t seed = 1;
  bool operator==(const Loss&) const = default;
};

// Each frame arrives later by `delay`, give or take up to `jitter` (uniform). Frames keep their
// order.
struct Delay {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{0};  // at most `delay`
  bool operator==(const Delay&) const = default;
};

struct Impairment {
  std::optional<Loss> loss;
  std::optional<Delay> delay;
  [[nodiscard]] bool none() const { return !loss && !delay; }
  bool operator==(const Impairment&) const = default;
};

}  // namespace hoplab::link_emulation
