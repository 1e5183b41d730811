#include "controller/report/catalogue.h"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <unordered_map>

#include "controller/fault/effects.h"
#include "controller/journey/keys.h"
#include "controller/report/korean.h"
#include "controller/report/sentences.h"
#include "controller/report/words.h"

namespace hoplab::report {
namespace {

using Catalogue = std::unordered_map<std::string_view, std::string_view>;

const Catalogue& catalogue(Language language) {
  static const Catalogue english = [] {
    Catalogue all;
    for (const auto& key : journey::kKeys) all.emplace(key.key, key.english);
    for (const auto& own : kReportWords) all.emplace(own.key, own.text);
    for (const auto& effect : fault::kEffects) all.emplace(effect.key, effect.english);
    return all;
  }();
  static const Catalogue korean = [] {
    Catalogue all;
    for (const auto& one : korean_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_report_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_route_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_address6_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_condition_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_fault_sentences()) all.emplace(one.key, one.text);
    return all;
  }();
  return language == Language::kKorean ? korean : english;
}

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// Every occurrence that is no part of a longer word.
void replace_words(std::string& text, std::string_view english, std::string_view with) {
  for (size_t at = text.find(english); at != std::string::npos; at = text.find(english, at)) {
    const size_t end = at + english.size();
    const bool whole =
        (at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end]));
    if (whole) text.replace(at, english.size(), with);
    at += whole ? with.size() : english.size();
  }
}

std::string value_text(Language language, std::string_view argument, std::string_view value) {
  if (value.empty()) return "–";
  std::string text{value};
  if (language != Language::kKorean) return text;
  for (const Value& known : korean_values()) {
    if (known.argument == argument && known.english == value) return std::string{known.text};
  }
  for (const Value& known : korean_words_within()) {
    if (known.argument == argument) replace_words(text, known.english, known.text);
  }
  return text;
}

// "frame|frames": the first for 1, the second for any other count. "a|an": by the word's first
// letter.
std::string_view choose_form(std::optional<std::string_view> value, std::string_view forms) {
  const size_t bar = forms.find('|');
  if (bar == std::string_view::npos) return forms;
  const bool vowel = value && !value->empty() &&
                     std::string_view("aeiou").find(value->front()) != std::string_view::npos;
  const bool first = forms == "a|an" ? !vowel : value == "1";
  return first ? forms.substr(0, bar) : forms.substr(bar + 1);
}

// `argument` gives the value of a name, or null; `said` its sentence, where it is one itself.
template <typename Lookup, typename Said>
std::string fill(Language language, std::string_view text, Lookup argument, Said said) {
  std::string filled;
  const bool korean = language == Language::kKorean;
  while (!text.empty()) {
    const size_t open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      filled += text.substr(open);
      break;
    }
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
      filled += choose_form(argument(name.substr(0, colon)), name.substr(colon + 1));
    } else if (const std::optional<std::string> sentence = said(name)) {
      filled += *sentence;
    } else {
      const auto value = argument(name);
      filled += value ? value_text(language, name, *value) : fmt::format("{{{}}}", name);
    }
    text.remove_prefix(close + 1);
    if (korean && text.starts_with('[')) {
      const size_t end = text.find(']');
      if (end != std::string_view::npos) {
        filled = choose_particles(filled + std::string{text.substr(0, end + 1)});
        text.remove_prefix(end + 1);
      }
    }
  }
  return filled;
}

std::string unknown(const v1::Fact& fact) {
  std::string text = "‹" + fact.key();
  for (const auto& [name, value] :
       std::map<std::string, std::string>(fact.args().begin(), fact.args().end())) {
    text += fmt::format(" {}={}", name, value);
  }
  return text + "›";
}

}  // namespace

std::optional<Language> parse_language(std::string_view text) {
  const std::string_view first = text.substr(0, text.find_first_of("_.-"));
  if (first == "en") return Language::kEnglish;
  if (first == "ko") return Language::kKorean;
  return std::nullopt;
}

std::string_view sentence(Language language, std::string_view key) {
  const auto found = catalogue(language).find(key);
  return found == catalogue(language).end() ? std::string_view{} : found->second;
}

std::string say(Language language, const v1::Fact& fact) {
  if (fact.key().empty()) return {};
  const std::string_view text = sentence(language, fact.key());
  if (text.data() == nullptr) return unknown(fact);
  return fill(
      language, text,
      [&](std::string_view name) -> std::optional<std::string_view> {
        const auto found = fact.args().find(std::string{name});
        if (found == fact.args().end()) return std::nullopt;
        return found->second;
      },
      [&](std::string_view name) -> std::optional<std::string> {
        const auto found = fact.said().find(std::string{name});
        if (found == fact.said().end() || found->second.said_size() > 0) return std::nullopt;
        return say(language, found->second);
      });
}

std::string word(Language language, std::string_view key, Arguments arguments) {
  const std::string_view text = sentence(language, key);
  if (text.data() == nullptr) return fmt::format("‹{}›", key);
  return fill(
      language, text,
      [&](std::string_view name) -> std::optional<std::string_view> {
        for (const auto& [known, value] : arguments) {
          if (known == name) return value;
        }
        return std::nullopt;
      },
      [](std::string_view) -> std::optional<std::string> { return std::nullopt; });
}

std::vector<std::string_view> catalogue_keys(Language language) {
  std::vector<std::string_view> keys;
  for (const auto& [key, text] : catalogue(language)) keys.push_back(key);
  return keys;
}

}  // namespace hoplab::report
