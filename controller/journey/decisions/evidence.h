// What a node's kernel and firewall tell of packets that went nowhere: the reason itself, where the
// kernel tells it (drops.h); else rules and counters, which only point. Pure; for the hops'
// explanations and for the verdict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/journey/correlate/frames.h"
#include "controller/journey/correlate/lab.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

// Frame → the kernel's reason. Of a frame that came in: the node's; of one that left and never
// arrived: of either end of the wire. nullptr: none was told.
const Drop* drop_of(const Lab& lab, const Seen& leaf);
// "the kernel dropped it: NETFILTER_DROP, …"
v1::Fact drop_fact(const Drop& drop);
// Packets dropped before any tap saw them leave (a firewall's output chain, a missing route): those
// that no frame carried. Linear in frames; nothing when no drop was told.
std::vector<const Drop*> unseen_drops(const Lab& lab, const Frames& frames);

// Node → rules that can drop or reject, and what speaks for each.
struct RuleFinding {
  enum class Match : uint8_t { kNo, kYes, kUnsure };
  const v1::NftRule* rule = nullptr;
  uint64_t counted = 0;  // packets during the request; only where the rule has a counter
  Match match = Match::kUnsure;
};
// Against one packet that came in by `interface` ("": made here). A rule reached only by jumps, one
// with a condition that cannot be judged, and one behind an earlier verdict are kUnsure at best
// when they fit; kYes says that the rule's conditions are those of this packet, all of them.
std::vector<RuleFinding> dropping_rules(const Lab& lab, uint32_t node, const Packet& packet,
                                        const std::string& interface);
v1::Fact rule_fact(const RuleFinding& finding);

// What connection tracking knew of a packet that a node's filter let pass: nft(8), "ct state".
enum class Tracked : uint8_t { kNew, kEstablished, kRelated };
// The rules that let a packet pass that was forwarded between two interfaces, by chain of the
// forward hook: the first that fits. None of a chain where a rule before cannot be judged, where a
// rule that drops fits (so that it was another's doing), or whose end it passed; none at all where
// chains jump to others.
std::vector<const v1::NftRule*> accepting_rules(const Lab& lab, uint32_t node, const Packet& packet,
                                                const std::string& in, const std::string& out,
                                                Tracked tracked);
// Whether a filter of that node looks at what connection tracking knows, of packets of that kind
// that come in there and are forwarded.
bool remembers_connections(const Lab& lab, uint32_t node, const Packet& packet,
                           const std::string& in);

// Node → counters of its kernel that grew and that packets which went nowhere move.
std::vector<v1::Fact> grown_counters(const Lab& lab, uint32_t node);

// For a frame that went nowhere, and of which no drop was told: which evidence stands instead, and
// what it says.
std::vector<v1::Fact> next_best_evidence(const Lab& lab, uint32_t node, const Seen& leaf);

}  // namespace hoplab::journey
