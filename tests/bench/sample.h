// Numbers of repeated runs, and the clock they are taken with. Values only.
#pragma once

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace hoplab::bench {

// A measurement that could not be made: the run ends, and cleans up.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Samples = std::vector<double>;

// Of an even count, the mean of the middle two.
inline double median(Samples samples) {
  if (samples.empty()) throw Failure("no samples");
  std::ranges::sort(samples);
  const size_t half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

// Seconds since it was made.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - began_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point began_ = Clock::now();
};

}  // namespace hoplab::bench
