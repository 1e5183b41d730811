// Times and counts as a reader wants them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace hoplab::report {

// "48 µs", "4.1 ms", "253 ms", "1.23 s", "75 s"; "–" when negative.
std::string time_text(int64_t nanoseconds);

// "1,630".
std::string count_text(uint64_t count);

}  // namespace hoplab::report
