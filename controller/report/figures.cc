#include "controller/report/figures.h"

#include <fmt/format.h>

namespace hoplab::report {

std::string time_text(int64_t nanoseconds) {
  if (nanoseconds < 0) return "–";
  const double us = static_cast<double>(nanoseconds) / 1e3;
  if (us < 999.5) return fmt::format("{:.0f} µs", us);
  if (us < 99'950) return fmt::format("{:.1f} ms", us / 1e3);
  if (us < 999'500) return fmt::format("{:.0f} ms", us / 1e3);
  if (us < 9'995'000) return fmt::format("{:.2f} s", us / 1e6);
  if (us < 99'950'000) return fmt::format("{:.1f} s", us / 1e6);
  return fmt::format("{:.0f} s", us / 1e6);
}

std::string count_text(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace hoplab::report
