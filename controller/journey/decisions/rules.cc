// nftables rules against one packet: nft(8), "Statements" and "Expressions".
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "agents/common/net/ip_address.h"
#include "controller/journey/decisions/evidence.h"
#include "controller/journey/story.h"

namespace hoplab::journey {
namespace {

using Match = RuleFinding::Match;

Match to_match(bool yes) { return yes ? Match::kYes : Match::kNo; }
Match negated(Match m) { return m == Match::kUnsure ? m : to_match(m == Match::kNo); }

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// A value or a range, as `parse` reads it.
template <typename Value, typename Parse>
Match holds(const std::string& text, const Value& actual, Parse parse) {
  if (const size_t dash = text.find('-'); dash != std::string::npos) {
    const auto low = parse(std::string_view(text).substr(0, dash));
    const auto high = parse(std::string_view(text).substr(dash + 1));
    return low && high ? to_match(*low <= actual && actual <= *high) : Match::kUnsure;
  }
  const auto value = parse(text);
  return value ? to_match(*value == actual) : Match::kUnsure;
}

// The same, or a prefix.
Match holds_address(const std::string& text, const IpAddress& actual) {
  if (text.find('/') == std::string::npos) return holds(text, actual, net::parse_ip);
  const auto prefix = net::parse_ip_prefix(text);
  return prefix ? to_match(prefix->contains(actual)) : Match::kUnsure;
}

template <typename Judge>
Match any_of(const v1::NftMatch& match, Judge judge) {
  Match found = Match::kNo;
  for (const auto& value : match.values()) {
    const Match m = judge(value);
    if (m == Match::kYes) return m;
    if (m == Match::kUnsure) found = m;
  }
  return found;
}

std::optional<uint32_t> protocol_by_name(std::string_view name) {
  if (name == "tcp") return kTcp;
  if (name == "udp") return kUdp;
  if (name == "icmp") return kIcmp;
  if (name == "ipv6-icmp" || name == "icmpv6") return kIcmpv6;
  return number_of(name);
}

Match judge_protocol(const v1::NftMatch& match, uint8_t protocol) {
  return any_of(match, [&](const std::string& value) {
    const auto number = protocol_by_name(value);
    return number ? to_match(*number == protocol) : Match::kUnsure;
  });
}

// RFC 4443.
Match judge_icmpv6(const v1::NftMatch& match, uint8_t type) {
  constexpr std::pair<std::string_view, uint8_t> kNames[] = {
      {"destination-unreachable", 1}, {"packet-too-big", 2}, {"time-exceeded", 3},
      {"parameter-problem", 4},       {"echo-request", 128}, {"echo-reply", 129}};
  return any_of(match, [&](const std::string& value) {
    for (const auto& [name, number] : kNames) {
      if (value == name) return to_match(type == number);
    }
    return holds(value, uint32_t{type}, number_of);
  });
}

Match judge_icmp(const v1::NftMatch& match, uint8_t type) {
  return any_of(match, [&](const std::string& value) {
    if (value == "echo-request") return to_match(type == 8);
    if (value == "echo-reply") return to_match(type == 0);
    if (value == "destination-unreachable") return to_match(type == 3);
    if (value == "time-exceeded") return to_match(type == 11);
    const auto number = number_of(value);
    return number ? to_match(*number == type) : Match::kUnsure;
  });
}

// What is known of a packet's way beside its bytes; where not, its conditions are kUnsure.
struct Passing {
  const std::string& in;  // "": made here
  const std::string* out = nullptr;
  std::optional<Tracked> tracked = {};
};

Match judge_state(const v1::NftMatch& match, Tracked tracked) {
  const char* const word = tracked == Tracked::kNew           ? "new"
                           : tracked == Tracked::kEstablished ? "established"
                                                              : "related";
  return any_of(match, [&](const std::string& value) { return to_match(value == word); });
}

Match judge_interface(const v1::NftMatch& match, const std::string& interface) {
  return any_of(match, [&](const std::string& value) {
    return value.ends_with('*') ? to_match(interface.starts_with(value.substr(0, value.size() - 1)))
                                : to_match(value == interface);
  });
}

// One condition; without its negation.
Match judge(const v1::NftMatch& match, const Packet& p, const Passing& passing) {
  const std::string& what = match.what();
  const Tuple& t = p.tuple;
  const auto number = [&](uint32_t actual) {
    return any_of(match, [&](const std::string& value) { return holds(value, actual, number_of); });
  };
  const auto address = [&](const IpAddress& actual) {
    return any_of(match, [&](const std::string& value) { return holds_address(value, actual); });
  };
  if (what == "ip saddr" || what == "ip6 saddr") return address(t.source.address);
  if (what == "ip daddr" || what == "ip6 daddr") return address(t.destination.address);
  if (what == "ip protocol" || what == "ip6 nexthdr" || what == "meta l4proto") {
    return judge_protocol(match, t.protocol);
  }
  if (what == "iifname" || what == "iif") return judge_interface(match, passing.in);
  if (what == "oifname" || what == "oif") {
    return passing.out == nullptr ? Match::kUnsure : judge_interface(match, *passing.out);
  }
  if (what == "ct state") {
    return passing.tracked ? judge_state(match, *passing.tracked) : Match::kUnsure;
  }
  // Ports are in the first fragment only.
  if (p.fragment_offset != 0) return Match::kUnsure;
  const bool ports = p.is(kTcp) || p.is(kUdp);
  const auto space = what.find(' ');
  const std::string_view protocol = std::string_view(what).substr(0, space);
  const std::string_view field =
      space == std::string::npos ? std::string_view{} : std::string_view(what).substr(space + 1);
  if (field == "dport" || field == "sport") {
    if (protocol == "tcp" && !p.is(kTcp)) return Match::kNo;
    if (protocol == "udp" && !p.is(kUdp)) return Match::kNo;
    if (protocol != "tcp" && protocol != "udp" && protocol != "th") return Match::kUnsure;
    if (!ports) return Match::kNo;
    return number(field == "dport" ? t.destination.port : t.source.port);
  }
  if (what == "icmp type") return p.is(kIcmp) ? judge_icmp(match, p.icmp_type) : Match::kNo;
  if (what == "icmpv6 type") return p.is(kIcmpv6) ? judge_icmpv6(match, p.icmp_type) : Match::kNo;
  return Match::kUnsure;
}

// A condition of another protocol's header fails whatever its sense ("tcp dport != 80" is no rule
// for UDP).
bool other_protocol(const v1::NftMatch& match, const Packet& p) {
  const std::string& what = match.what();
  return (what.starts_with("tcp ") && !p.is(kTcp)) || (what.starts_with("udp ") && !p.is(kUdp)) ||
         (what.starts_with("icmp ") && !p.is(kIcmp)) ||
         (what.starts_with("icmpv6 ") && !p.is(kIcmpv6)) ||
         (what.starts_with("ip ") && p.net != Net::kIpv4) ||
         (what.starts_with("ip6 ") && p.net != Net::kIpv6);
}

Match judge(const v1::NftRule& rule, const Packet& p, const Passing& passing) {
  const char* const other = p.net == Net::kIpv6 ? "ip" : "ip6";
  if (!p.is_ip() || rule.family() == other || rule.family() == "arp") return Match::kNo;
  Match all = Match::kYes;
  for (const auto& match : rule.matches()) {
    Match m = Match::kNo;
    if (!other_protocol(match, p)) {
      m = judge(match, p, passing);
      if (match.negated()) m = negated(m);
    }
    if (m == Match::kNo) return m;
    if (m == Match::kUnsure) all = m;
  }
  return rule.matches_complete() ? all : Match::kUnsure;
}

bool same_rule(const v1::NftRule& a, const v1::NftRule& b) {
  return a.handle() == b.handle() && a.family() == b.family() && a.table() == b.table() &&
         a.chain() == b.chain();
}

uint64_t counted_during(const v1::NodeState& before, const v1::NftRule& after) {
  if (!after.counted()) return 0;
  for (const auto& rule : before.rules()) {
    if (same_rule(rule, after)) {
      return after.packets() > rule.packets() ? after.packets() - rule.packets() : 0;
    }
  }
  return after.packets();  // made during the request
}

bool drops(const v1::NftRule& rule) {
  return rule.verdict() == "drop" || rule.verdict() == "reject" || rule.verdict() == "vmap";
}

const google::protobuf::RepeatedPtrField<v1::NftRule>& rules_of(const v1::NodeCapture& capture) {
  return capture.after().rules().empty() ? capture.before().rules() : capture.after().rules();
}

// Whether a packet that came in is seen at that hook, which hangs on whom it is bound for: at the
// node's own address or at another's. Translation may change that.
bool expected_at(const v1::NftRule& rule, bool own) {
  return rule.hook() == "input" ? own : rule.hook() != "forward" || !own;
}

// Which hooks a packet passes: those of coming in, and of going out when it was made here.
bool passes(const v1::NftRule& rule, bool arrived) {
  if (rule.hook().empty()) return true;
  const bool out =
      rule.hook() == "output" || rule.hook() == "postrouting" || rule.hook() == "egress";
  return rule.hook() == "postrouting" || rule.hook() == "egress" || out != arrived;
}

}  // namespace

std::vector<RuleFinding> dropping_rules(const Lab& lab, uint32_t node, const Packet& packet,
                                        const std::string& interface) {
  std::vector<RuleFinding> found;
  const v1::NodeCapture* capture = lab.nodes[node].capture;
  if (capture == nullptr) return found;
  for (const auto& rule : rules_of(*capture)) {
    if (!drops(rule) || !passes(rule, !interface.empty())) continue;
    Match match = rule.handle() == 0 || rule.verdict() == "vmap"
                      ? Match::kUnsure  // what no rule of the chain took; what a map says
                      : judge(rule, packet, Passing{interface});
    if (match == Match::kNo) continue;
    const bool group = (packet.destination_mac >> 40U & 1U) != 0;
    const bool own = group || lab.owns(node, packet.tuple.destination.address);
    if (!interface.empty() && !expected_at(rule, own)) match = Match::kUnsure;
    found.push_back({&rule, counted_during(capture->before(), rule), match});
  }
  std::ranges::stable_sort(found, {}, [](const RuleFinding& f) {
    return std::pair(f.match != Match::kYes, f.counted == 0);
  });
  return found;
}

std::vector<const v1::NftRule*> accepting_rules(const Lab& lab, uint32_t node, const Packet& packet,
                                                const std::string& in, const std::string& out,
                                                Tracked tracked) {
  std::vector<const v1::NftRule*> found;
  const v1::NodeCapture* capture = lab.nodes[node].capture;
  if (capture == nullptr) return found;
  std::set<std::pair<std::string, std::string>> decided;  // chains: table, chain
  for (const auto& rule : rules_of(*capture)) {
    if (rule.hook().empty()) return {};
    const bool policy = rule.handle() == 0;  // told before the rules of its chain
    if (rule.hook() != "forward" || policy) continue;
    if (rule.verdict() != "accept" && !drops(rule)) continue;
    const std::pair chain(rule.family() + " " + rule.table(), rule.chain());
    if (decided.contains(chain)) continue;
    const Match match = judge(rule, packet, {in, &out, tracked});
    if (match == Match::kNo) continue;
    decided.insert(chain);
    if (match == Match::kYes && rule.verdict() == "accept") found.push_back(&rule);
  }
  return found;
}

bool remembers_connections(const Lab& lab, uint32_t node, const Packet& packet,
                           const std::string& in) {
  const v1::NodeCapture* capture = lab.nodes[node].capture;
  if (capture == nullptr) return false;
  return std::ranges::any_of(rules_of(*capture), [&](const v1::NftRule& rule) {
    const bool state = std::ranges::any_of(
        rule.matches(), [](const v1::NftMatch& m) { return m.what() == "ct state"; });
    return state && rule.hook() == "forward" && judge(rule, packet, {in}) != Match::kNo;
  });
}

v1::Fact rule_fact(const RuleFinding& finding) {
  const v1::NftRule& r = *finding.rule;
  const std::string chain = r.family() + " " + r.table() + " " + r.chain();
  if (finding.counted > 0) {
    return fact(finding.match == Match::kYes ? "rule.matches_counted" : "rule.counted",
                {{"rule", r.text()},
                 {"chain", chain},
                 {"handle", std::to_string(r.handle())},
                 {"count", std::to_string(finding.counted)}});
  }
  return fact(finding.match == Match::kYes ? "rule.matches" : "rule.present",
              {{"rule", r.text()}, {"chain", chain}, {"handle", std::to_string(r.handle())}});
}

}  // namespace hoplab::journey
