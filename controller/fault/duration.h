// Durations as a user writes them: "10m", "90s", "1h", "500ms", "250us". Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"

namespace hoplab::fault {

// A number (a decimal point is allowed) and one of h, m, s, ms, us; several may follow one another,
// largest unit first: "1h30m". "0" alone is zero. Anything else is kInvalid; at most 30 days.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// The same manner of writing, exact to the microsecond: "10m", "1h 30m", "1.5s", "500ms".
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace hoplab::fault
