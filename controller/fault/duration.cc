#include "controller/fault/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace hoplab::fault {
namespace {

struct Unit {
  std::string_view word;
  double nanoseconds;
};
constexpr std::array kUnits = {Unit{"h", 3600e9}, Unit{"m", 60e9}, Unit{"s", 1e9}, Unit{"ms", 1e6},
                               Unit{"us", 1e3}};
constexpr double kLongest = 30.0 * 24 * 3600e9;

auto wrong(std::string_view text) {
  return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is not a duration", text),
              "write a number and a unit: 500ms, 90s, 10m, 1h");
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds{0};
  double total = 0;
  size_t smallest_allowed = 0;  // units only get smaller
  std::string_view rest = text;
  if (rest.empty()) return wrong(text);
  while (!rest.empty()) {
    const size_t digits = rest.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return wrong(text);
    double number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + digits, number);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + digits) return wrong(text);
    rest.remove_prefix(digits);
    const std::string_view word = rest.substr(0, rest.find_first_of("0123456789."));
    size_t unit = smallest_allowed;
    while (unit < kUnits.size() && kUnits[unit].word != word) ++unit;
    if (unit == kUnits.size()) return wrong(text);
    total += number * kUnits[unit].nanoseconds;
    smallest_allowed = unit + 1;
    rest.remove_prefix(word.size());
  }
  if (total > kLongest) {
    return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is longer than 30 days", text),
                "leave the duration out: the fault then stays until it is cleared");
  }
  return std::chrono::nanoseconds{static_cast<int64_t>(std::llround(total))};
}

std::string format_duration(std::chrono::nanoseconds duration) {
  int64_t us = duration.count() / 1000;
  if (us < 1000) return fmt::format("{}us", us);
  if (us < 1000000) return fmt::format("{}ms", static_cast<double>(us) / 1e3);
  const int64_t hours = us / 3600000000;
  us %= 3600000000;
  const int64_t minutes = us / 60000000;
  us %= 60000000;
  std::string text;
  if (hours > 0) text += fmt::format("{}h", hours);
  if (minutes > 0) text += fmt::format("{}{}m", text.empty() ? "" : " ", minutes);
  if (us > 0) {
    text += fmt::format("{}{}s", text.empty() ? "" : " ", static_cast<double>(us) / 1e6);
  }
  return text;
}

}  // namespace hoplab::fault
