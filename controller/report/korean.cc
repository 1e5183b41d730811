#include "controller/report/korean.h"

#include <array>

namespace hoplab::report {
namespace {

enum class Ending { kVowel, kRieul, kConsonant };

Ending latin_ending(char letter, bool acronym) {
  switch (letter) {
    case 'l':
    case 'L':
      return Ending::kRieul;
    case 'm':
    case 'M':
    case 'n':
    case 'N':
      return Ending::kConsonant;
    case 'r':
    case 'R':
      return acronym ? Ending::kRieul : Ending::kVowel;  // 알, but 라우터
    default:
      return Ending::kVowel;
  }
}

Ending digit_ending(char digit) {
  switch (digit) {
    case '1':
    case '7':
    case '8':
      return Ending::kRieul;  // 일 칠 팔
    case '0':
    case '3':
    case '6':
      return Ending::kConsonant;  // 영 삼 육
    default:
      return Ending::kVowel;
  }
}

// How the last spoken sound of the text ends; brackets and quotes at the end are not spoken.
Ending ending(std::string_view text) {
  while (!text.empty() &&
         std::string_view{")]}\"'.:,"}.find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  if (text.empty()) return Ending::kVowel;
  const char last = text.back();
  if (last >= '0' && last <= '9') return digit_ending(last);
  if ((last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z')) {
    return latin_ending(last, last >= 'A' && last <= 'Z');
  }
  if (text.size() < 3) return Ending::kVowel;
  const auto byte = [&](size_t from_end) {
    return static_cast<unsigned char>(text[text.size() - from_end]);
  };
  const unsigned character = (byte(3) & 0x0fU) << 12U | (byte(2) & 0x3fU) << 6U | (byte(1) & 0x3fU);
  if ((byte(3) & 0xf0U) != 0xe0U || character < 0xac00 || character > 0xd7a3) return Ending::kVowel;
  const unsigned final_consonant = (character - 0xac00) % 28;  // Unicode 3.12: composed syllables
  if (final_consonant == 0) return Ending::kVowel;
  return final_consonant == 8 ? Ending::kRieul : Ending::kConsonant;
}

}  // namespace

std::string choose_particles(std::string_view text) {
  std::string chosen;
  while (!text.empty()) {
    const size_t open = text.find('[');
    chosen += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    bool replaced = false;
    for (const auto& [both, first, second] :
         {std::array<std::string_view, 3>{"[은/는]", "은", "는"},
          {"[이/가]", "이", "가"},
          {"[을/를]", "을", "를"},
          {"[과/와]", "과", "와"},
          {"[으로/로]", "으로", "로"}}) {
      if (!text.starts_with(both)) continue;
      const Ending end = ending(chosen);
      const bool vowel = end == Ending::kVowel || (end == Ending::kRieul && first == "으로");
      chosen += vowel ? second : first;
      text.remove_prefix(both.size());
      replaced = true;
      break;
    }
    if (!replaced) {
      chosen += '[';
      text.remove_prefix(1);
    }
  }
  return chosen;
}

}  // namespace hoplab::report
