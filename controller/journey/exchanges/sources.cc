// Which of its IPv6 addresses the client sends from (RFC 6724, section 5), by what its kernel holds
// of each: told with the first exchange with each destination.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <set>

#include "agents/common/net/ip_address.h"
#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

struct Candidate {
  IpAddress address;
  uint8_t length = 128;
  std::string interface;
  bool deprecated = false;
};

// RFC 4007, section 4: the smaller, the less far an address is good for.
enum class Scope { kLink, kGlobal };
Scope scope_of(const IpAddress& a) {
  // Of a group: the fourth digit (RFC 4291, section 2.7).
  if (a.is_multicast()) return (a.high >> 48U & 0xfU) <= 2 ? Scope::kLink : Scope::kGlobal;
  return a.is_link_local() ? Scope::kLink : Scope::kGlobal;
}

// RFC 6724, section 2.1, without the precedence: prefix and label, longest first.
struct Labelled {
  net::IpPrefix prefix;
  int label;
};
const std::array<Labelled, 7>& policy() {
  static const std::array<Labelled, 7> table{
      Labelled{net::IpPrefix{IpAddress{0, 1}, 128}, 0},
      Labelled{net::IpPrefix{IpAddress{0, 0}, 96}, 3},
      Labelled{net::IpPrefix{IpAddress{0x2001'0000'0000'0000, 0}, 32}, 5},
      Labelled{net::IpPrefix{IpAddress{0x2002'0000'0000'0000, 0}, 16}, 2},
      Labelled{net::IpPrefix{IpAddress{0x3ffe'0000'0000'0000, 0}, 16}, 12},
      Labelled{net::IpPrefix{IpAddress{0xfec0'0000'0000'0000, 0}, 10}, 11},
      Labelled{net::IpPrefix{IpAddress{0xfc00'0000'0000'0000, 0}, 7}, 13},
  };
  return table;
}
int label_of(const IpAddress& a) {
  const auto found =
      std::ranges::find_if(policy(), [&](const Labelled& l) { return l.prefix.contains(a); });
  return found == policy().end() ? 1 : found->label;  // ::/0
}

// No longer than the prefix of the source (RFC 6724, section 2.2).
int common_bits(const Candidate& source, const IpAddress& destination) {
  const uint64_t high = source.address.high ^ destination.high;
  const uint64_t low = source.address.low ^ destination.low;
  const int same = high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low);
  return std::min(same, static_cast<int>(source.length));
}

// What decides between two: a key of keys_addresses6.h, and whether it is for the first.
struct Decided {
  const char* key = "source.alike";
  bool first = true;
};
Decided decide(const Candidate& a, const Candidate& b, const IpAddress& to,
               const std::string& leaving) {
  if (a.address == to || b.address == to) return {"source.same", a.address == to};
  const Scope sa = scope_of(a.address);
  const Scope sb = scope_of(b.address);
  if (sa != sb) {
    const bool lesser_fits = std::min(sa, sb) >= scope_of(to);
    return {"source.scope", (sa < sb) == lesser_fits};
  }
  if (a.deprecated != b.deprecated) return {"source.deprecated", b.deprecated};
  const bool here_a = a.interface == leaving;
  if (here_a != (b.interface == leaving)) return {"source.interface", here_a};
  const int label = label_of(to);
  const bool fits_a = label_of(a.address) == label;
  if (fits_a != (label_of(b.address) == label)) return {"source.label", fits_a};
  const int bits_a = common_bits(a, to);
  const int bits_b = common_bits(b, to);
  if (bits_a != bits_b) return {"source.longest", bits_a > bits_b};
  return {};
}

// How the address came to be: "SLAAC", "DHCPv6", "static", and what else counts.
std::string kind_of(const v1::NodeSpec& spec, const v1::AddressState& state,
                    const IpAddress& address) {
  std::string kind;
  const auto is_static = [&](const v1::InterfaceSpec& i) {
    return std::ranges::find(i.addresses(), state.address()) != i.addresses().end();
  };
  if (address.is_link_local()) {
    kind = "link-local";
  } else if (std::ranges::any_of(spec.interfaces(), is_static)) {
    kind = "static";
  } else if (state.origin() == "ra") {
    kind = "SLAAC";
  } else if (spec.client().dhcpv6()) {
    kind = "DHCPv6";
  }
  if (address.high >> 57U == 0x7e) append_item(kind, "unique local");  // fc00::/7
  if (state.deprecated()) append_item(kind, "deprecated");
  return kind;
}

class SourceTeller {
 public:
  explicit SourceTeller(Story& story) : story_(story), lab_(story.lab) {}

  void run() {
    for (Draft& d : story_.drafts) {
      if (d.client == lab_.client && !d.trips.empty() && is_told(d.kind)) tell(d);
    }
  }

 private:
  static bool is_told(const std::string& kind) {
    constexpr std::array kKinds{"tcp handshake", "tcp", "icmp", "flow"};
    return std::ranges::find(kKinds, kind) != kKinds.end();
  }

  void tell(Draft& d) {
    const TripTree& trip = story_.forest.trips[d.trips.front()];
    const Seen& sent = story_.forest.root(trip);
    const Packet& p = sent.packet;
    const IpAddress& to = p.tuple.destination.address;
    if (!sent.out || sent.interface == kNone || trip.origin != lab_.client) return;
    if (p.net != Net::kIpv6 || !told_.insert(to).second) return;
    const std::string& leaving = lab_.interfaces[sent.interface].name;
    const IpAddress& from = p.tuple.source.address;
    const v1::NodeState* state = state_with(from);
    if (state == nullptr || !gather(*state, to, leaving)) return;
    const auto chosen = std::ranges::find(candidates_, from, &Candidate::address);
    if (chosen == candidates_.end()) return;
    std::vector<v1::Fact> reasons;
    const Candidate* better = nullptr;
    for (const Candidate& other : candidates_) {
      if (other.address == from) continue;
      const Decided decided = decide(*chosen, other, to, leaving);
      if (!decided.first) better = &other;
      reasons.push_back(reason(decided.key, *chosen, other, to, leaving));
    }
    const std::string text = address_text(from);
    if (candidates_.size() == 1) reasons = {fact("source.one", {{"address", text}})};
    v1::Fact check =
        fact("source.candidates", {{"client", lab_.name(lab_.client)}, {"addresses", listed_}});
    v1::Fact then =
        better == nullptr
            ? fact("source.chosen", {{"address", text}})
            : fact("source.bound", {{"address", text}, {"best", address_text(better->address)}});
    if (better != nullptr) reasons = {};
    d.facts.push_back(std::move(check));
    for (v1::Fact& r : reasons) d.facts.push_back(std::move(r));
    d.facts.push_back(std::move(then));
  }

  // The snapshot that knows the address: a cold request may have found it only meanwhile.
  [[nodiscard]] const v1::NodeState* state_with(const IpAddress& address) const {
    const v1::NodeCapture* capture = lab_.nodes[lab_.client].capture;
    if (capture == nullptr) return nullptr;
    for (const v1::NodeState* state : {&capture->after(), &capture->before()}) {
      for (const auto& link : state->links()) {
        for (const auto& known : link.address_states()) {
          if (address_of(known.address()) == address) return state;
        }
      }
    }
    return nullptr;
  }

  // False where it cannot be told: which a host prefers of temporary addresses is its own setting.
  bool gather(const v1::NodeState& state, const IpAddress& to, const std::string& leaving) {
    candidates_.clear();
    listed_.clear();
    const v1::NodeSpec* spec = lab_.nodes[lab_.client].spec;
    if (spec == nullptr) return false;
    for (const auto& link : state.links()) {
      if (link.name() == "lo" || (scope_of(to) == Scope::kLink && link.name() != leaving)) continue;
      for (const auto& known : link.address_states()) {
        const auto cidr = net::parse_ip_interface_address(known.address());
        if (!cidr || known.tentative() || known.duplicated()) continue;
        if (known.temporary()) return false;
        candidates_.push_back({.address = cidr->address,
                               .length = cidr->length,
                               .interface = link.name(),
                               .deprecated = known.deprecated()});
        const std::string kind = kind_of(*spec, known, cidr->address);
        append_item(listed_, kind.empty() ? address_text(cidr->address)
                                          : address_text(cidr->address) + " (" + kind + ")");
      }
    }
    return true;
  }

  static v1::Fact reason(const char* key, const Candidate& winner, const Candidate& loser,
                         const IpAddress& to, const std::string& leaving) {
    v1::Fact f = fact(
        key, {{"winner", address_text(winner.address)}, {"loser", address_text(loser.address)}});
    if (f.key() == "source.interface") (*f.mutable_args())["interface"] = leaving;
    if (f.key() == "source.longest") {
      (*f.mutable_args())["bits"] = std::to_string(common_bits(winner, to));
      (*f.mutable_args())["other_bits"] = std::to_string(common_bits(loser, to));
    }
    return f;
  }

  Story& story_;
  const Lab& lab_;
  std::set<IpAddress> told_;  // destinations
  std::vector<Candidate> candidates_;
  std::string listed_;
};

}  // namespace

void tell_sources(Story& story) {
  if (story.lab.client != kNone) SourceTeller(story).run();
}

}  // namespace hoplab::journey
