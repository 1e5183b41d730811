// IPv6 values of the YAML tree.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/ranges.h"
#include "controller/topology/scalars.h"

namespace hoplab::topology {

namespace {

// The network around that address, as the key would take it; nothing when it would refuse it.
std::optional<net::IpPrefix> meant(const std::optional<net::IpInterfaceAddress>& loose,
                                   Lengths lengths) {
  if (!loose || !loose->address.is_v6()) return std::nullopt;
  const net::IpPrefix better{loose->address,
                             std::clamp(loose->length, lengths.least, lengths.most)};
  return lab_range6(better) ? std::optional(better) : std::nullopt;
}

}  // namespace

Maybe<net::IpAddress> address6_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const auto address = net::parse_ip(text->value);
  if (!address || !address->is_v6()) {
    const auto with_length = net::parse_ip_interface_address(text->value);
    problems.add(node.at, fmt::format("{} {} is not an IPv6 address", what, in_quotes(text->value)),
                 meant(with_length, {128, 128})
                     ? fmt::format("write {}: the length comes from the subnet",
                                   net::to_string(with_length->address))
                     : std::string("such as 2001:db8:40:1::5"));
    return std::nullopt;
  }
  if (!lab_range6({*address, 128})) {
    problems.add(node.at, fmt::format("{} {} is {}", what, text->value, unfit(*address)),
                 lab_range6_hint());
    return std::nullopt;
  }
  return Located<net::IpAddress>{*address, node.at};
}

Maybe<net::IpPrefix> prefix6_of(const YamlNode& node, std::string_view what, Lengths lengths,
                                Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const auto prefix = net::parse_ip_prefix(text->value);
  if (!prefix || prefix->network.is_v4()) {
    const auto loose = net::parse_ip_interface_address(text->value);
    const auto better = meant(loose, lengths);
    problems.add(node.at, fmt::format("{} {} is not an IPv6 prefix", what, in_quotes(text->value)),
                 better ? fmt::format("write {}", net::to_string(*better))
                 : loose && loose->address.is_v6()
                     ? lab_range6_hint()
                     : fmt::format("such as {}",
                                   lengths.most == 64 ? "2001:db8:40:1::/64" : "2001:db8:40::/48"));
    return std::nullopt;
  }
  if (!lab_range6(*prefix)) {
    problems.add(
        node.at,
        fmt::format("{} {} is of no documentation or unique local range", what, text->value),
        lab_range6_hint());
    return std::nullopt;
  }
  return Located<net::IpPrefix>{*prefix, node.at};
}

Maybe<Address6Range> range6_of(const YamlNode& node, std::string_view what, Problems& problems) {
  const auto text = text_of(node, what, problems);
  if (!text) return std::nullopt;
  const std::string_view whole = text->value;
  const size_t dash = whole.find('-');
  const auto trimmed = [](std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    return s;
  };
  if (dash != std::string_view::npos) {
    const auto first = net::parse_ip(trimmed(whole.substr(0, dash)));
    const auto last = net::parse_ip(trimmed(whole.substr(dash + 1)));
    if (first && last && first->is_v6() && last->is_v6() && *first <= *last) {
      return Located<Address6Range>{{*first, *last}, node.at};
    }
  }
  problems.add(node.at,
               fmt::format("{} {} is not a range of IPv6 addresses", what, in_quotes(whole)),
               "such as 2001:db8:40:1::1000-2001:db8:40:1::1fff");
  return std::nullopt;
}

}  // namespace hoplab::topology
