// What nodes did to packets that they should have left alone: a TTL lowered by more than one, a
// checksum spoiled, bytes changed. Told by comparing a packet as it came in with how it went out.
#include <algorithm>
#include <unordered_map>

#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/checksum.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kSameNs = 50'000'000;  // a packet is passed on within

bool offloads(const Lab& lab, uint32_t interface) {
  const Node& node = lab.nodes[lab.interfaces[interface].node];
  if (node.spec == nullptr) return true;
  return std::ranges::any_of(node.spec->interfaces(), [&](const v1::InterfaceSpec& i) {
    return i.name() == lab.interfaces[interface].name && i.offload();
  });
}

uint64_t identity(uint32_t node, const Packet& p) {
  return mix(mix(node, p.tuple.protocol),
             static_cast<uint64_t>(p.ip_id) << 16U | p.fragment_offset);
}

// One of its ends is as it was: NAT changes only the other.
bool same_end(const Packet& a, const Packet& b) {
  return a.tuple.source == b.tuple.source || a.tuple.destination == b.tuple.destination;
}

Bytes option_bytes(const Packet& p) {
  constexpr uint32_t kFixed = 20;  // RFC 9293, section 3.1
  const uint32_t from = p.l4 + kFixed;
  return p.is(kTcp) && from <= p.payload && p.payload <= p.bytes.size()
             ? p.bytes.subspan(from, p.payload - from)
             : Bytes{};
}

size_t differences(Bytes x, Bytes y) {
  size_t count = std::max(x.size(), y.size()) - std::min(x.size(), y.size());
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) count += x[i] != y[i] ? 1U : 0U;
  return count;
}

// What of a packet is other than it was: bytes that it carries, else the fields of its headers.
std::vector<v1::Fact> changes_of(const Packet& a, const Packet& b) {
  const size_t bytes = differences(a.payload_bytes(), b.payload_bytes());
  if (bytes > 0) return {fact("evidence.changed", {{"bytes", std::to_string(bytes)}})};
  std::vector<v1::Fact> changes;
  const auto compare = [&](bool same, const char* field) {
    if (!same) changes.push_back(fact("evidence.changed_header", {{"field", field}}));
  };
  const Tuple& x = a.tuple;
  const Tuple& y = b.tuple;
  compare(x.source.address == y.source.address, "source address");
  compare(x.destination.address == y.destination.address, "destination address");
  compare(x.source.port == y.source.port, "source port");
  compare(x.destination.port == y.destination.port, "destination port");
  compare(std::ranges::equal(option_bytes(a), option_bytes(b)), "TCP options");
  if (changes.empty()) compare(false, "header");
  return changes;
}

class Rewrites {
 public:
  explicit Rewrites(Case& c) : c_(c), forest_(c.story.forest) {}

  void find() {
    index_roots();
    for (uint32_t t = 0; t < forest_.trips.size(); ++t) {
      if (!c_.counts(t)) continue;
      const TripTree& trip = forest_.trips[t];
      look_at_origin(t, trip);
      forest_.walk(trip.root, [&](uint32_t i) { look_at_node(t, i); });
    }
  }

 private:
  void index_roots() {
    for (uint32_t t = 0; t < forest_.trips.size(); ++t) {
      const Seen& s = forest_.root(forest_.trips[t]);
      if (!s.out || !s.packet.is_ip() || s.interface == kNone) continue;
      roots_[identity(forest_.node_of(s), s.packet)].push_back(t);
    }
  }

  void blame(uint32_t node, v1::Fact cause, v1::Fact proof, uint32_t trip, uint32_t frame) {
    for (Suspect& s : c_.suspects) {
      if (s.node == node && s.rank == Rank::kMangled && s.culprit.cause().key() == cause.key()) {
        c_.prove(s, std::move(proof), trip, frame);
        return;
      }
    }
    Suspect& s = c_.add(Rank::kMangled, node, "network", std::move(cause));
    s.met = true;
    c_.prove(s, std::move(proof), trip, frame);
  }

  void spoiled(uint32_t node, uint32_t trip, uint32_t frame) {
    blame(node, fact("cause.checksum", {{"node", c_.lab.name(node)}}),
          fact("evidence.checksum",
               {{"interface", c_.lab.interfaces[forest_.frames[frame].interface].name}}),
          trip, frame);
  }

  void look_at_origin(uint32_t t, const TripTree& trip) {
    const Seen& s = forest_.root(trip);
    if (!s.out || trip.origin == kNone || !s.packet.is_ip()) return;
    if (c_.torn[t]) return;  // looked at where it came in
    const bool fine = c_.worked && c_.story.drafts[trip.exchange].status == v1::Exchange::OK;
    if (!fine && made_here(s.packet, trip.origin) && !offloads(c_.lab, s.interface) &&
        transport_checksum(s.packet, s.wire_length) == Checksum::kBad) {
      spoiled(trip.origin, t, trip.root);
    }
    if (trip.outcome == End::kExpired && !sent_to_expire(c_.story, trip) &&
        made_here(s.packet, trip.origin) && !is_initial_ttl(s.packet.ttl)) {
      blame(trip.origin,
            fact("cause.low_ttl", {{"node", c_.lab.name(trip.origin)},
                                   {"field", ttl_name(s.packet)},
                                   {"ttl", std::to_string(s.packet.ttl)}}),
            fact("evidence.ttl_sent",
                 {{"field", ttl_name(s.packet)}, {"ttl", std::to_string(s.packet.ttl)}}),
            t, trip.root);
    }
  }
  // And not in flight when the recording began. A host without an address is on the link (RFC 1122,
  // section 3.2.1.3).
  bool made_here(const Packet& p, uint32_t node) const {
    const IpAddress& source = p.tuple.source.address;
    return c_.lab.owns(node, source) || (source.is_unspecified() && !c_.lab.is_switch(node));
  }

  void look_at_node(uint32_t t, uint32_t i) {
    const Seen& in = forest_.frames[i];
    if (in.out || in.interface == kNone || !in.packet.is_ip()) return;
    const uint32_t node = forest_.node_of(in);
    if (in.first_child == kNone) {
      if (judge_end(c_.lab, in) == End::kSwallowed) find_torn(t, i, node);
      return;
    }
    for (uint32_t j = in.first_child; j != kNone; j = forest_.frames[j].next_sibling) {
      const Seen& out = forest_.frames[j];
      if (!out.out) continue;
      if (transport_checksum(in.packet, in.wire_length) == Checksum::kGood &&
          transport_checksum(out.packet, out.wire_length) == Checksum::kBad) {
        spoiled(node, t, j);
      }
    }
  }

  // A packet that came in and went nowhere, and one that went out and came from nowhere: the same,
  // changed on the way.
  void find_torn(uint32_t t, uint32_t i, uint32_t node) {
    const Seen& in = forest_.frames[i];
    const auto group = roots_.find(identity(node, in.packet));
    if (group == roots_.end()) return;
    for (const uint32_t other : group->second) {
      const TripTree& trip = forest_.trips[other];
      const Seen& out = forest_.root(trip);
      if (other == t || c_.torn[other] || out.time < in.time || out.time > in.time + kSameNs ||
          !same_end(in.packet, out.packet)) {
        continue;
      }
      const std::string name = c_.lab.name(node);
      const bool is_switch = c_.lab.is_switch(node);
      const unsigned expected = is_switch ? in.packet.ttl : in.packet.ttl - 1U;
      c_.torn[other] = c_.torn[t] = true;
      // What left may be nobody's in the journey: then what came in stands for it.
      const bool of_journey = trip.exchange != kNone;
      const uint32_t proven = of_journey ? other : t;
      const uint32_t frame = of_journey ? trip.root : i;
      if (out.packet.ttl != expected) {
        const std::string field = ttl_name(in.packet);
        const std::string before = std::to_string(in.packet.ttl);
        const std::string after = std::to_string(out.packet.ttl);
        blame(
            node,
            fact("cause.ttl_changed",
                 {{"node", name}, {"field", field}, {"before", before}, {"after", after}}),
            fact("evidence.ttl_changed", {{"field", field}, {"before", before}, {"after", after}}),
            proven, frame);
      } else {
        for (v1::Fact& change : changes_of(in.packet, out.packet)) {
          blame(node, fact("cause.changed", {{"node", name}}), std::move(change), proven, frame);
        }
      }
      return;
    }
  }

  Case& c_;
  const Forest& forest_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> roots_;  // trips by node and identity
};

}  // namespace

void suspect_rewrites(Case& c) { Rewrites(c).find(); }

}  // namespace hoplab::journey
