// Reading single values and maps of the YAML tree: each reports what is wrong at the value's place
// and then returns nothing. `what` names the value in the message: "prefix", "the ends of a link".
#pragma once

#include <string_view>
#include <vector>

#include "controller/topology/keys.h"
#include "controller/topology/source.h"
#include "controller/topology/yaml_tree.h"

namespace hoplab::topology {

// A map whose keys are known: unknown ones are reported with the nearest known.
class Fields {
 public:
  Fields(const YamlNode& map, std::string_view what, Words known, Problems& problems);
  // The value under a key; null when it is not there.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  // Whether an unknown key stands for that one by all appearance: then what depends on it is not
  // told to be missing as well.
  [[nodiscard]] bool misspelt(std::string_view key) const;

 private:
  const YamlNode& map_;
  std::vector<std::string_view> meant_;  // by unknown keys
};

// True when it is a map; "nothing" passes as an empty one.
bool expect_map(const YamlNode& node, std::string_view what, Problems& problems);
bool expect_list(const YamlNode& node, std::string_view what, Problems& problems);

Maybe<std::string> text_of(const YamlNode& node, std::string_view what, Problems& problems);
Maybe<uint32_t> number_of(const YamlNode& node, std::string_view what, uint32_t least,
                          uint32_t most, Problems& problems);
Maybe<bool> flag_of(const YamlNode& node, std::string_view what, Problems& problems);
Maybe<std::string> word_of(const YamlNode& node, std::string_view what, Words words,
                           Problems& problems);
// Addresses and prefixes are of lab ranges; anything else is reported.
Maybe<net::Ipv4> address_of(const YamlNode& node, std::string_view what, Problems& problems);
Maybe<net::Prefix> prefix_of(const YamlNode& node, std::string_view what, Problems& problems);
// IPv6.
Maybe<net::IpAddress> address6_of(const YamlNode& node, std::string_view what, Problems& problems);
// Prefix lengths that a key takes.
struct Lengths {
  uint8_t least = 0;
  uint8_t most = 0;
};
constexpr Lengths kSystemLengths6{32, 56};
constexpr Lengths kSubnetLengths6{64, 64};
// What is suggested fits the lengths; they are not checked.
Maybe<net::IpPrefix> prefix6_of(const YamlNode& node, std::string_view what, Lengths lengths,
                                Problems& problems);
Maybe<net::Mac> mac_of(const YamlNode& node, std::string_view what, Problems& problems);
Maybe<Address6Range> range6_of(const YamlNode& node, std::string_view what, Problems& problems);
Maybe<AddressRange> range_of(const YamlNode& node, std::string_view what, Problems& problems);
// A list of single addresses and ranges.
std::vector<Located<AddressRange>> ranges_of(const YamlNode& node, std::string_view what,
                                             Problems& problems);
std::vector<Located<Address6Range>> ranges6_of(const YamlNode& node, std::string_view what,
                                               Problems& problems);
std::vector<Name> names_of(const YamlNode& node, std::string_view what, Problems& problems);
// A name of letters, digits and hyphens; reported when it is not, and returned anyway so that
// references to it still resolve.
Name label_of(const YamlNode& key, std::string_view what, size_t longest, Problems& problems);

}  // namespace hoplab::topology
