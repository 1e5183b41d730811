// Keys about routing: which protocol, what is redistributed, what BGP neighbours are told.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/topology/keys.h"
#include "controller/topology/parse.h"

namespace hoplab::topology {
namespace {

// Numbers separated by colons: "64512:100" (RFC 1997), "64512:1:2" (RFC 8092).
bool numbers(std::string_view text, size_t count, uint64_t most) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (size_t i = 0; i < count; ++i) {
    uint64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value > most) return false;
    if (i + 1 == count) return next == end;
    if (next == end || *next != ':') return false;
    at = next + 1;
  }
  return false;
}

bool is_community(std::string_view text) {
  return numbers(text, 2, 65535) || numbers(text, 3, 4294967295U) || text == "no-export" ||
         text == "no-advertise";
}

void parse_igp(const YamlNode& value, SourceSystem& system, Problems& problems) {
  system.igp_at = value.at;
  if (value.is_scalar() && value.text == "igrp") {
    problems.add(value.at, "IGRP has no implementation left anywhere",
                 "write 'igp: eigrp', its successor");
    return;
  }
  const auto word = word_of(value, "igp", igp_names(), problems);
  if (!word) return;
  const Words names = igp_names();
  system.igp = static_cast<v1::Igp>(std::ranges::find(names, word->value) - names.begin());
}

void parse_relations(const YamlNode& value, SourceSystem& system, Problems& problems) {
  if (!expect_map(value, "relations", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    const auto word = word_of(entry.value, "relation", relation_names(), problems);
    if (!word) continue;
    const Words names = relation_names();
    const auto index = std::ranges::find(names, word->value) - names.begin();
    system.relations.push_back(
        {{entry.key.text, entry.key.at}, static_cast<v1::Relation>(index + 1)});
  }
}

void parse_redistribute(const YamlNode& value, SourceNode& node, Problems& problems) {
  if (!expect_list(value, "redistribute", problems)) return;
  for (const YamlNode& item : value.items) {
    const auto word = word_of(item, "what is redistributed", redistributed_names(), problems);
    if (!word) continue;
    (word->value == "bgp" ? node.redistribute_bgp : node.redistribute_igp) = word->at;
  }
}

void parse_peer(const YamlEntry& entry, SourceNode& node, Problems& problems) {
  SourcePeer peer;
  peer.node = {entry.key.text, entry.key.at};
  const std::string what = fmt::format("peer {}", in_quotes(entry.key.text));
  if (!expect_map(entry.value, what, problems)) return;
  const Fields fields(entry.value, what, peer_keys(), problems);
  constexpr uint32_t kMost = 4294967295U;
  if (const auto* v = fields.find("local_preference")) {
    peer.local_preference = number_of(*v, "local_preference", 0, kMost, problems);
  }
  if (const auto* v = fields.find("med")) peer.med = number_of(*v, "med", 0, kMost, problems);
  if (const auto* v = fields.find("prepend")) {
    if (const auto n = number_of(*v, "prepend", 1, 10, problems)) peer.prepend = n->value;
  }
  if (const auto* v = fields.find("communities")) {
    for (const Name& name : names_of(*v, "communities", problems)) {
      if (is_community(name.value)) {
        peer.communities.push_back(name.value);
        continue;
      }
      problems.add(name.at, fmt::format("{} is not a community", in_quotes(name.value)),
                   "such as 64512:100, 64512:1:2, no-export or no-advertise");
    }
  }
  node.peers.push_back(std::move(peer));
}

}  // namespace

void parse_system_routing(const Fields& fields, SourceSystem& system, Problems& problems) {
  if (const auto* v = fields.find("igp")) parse_igp(*v, system, problems);
  if (const auto* v = fields.find("multipath")) {
    if (const auto n = number_of(*v, "multipath", 1, 16, problems)) system.multipath = n->value;
  }
  if (const auto* v = fields.find("route_reflectors")) {
    system.route_reflectors = names_of(*v, "route_reflectors", problems);
  }
  if (const auto* v = fields.find("relations")) parse_relations(*v, system, problems);
}

void parse_router_policy(const Fields& fields, SourceNode& node, Problems& problems) {
  if (const auto* v = fields.find("redistribute")) parse_redistribute(*v, node, problems);
  if (const auto* v = fields.find("peers")) {
    if (!expect_map(*v, "peers", problems)) return;
    for (const YamlEntry& entry : v->entries) parse_peer(entry, node, problems);
  }
}

}  // namespace hoplab::topology
