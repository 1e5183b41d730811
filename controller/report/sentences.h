// One line of a catalogue. Private to the catalogue's own files.
#pragma once

#include <span>
#include <string_view>

namespace hoplab::report {

struct Sentence {
  std::string_view key;
  std::string_view text;  // {name} is replaced; in Korean, [은/는] after it picks the particle
};

// Words the engine gives as the value of an argument, not as a sentence: "no answer" for {rcode}.
struct Value {
  std::string_view argument;
  std::string_view english;
  std::string_view text;
};

std::span<const Value> korean_values();
std::span<const Value> korean_words_within();           // replaced wherever the value has them
std::span<const Sentence> korean_sentences();           // of controller/journey/keys.h
std::span<const Sentence> korean_report_sentences();    // of words.h
std::span<const Sentence> korean_route_sentences();     // of controller/journey/keys_routes.h
std::span<const Sentence> korean_address6_sentences();  // of controller/journey/keys_addresses6.h
std::span<const Sentence> korean_fault_sentences();     // of controller/fault/effects.h
std::span<const Sentence>
korean_condition_sentences();  // of agents/common/role/condition_sentences.h

}  // namespace hoplab::report
