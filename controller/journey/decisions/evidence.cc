#include "controller/journey/decisions/evidence.h"

#include <algorithm>
#include <unordered_set>

#include "controller/journey/decode/info.h"
#include "controller/journey/story.h"

namespace hoplab::journey {
namespace {

struct Words {
  std::string_view reason;  // of enum skb_drop_reason
  std::string_view key;
};
constexpr auto kWords = std::to_array<Words>({
    {"NETFILTER_DROP", "drop.firewall"},
    {"IP_RPFILTER", "drop.reverse_path"},
    {"NEIGH_FAILED", "drop.neighbor"},
    {"NEIGH_DEAD", "drop.neighbor"},
    {"NEIGH_CREATEFAIL", "drop.neighbor"},
    {"NEIGH_QUEUEFULL", "drop.neighbor_queue"},
    {"IP_INNOROUTES", "drop.no_route"},
    {"IP_OUTNOROUTES", "drop.no_route"},
    {"IP_INADDRERRORS", "drop.not_mine"},
    {"IP_LOCAL_SOURCE", "drop.bad_source"},
    {"IP_INVALID_SOURCE", "drop.bad_source"},
    {"IP_LOCALNET", "drop.bad_source"},
    {"IP_INVALID_DEST", "drop.bad_destination"},
    {"NO_SOCKET", "drop.no_socket"},
    {"IP_NOPROTO", "drop.no_protocol"},
    {"TCP_CSUM", "drop.checksum"},
    {"UDP_CSUM", "drop.checksum"},
    {"ICMP_CSUM", "drop.checksum"},
    {"IP_CSUM", "drop.checksum"},
    {"SKB_CSUM", "drop.checksum"},
    {"IP_INHDR", "drop.header"},
    {"PKT_TOO_SMALL", "drop.header"},
    {"HDR_TRUNC", "drop.header"},
    {"PKT_TOO_BIG", "drop.too_big"},
    {"SOCKET_RCVBUFF", "drop.socket_full"},
    {"SOCKET_BACKLOG", "drop.socket_full"},
    {"PROTO_MEM", "drop.socket_full"},
    {"TCP_LISTEN_OVERFLOW", "drop.listen_full"},
    {"SOCKET_FILTER", "drop.filter"},
    {"XDP", "drop.filter"},
    {"TC_INGRESS", "drop.filter"},
    {"TC_EGRESS", "drop.filter"},
    {"BPF_CGROUP_EGRESS", "drop.filter"},
    {"SECURITY_HOOK", "drop.filter"},
    {"XFRM_POLICY", "drop.filter"},
    {"QDISC_DROP", "drop.queue"},
    {"QDISC_OVERLIMIT", "drop.queue"},
    {"QDISC_CONGESTED", "drop.queue"},
    {"CPU_BACKLOG", "drop.queue"},
    {"FULL_RING", "drop.queue"},
    {"DEV_READY", "drop.device_down"},
    {"FRAG_REASM_TIMEOUT", "drop.fragments"},
    {"FRAG_TOO_FAR", "drop.fragments"},
    {"NOMEM", "drop.memory"},
    {"NOT_SPECIFIED", "drop.unspecified"},
});

// A counter of KernelCounters with the words for it; `tells`: packets that went nowhere move it.
struct Counter {
  uint64_t (v1::KernelCounters::*grown)() const;
  std::string_view what;
};
constexpr auto kCounters = std::to_array<Counter>({
    {&v1::KernelCounters::ip_in_header_errors, "IP headers in error or TTLs run out"},
    {&v1::KernelCounters::ip_in_address_errors, "packets for an address that is not its own"},
    {&v1::KernelCounters::ip_in_unknown_protocols, "packets of an unknown protocol"},
    {&v1::KernelCounters::ip_in_discards, "packets discarded on arrival"},
    {&v1::KernelCounters::ip_in_no_routes, "packets to forward without a route"},
    {&v1::KernelCounters::ip_in_truncated, "packets cut short"},
    {&v1::KernelCounters::ip_in_checksum_errors, "IP checksums in error"},
    {&v1::KernelCounters::ip_out_discards, "packets discarded on the way out"},
    {&v1::KernelCounters::ip_out_no_routes, "packets of its own without a route"},
    {&v1::KernelCounters::ip_reassembly_fails, "reassemblies that failed"},
    {&v1::KernelCounters::ip_fragment_fails, "packets too large that must not be fragmented"},
    {&v1::KernelCounters::ip_reverse_path_filter, "packets refused by the reverse path filter"},
    {&v1::KernelCounters::udp_no_ports, "UDP packets for a port nobody listens on"},
    {&v1::KernelCounters::udp_receive_buffer_errors, "UDP packets for a full socket"},
    {&v1::KernelCounters::udp_checksum_errors, "UDP checksums in error"},
    {&v1::KernelCounters::tcp_checksum_errors, "TCP checksums in error"},
    {&v1::KernelCounters::tcp_listen_drops, "connections refused by a full queue"},
});

const Drop* find_at(const Lab& lab, uint32_t interface, const Seen& leaf) {
  if (interface == kNone) return nullptr;
  const Interface& i = lab.interfaces[interface];
  const Drop* drop = lab.drops.find(i.node, leaf.packet, leaf.time);
  return drop;
}

}  // namespace

const Drop* drop_of(const Lab& lab, const Seen& leaf) {
  if (lab.drops.empty() || leaf.interface == kNone) return nullptr;
  if (const Drop* here = find_at(lab, leaf.interface, leaf)) return here;
  return leaf.out ? find_at(lab, lab.interfaces[leaf.interface].peer, leaf) : nullptr;
}

v1::Fact drop_fact(const Drop& drop) {
  const std::string& reason = drop.event->reason();
  const std::string location = drop.event->location().empty() ? "?" : drop.event->location();
  const auto it = std::ranges::find(kWords, reason, &Words::reason);
  if (it == kWords.end()) {
    return fact("drop.other", {{"reason", reason}, {"location", location}});
  }
  if (it->key == "drop.unspecified") return fact(it->key, {{"location", location}});
  const Packet& p = drop.packet;
  if (it->key == "drop.no_socket") {
    return fact(it->key, {{"reason", reason},
                          {"protocol", p.is(kTcp) ? "TCP" : "UDP"},
                          {"port", std::to_string(p.tuple.destination.port)}});
  }
  if (it->key == "drop.reverse_path" || it->key == "drop.bad_source") {
    return fact(it->key, {{"reason", reason}, {"source", address_text(p.tuple.source.address)}});
  }
  if (it->key == "drop.no_route" || it->key == "drop.not_mine" ||
      it->key == "drop.bad_destination") {
    return fact(it->key,
                {{"reason", reason}, {"destination", address_text(p.tuple.destination.address)}});
  }
  if (it->key == "drop.device_down") {
    return fact(it->key, {{"reason", reason}, {"interface", drop.event->interface()}});
  }
  if (it->key == "drop.header") {
    return fact(it->key, {{"reason", reason}, {"field", ttl_name(p)}});
  }
  return fact(it->key, {{"reason", reason}});
}

std::vector<const Drop*> unseen_drops(const Lab& lab, const Frames& frames) {
  std::vector<const Drop*> unseen;
  if (lab.drops.empty()) return unseen;
  std::unordered_set<const Drop*> seen;
  for (const Seen& s : frames) {
    if (s.interface == kNone) continue;
    const uint32_t node = lab.interfaces[s.interface].node;
    if (const Drop* drop = lab.drops.find(node, s.packet, s.time)) seen.insert(drop);
  }
  for (const auto& drop : lab.drops.all()) {
    // One bound for the node itself came in as a frame, even where that was folded into others.
    const bool came = lab.owns(drop->node, drop->packet.tuple.destination.address);
    if (!came && !seen.contains(drop.get())) unseen.push_back(drop.get());
  }
  return unseen;
}

std::vector<v1::Fact> grown_counters(const Lab& lab, uint32_t node) {
  std::vector<v1::Fact> facts;
  const v1::NodeCapture* capture = lab.nodes[node].capture;
  if (capture == nullptr || !capture->summary().has_kernel()) return facts;
  for (const Counter& counter : kCounters) {
    const uint64_t grown = (capture->summary().kernel().*counter.grown)();
    if (grown == 0) continue;
    facts.push_back(fact("counter.grew", {{"counter", std::string(counter.what)},
                                          {"count", std::to_string(grown)}}));
  }
  return facts;
}

std::vector<v1::Fact> next_best_evidence(const Lab& lab, uint32_t node, const Seen& leaf) {
  std::vector<v1::Fact> facts;
  const v1::Bundle& bundle = lab.bundle;
  if (bundle.has_drops()) {
    facts.push_back(!bundle.drops().watched()
                        ? fact("drop.not_watched", {{"why", bundle.drops().why_not()}})
                    : bundle.drops().lost() > 0
                        ? fact("drop.some_lost", {{"count", std::to_string(bundle.drops().lost())}})
                        : fact("drop.none_told"));
  }
  const std::string interface =
      leaf.out || leaf.interface == kNone ? "" : lab.interfaces[leaf.interface].name;
  constexpr size_t kMostRules = 4;
  size_t said = 0;
  size_t unsure = 0;
  for (const RuleFinding& finding : dropping_rules(lab, node, leaf.packet, interface)) {
    const bool points = finding.counted > 0 || finding.match == RuleFinding::Match::kYes;
    if (points && said < kMostRules) {
      facts.push_back(rule_fact(finding));
      ++said;
    } else {
      ++unsure;
    }
  }
  if (unsure > 0) facts.push_back(fact("rule.unsure", {{"count", std::to_string(unsure)}}));
  const v1::NodeCapture* capture = lab.nodes[node].capture;
  if (capture != nullptr && !capture->after().rules_unknown().empty()) {
    facts.push_back(fact("rule.unknown", {{"why", capture->after().rules_unknown()}}));
  }
  for (auto& counter : grown_counters(lab, node)) facts.push_back(std::move(counter));
  return facts;
}

}  // namespace hoplab::journey
