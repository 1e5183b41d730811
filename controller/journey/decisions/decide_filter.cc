// A gateway that forwards IPv6: nothing is translated, and a filter that remembers connections
// decides what comes in (RFC 6092).
#include <algorithm>

#include "controller/journey/decisions/decide.h"
#include "controller/journey/decisions/evidence.h"
#include "controller/journey/decode/info.h"

namespace hoplab::journey {
namespace {

std::string rule_chain(const v1::NftRule& rule) {
  return rule.family() + " " + rule.table() + " " + rule.chain();
}

v1::Fact passed_fact(const v1::NftRule& rule, bool by_state, Tracked tracked) {
  const std::string handle = std::to_string(rule.handle());
  if (!by_state) {
    return fact("filter.passed",
                {{"rule", rule.text()}, {"chain", rule_chain(rule)}, {"handle", handle}});
  }
  return fact(tracked == Tracked::kRelated ? "filter.related" : "filter.established",
              {{"rule", rule.text()}, {"chain", rule_chain(rule)}, {"handle", handle}});
}

}  // namespace

void Decider::explain_untranslated(uint32_t node, const Seen& arrived, const Seen& leaving,
                                   v1::Hop& hop) {
  const Packet& p = leaving.packet;
  if (lab_.nodes[node].role != v1::GATEWAY || p.net != Net::kIpv6) return;
  if (arrived.packet.tuple != p.tuple) return;
  const auto say = [&](v1::Fact then) { *hop.add_decisions() = explain({}, std::move(then)); };
  say(fact("gateway.kept", {{"address", address_text(p.tuple.source.address)}}));

  const std::string& in = lab_.interfaces[arrived.interface].name;
  const std::string& out = lab_.interfaces[leaving.interface].name;
  const bool error = p.has_quote;
  const auto [mapping, made] =
      tables(node).nat(error ? read_quote(p).tuple : arrived.packet.tuple, arrived.time);
  if (mapping == nullptr) return;  // not tracked, or not told
  const bool begins = !error && made && p.tuple.source.address == address_of(mapping->source()) &&
                      mappings_met_.insert(mapping).second;
  const Tracked tracked = error    ? Tracked::kRelated
                          : begins ? Tracked::kNew
                                   : Tracked::kEstablished;
  const auto rules = accepting_rules(lab_, node, arrived.packet, in, out, tracked);
  for (const v1::NftRule* rule : rules) {
    const bool by_state = std::ranges::any_of(
        rule->matches(), [](const v1::NftMatch& m) { return m.what() == "ct state"; });
    say(passed_fact(*rule, by_state, tracked));
  }
  if (begins && rules.empty()) {
    say(fact("filter.begun", {{"source", endpoint_text(p.tuple.source)},
                              {"destination", endpoint_text(p.tuple.destination)}}));
  }
}

void Decider::explain_stranger(uint32_t node, const Seen& leaf, v1::Hop& hop) {
  const Packet& p = leaf.packet;
  if (leaf.out || p.net != Net::kIpv6 || p.has_quote) return;
  if (lab_.owns(node, p.tuple.destination.address)) return;
  if (!remembers_connections(lab_, node, p, lab_.interfaces[leaf.interface].name)) return;
  if (tables(node).nat(p.tuple, leaf.time).mapping != nullptr) return;
  *hop.add_decisions() = explain(
      {}, fact("filter.stranger", {{"source", address_text(p.tuple.source.address)},
                                   {"destination", address_text(p.tuple.destination.address)}}));
}

}  // namespace hoplab::journey
