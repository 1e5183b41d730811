// The sentences of a report in each language, by key. The engine's keys come from
// controller/journey/keys.h, the report's own from words.h; every language has exactly these keys
// with the same placeholders (a test holds them together). Constant data; any thread; never fails.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/journey.pb.h"

namespace hoplab::report {

enum class Language { kEnglish, kKorean };

// "en", "ko", and locale names that begin so ("ko_KR.UTF-8").
std::optional<Language> parse_language(std::string_view text);

// The sentence with its arguments filled in. A key no catalogue has is shown as it is, with its
// arguments: "‹some.key a=1 b=2›"; an argument that is missing stays visible as "{name}".
std::string say(Language language, const v1::Fact& fact);

// The same for the report's own words.
using Arguments = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string word(Language language, std::string_view key, Arguments arguments = {});

// The template behind a key; null data where there is none.
std::string_view sentence(Language language, std::string_view key);

// Every key of the language, for tests and tools.
std::vector<std::string_view> catalogue_keys(Language language);

}  // namespace hoplab::report
