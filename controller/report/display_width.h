// How text sits on a terminal: columns taken (wide characters take two, colour codes none),
// padding, cutting and wrapping. Pure but for the C library's character tables; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hoplab::report {

// Columns of one line of UTF-8. Bytes that are no UTF-8 count one each.
int display_width(std::string_view text);

std::string pad_right(std::string_view text, int width);  // text first, then blanks
std::string pad_left(std::string_view text, int width);

// Cut to the width, with "…" as its last column where something was cut. No colour codes inside.
std::string cut(std::string_view text, int width);

// Lines of at most `width` columns, broken at blanks; a longer word is broken where it must be.
// Never empty: empty text is one empty line.
std::vector<std::string> wrap(std::string_view text, int width);

// Control characters, that could move the cursor or colour the screen, made visible as "\x1b".
std::string printable(std::string_view text);

}  // namespace hoplab::report
