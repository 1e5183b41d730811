#include "controller/report/catalogue.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

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
    return all;
  }();
  static const Catalogue korean = [] {
    Catalogue all;
    for (const auto& one : korean_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_report_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_route_sentences()) all.emplace(one.key, one.text);
    for (const auto& one : korean_address6_sentences()) all.emplace(one.key, one.text);
    return all;
  }();
  return language == Language::kKorean ? korean : english;
}

std::string value_text(Language language, std::string_view argument, std::string_view value) {
  if (value.empty()) return "–";
  if (language == Language::kKorean) {
    for (const Value& known : korean_values()) {
      if (known.argument == argument && known.english == value) return std::string{known.text};
    }
  }
  return std::string{value};
}

// "frame|frames": the first for 1, the second for any other count.
std::string_view choose_number(std::optional<std::string_view> count, std::string_view forms) {
  const size_t bar = forms.find('|');
  if (bar == std::string_view::npos) return forms;
  return count == "1" ? forms.substr(0, bar) : forms.substr(bar + 1);
}

// `argument` gives the value of a name, or null.
template <typename Lookup>
std::string fill(Language language, std::string_view text, Lookup argument) {
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
      filled += choose_number(argument(name.substr(0, colon)), name.substr(colon + 1));
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
  return fill(language, text, [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = fact.args().find(std::string{name});
    if (found == fact.args().end()) return std::nullopt;
    return found->second;
  });
}

std::string word(Language language, std::string_view key, Arguments arguments) {
  const std::string_view text = sentence(language, key);
  if (text.data() == nullptr) return fmt::format("‹{}›", key);
  return fill(language, text, [&](std::string_view name) -> std::optional<std::string_view> {
    for (const auto& [known, value] : arguments) {
      if (known == name) return value;
    }
    return std::nullopt;
  });
}

std::vector<std::string_view> catalogue_keys(Language language) {
  std::vector<std::string_view> keys;
  for (const auto& [key, text] : catalogue(language)) keys.push_back(key);
  return keys;
}

}  // namespace hoplab::report
