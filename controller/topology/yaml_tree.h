// A YAML document as a tree that remembers where everything stood. The only file pair that knows
// the YAML library. Hostile input (deep nesting, aliases, very many values) ends in a problem.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/topology/problem.h"

namespace hoplab::topology {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  Place at;
  std::string text{};                // scalars
  bool quoted = false;               // scalars: written in quotes
  std::vector<YamlNode> items{};     // sequences
  std::vector<YamlEntry> entries{};  // maps, in order; keys are distinct scalars

  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::kSequence; }
  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

// "a map", "a list", "text", "nothing".
std::string_view kind_name(const YamlNode& node);

// The one document in the text; nothing when it cannot be read at all. Duplicate and non-scalar
// keys are reported and left out.
std::optional<YamlNode> read_yaml(const std::string& text, Problems& problems);

}  // namespace hoplab::topology
