// The kinds of fault hoplab can put on a lab, as data: what `fault kinds` explains, what parse()
// checks a user's words against. Constant; any thread.
#pragma once

#include <span>
#include <string_view>

#include "proto/agent.pb.h"

namespace hoplab::fault {

enum class TargetForm {
  kNode,     // NODE
  kLink,     // NODE:IFACE, A--B, or NODE where it has one interface
  kSession,  // A--B, or NODE with neighbor=B
};

enum class ValueType { kPercent, kDuration, kInteger, kText };

struct Parameter {
  std::string_view name;
  ValueType type;
  std::string_view preset;  // as the user would type it; empty: none, the meaning says what then
  double least = 0;         // kPercent: %; kDuration: µs; kInteger: itself
  double most = 0;
  bool least_allowed = true;  // false: more than `least`
  std::string_view range;     // in words
  std::string_view meaning;
};

struct Kind {
  std::string_view word;  // "link-loss"
  v1::Fault::KindCase kind;
  std::string_view layer;  // the word a verdict uses
  TargetForm target;
  std::string_view targets;  // in words, with the roles that can have it
  std::string_view does;
  std::string_view shows;   // what the next journey will show
  std::string_view holder;  // who holds and undoes it
  std::string_view example;
  std::span<const Parameter> parameters;
};

std::span<const Kind> kinds();
const Kind* find_kind(std::string_view word);     // null when there is none
const Kind* find_kind(v1::Fault::KindCase kind);  // null for KIND_NOT_SET

// "percent", "duration (us, ms, s)", …
std::string_view type_word(ValueType type);

}  // namespace hoplab::fault
