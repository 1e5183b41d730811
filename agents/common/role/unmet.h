// Says what a condition waits for or what is wrong, by a sentence of condition_sentences.h: its key
// and arguments for reports, its English for `hoplab ps`.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "agents/common/role/condition_sentences.h"
#include "proto/agent.pb.h"

namespace hoplab::agent {

// `more`: what only `ps` adds, such as the error of a system call; empty: nothing.
inline void say_unmet(hoplab::v1::Condition& condition, std::string_view key,
                      std::initializer_list<std::pair<std::string_view, std::string>> args,
                      std::string_view more = {}) {
  const auto found = std::ranges::find(kConditions, key, &ConditionSentence::key);
  std::string text(found == kConditions.end() ? key : found->english);
  condition.set_ok(false);
  condition.set_key(std::string(key));
  for (const auto& [name, value] : args) {
    (*condition.mutable_args())[std::string(name)] = value;
    const std::string place = "{" + std::string(name) + "}";
    for (size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + value.size())) {
      text.replace(at, place.size(), value);
    }
  }
  if (!more.empty()) text.append(": ").append(more);
  condition.set_detail(std::move(text));
}

}  // namespace hoplab::agent
