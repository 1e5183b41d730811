// Korean particles that depend on how the word before them ends. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hoplab::report {

// Replaces each "[은/는]", "[이/가]", "[을/를]", "[과/와]", "[으로/로]" by the form that fits the
// end of the text before it: the first after a final consonant, the second after a vowel (and, for
// 으로/로, after ㄹ). Digits and Latin letters are taken as they are read aloud.
std::string choose_particles(std::string_view text);

}  // namespace hoplab::report
