// "Did you mean …": the known word closest to a mistyped one. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hoplab::fault {

// Edits (insert, delete, replace, swap neighbours) from one word to the other; case is ignored.
size_t edit_distance(std::string_view a, std::string_view b);

// The known word within a third of the typed word's length (at least one edit), or of which the
// typed word is the beginning; empty when none is near.
std::string nearest(std::string_view typed, std::span<const std::string> known);

// "did you mean X?" where one is near, else "one of: a, b, c".
std::string suggestion(std::string_view typed, std::span<const std::string> known);

}  // namespace hoplab::fault
