#include "controller/topology/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/topology/ranges.h"

namespace hoplab::topology {
namespace {

void wrong_type(const YamlNode& node, std::string_view what, std::string_view wanted,
                Problems& problems, std::string suggestion = {}) {
  problems.add(node.at, fmt::format("{} must be {}, not {}", what, wanted, kind_name(node)),
               std::move(suggestion));
}

}  // namespace

Fields::Fields(const YamlNode& map, std::string_view what, Words known, Problems& problems)
    : map_(map) {
  for (const YamlEntry& entry : map.entries) {
    if (std::find(known.begin(), known.end(), entry.key.text) != known.end()) continue;
    std::string hint = did_you_mean(entry.key.text, known);
    if (hint.empty()) {
      hint = fmt::format("known here: {}", fmt::join(known, ", "));
    } else {
      meant_.push_back(nearest(entry.key.text, known));
    }
    problems.add(entry.key.at, fmt::format("unknown key {} in {}", in_quotes(entry.key.text), what),
                 std::move(hint));
  }
}

const YamlNode* Fields::find(std::string_view key) const {
  for (const YamlEntry& entry : map_.entries) {
    if (entry.key.text == key) return &entry.value;
  }
  return nullptr;
}

bool Fields::misspelt(std::string_view key) const {
  return std::find(meant_.begin(), meant_.end(), key) != meant_.end();
}

bool expect_map(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.is_map()) return true;
  wrong_type(node, what, "a map", problems,
             "write { key: value, … } or indented 'key: value' lines");
  return false;
}

bool expect_list(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.is_sequence()) return true;
  wrong_type(node, what, "a list", problems,
             node.is_scalar() ? fmt::format("write [{}]", node.text.substr(0, 40))
                              : std::string("write [a, b] or indented '- a' lines"));
  return false;
}

Maybe<std::string> text_of(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.is_scalar() && !node.text.empty()) return Name{node.text, node.at};
  wrong_type(
      node, what, "text", problems,
      node.is_scalar() ? "write a word after the colon" : "write one word, without [ ] and { }");
  return std::nullopt;
}

Maybe<uint32_t> number_of(const YamlNode& node, std::string_view what, uint32_t least,
                          uint32_t most, Problems& problems) {
  int64_t value = 0;
  bool number = false;
  if (node.is_scalar() && !node.quoted) {
    const char* end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, value);
    number = error != std::errc::invalid_argument && stop == end;
    if (error == std::errc{} && stop == end && value >= least && value <= most) {
      return Located<uint32_t>{static_cast<uint32_t>(value), node.at};
    }
  }
  problems.add(
      node.at,
      number ? fmt::format("{} is out of range: {}", what, node.text)
             : fmt::format("{} must be a number, not {}", what,
                           node.is_scalar() ? in_quotes(node.text) : std::string(kind_name(node))),
      fmt::format("from {} to {}", least, most));
  return std::nullopt;
}

Maybe<bool> flag_of(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.is_scalar() && !node.quoted) {
    if (node.text == "true" || node.text == "on") return Located<bool>{true, node.at};
    if (node.text == "false" || node.text == "off") return Located<bool>{false, node.at};
  }
  problems.add(node.at,
               fmt::format("{} must be true or false, not {}", what,
                           node.is_scalar() ? in_quotes(node.text) : std::string(kind_name(node))),
               "write true or false");
  return std::nullopt;
}

Maybe<std::string> word_of(const YamlNode& node, std::string_view what, Words words,
                           Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  if (std::find(words.begin(), words.end(), text->value) != words.end()) return text;
  std::string hint = did_you_mean(text->value, words);
  if (hint.empty()) hint = "one of: " + one_of(words);
  problems.add(node.at, fmt::format("unknown {} {}", what, in_quotes(text->value)),
               std::move(hint));
  return std::nullopt;
}

Maybe<net::Ipv4> address_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const auto address = net::parse_ipv4(text->value);
  if (!address) {
    const auto with_length = net::parse_interface_address(text->value);
    problems.add(node.at, fmt::format("{} {} is not an IPv4 address", what, in_quotes(text->value)),
                 with_length && lab_range({with_length->address, 32})
                     ? fmt::format("write {}: the length comes from the subnet",
                                   net::to_string(with_length->address))
                     : std::string("such as 192.168.10.5"));
    return std::nullopt;
  }
  if (!lab_range({*address, 32})) {
    problems.add(node.at, fmt::format("{} {} is {}", what, text->value, unfit(*address)),
                 lab_range_hint());
    return std::nullopt;
  }
  return Located<net::Ipv4>{*address, node.at};
}

Maybe<net::Prefix> prefix_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const auto prefix = net::parse_prefix(text->value);
  if (!prefix) {
    const auto loose = net::parse_interface_address(text->value);
    problems.add(node.at, fmt::format("{} {} is not an IPv4 prefix", what, in_quotes(text->value)),
                 loose && lab_range(loose->prefix())
                     ? fmt::format("write {}", net::to_string(loose->prefix()))
                     : std::string("such as 192.168.10.0/24"));
    return std::nullopt;
  }
  if (!lab_range(*prefix)) {
    problems.add(node.at, fmt::format("{} {} holds public addresses", what, text->value),
                 lab_range_hint());
    return std::nullopt;
  }
  return Located<net::Prefix>{*prefix, node.at};
}

Maybe<net::Mac> mac_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const auto mac = net::parse_mac(text->value);
  if (mac && !mac->is_multicast() && *mac != net::Mac{}) return Located<net::Mac>{*mac, node.at};
  problems.add(node.at,
               fmt::format("{} {} is not a unicast MAC address", what, in_quotes(text->value)),
               "such as 02:00:00:00:00:01");
  return std::nullopt;
}

Maybe<AddressRange> range_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const std::string& t = text->value;
  const size_t dash = t.find('-');
  const auto trimmed = [](std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    return s;
  };
  if (dash != std::string::npos) {
    const auto first = net::parse_ipv4(trimmed(std::string_view(t).substr(0, dash)));
    const auto last = net::parse_ipv4(trimmed(std::string_view(t).substr(dash + 1)));
    if (first && last && *first <= *last) {
      return Located<AddressRange>{{*first, *last}, node.at};
    }
  }
  problems.add(node.at, fmt::format("{} {} is not a range of addresses", what, in_quotes(t)),
               "such as 192.168.10.100-192.168.10.199");
  return std::nullopt;
}

std::vector<Located<AddressRange>> ranges_of(const YamlNode& node, std::string_view what,
                                             Problems& problems) {
  std::vector<Located<AddressRange>> ranges;
  if (!expect_list(node, what, problems)) return ranges;
  for (const YamlNode& item : node.items) {
    if (item.text.find('-') != std::string::npos) {
      if (const auto range = range_of(item, what, problems)) ranges.push_back(*range);
    } else if (const auto one = address_of(item, what, problems)) {
      ranges.push_back({{one->value, one->value}, one->at});
    }
  }
  return ranges;
}

std::vector<Located<Address6Range>> ranges6_of(const YamlNode& node, std::string_view what,
                                               Problems& problems) {
  std::vector<Located<Address6Range>> ranges;
  if (!expect_list(node, what, problems)) return ranges;
  for (const YamlNode& item : node.items) {
    if (item.text.find('-') != std::string::npos) {
      if (const auto range = range6_of(item, what, problems)) ranges.push_back(*range);
    } else if (const auto one = address6_of(item, what, problems)) {
      ranges.push_back({{one->value, one->value}, one->at});
    }
  }
  return ranges;
}

std::vector<Name> names_of(const YamlNode& node, std::string_view what, Problems& problems) {
  std::vector<Name> names;
  if (!expect_list(node, what, problems)) return names;
  for (const YamlNode& item : node.items) {
    if (const auto name = text_of(item, fmt::format("an item of {}", what), problems)) {
      names.push_back(*name);
    }
  }
  return names;
}

Name label_of(const YamlNode& key, std::string_view what, size_t longest, Problems& problems) {
  if (!valid_label(key.text, longest)) {
    const std::string better = as_label(key.text, longest);
    const std::string hint = better.empty() ? "use a-z, 0-9 and hyphens"
                                            : fmt::format("for example {}", in_quotes(better));
    if (key.text.size() > longest) {
      problems.add(key.at,
                   fmt::format("{} name {} is too long: {} characters, at most {}", what,
                               in_quotes(key.text), key.text.size(), longest),
                   hint);
    } else {
      problems.add(key.at,
                   fmt::format("{} name {} may only have a-z, 0-9 and inner hyphens", what,
                               in_quotes(key.text)),
                   hint);
    }
  }
  return {key.text, key.at};
}

}  // namespace hoplab::topology
