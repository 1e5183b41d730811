// Prefixes of systems, loopbacks of routers, subnets of segments.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/carve.h"
#include "controller/topology/model.h"
#include "controller/topology/ranges.h"

namespace hoplab::topology {
namespace {

constexpr uint8_t kPointToPoint = 30;

const std::string& name_of(const Model& model, size_t system) {
  return model.systems[system].source->name.value;
}

void take_given_prefixes(Model& model, Problems& problems) {
  for (size_t i = 0; i < model.systems.size(); ++i) {
    const Maybe<net::Prefix>& given = model.systems[i].source->prefix;
    if (!given) continue;
    for (size_t j = 0; j < i && !model.systems[i].damaged; ++j) {
      if (!model.systems[j].prefix || !model.systems[j].prefix->overlaps(given->value)) continue;
      model.systems[i].damaged = true;
      problems.add(
          given->at,
          fmt::format("prefix {} of system {} overlaps {} of system {}",
                      net::to_string(given->value), in_quotes(name_of(model, i)),
                      net::to_string(*model.systems[j].prefix), in_quotes(name_of(model, j))),
          "give each system a prefix of its own");
    }
    // Kept even when it overlaps, but nothing is carved from it.
    model.systems[i].prefix = given->value;
  }
}

// The longest prefix length that still holds that many addresses.
uint8_t length_for(uint64_t addresses) {
  uint8_t length = 32;
  while (length > 0 && (uint64_t{1} << (32U - length)) < addresses) --length;
  return length;
}

bool has_dhcp(const Model& model, const Segment& segment) {
  return std::any_of(segment.members.begin(), segment.members.end(), [&](const Member& m) {
    return model.nodes[m.node].role == v1::DHCP_SERVER ||
           !model.nodes[m.node].source->relay.empty();
  });
}

uint8_t needed_length(const Model& model, const Segment& segment) {
  if (!segment.lan()) return kPointToPoint;
  const uint64_t hosts = std::max<uint64_t>(segment.members.size(), 2);
  return length_for((has_dhcp(model, segment) ? 2 * hosts : hosts) + 2);
}

void take_pinned_subnets(Model& model, Problems& problems) {
  for (size_t i = 0; i < model.segments.size(); ++i) {
    Segment& segment = model.segments[i];
    if (!segment.pinned || segment.damaged) continue;
    const net::Prefix& subnet = segment.pinned->value;
    const std::string text = net::to_string(subnet);
    segment.subnet = subnet;
    const uint64_t room = (uint64_t{1} << (32U - subnet.length)) - (subnet.length < 31 ? 2 : 0);
    if (subnet.length > 31 || room < segment.members.size() || (segment.lan() && room < 2)) {
      problems.add(segment.pinned->at,
                   fmt::format("subnet {} is too small for the {} nodes on {}", text,
                               segment.members.size(), in_quotes(model.describe(segment))),
                   fmt::format("use a /{} or shorter", needed_length(model, segment)));
      segment.subnet.reset();
    }
    for (size_t j = 0; j < i; ++j) {
      const Segment& other = model.segments[j];
      if (!other.subnet || !other.subnet->overlaps(subnet)) continue;
      problems.add(segment.pinned->at,
                   fmt::format("subnet {} overlaps {} of {}", text, net::to_string(*other.subnet),
                               in_quotes(model.describe(other))),
                   "give each LAN and link a subnet of its own, or leave it out");
      segment.subnet.reset();
      break;
    }
    const System& system = model.systems[segment.system];
    if (system.prefix && !system.prefix->contains(subnet)) {
      problems.add(
          segment.pinned->at,
          fmt::format("subnet {} is outside of {}, the prefix of system {}", text,
                      net::to_string(*system.prefix), in_quotes(name_of(model, segment.system))),
          "choose one inside of it, or leave it out to have one carved");
      segment.subnet.reset();
      continue;
    }
    for (size_t j = 0; j < model.systems.size(); ++j) {
      if (j == segment.system || !model.systems[j].prefix) continue;
      if (!model.systems[j].prefix->overlaps(subnet) || system.prefix) continue;
      problems.add(
          segment.pinned->at,
          fmt::format("subnet {} overlaps {} of system {}", text,
                      net::to_string(*model.systems[j].prefix), in_quotes(name_of(model, j))),
          "choose one outside of it");
      segment.subnet.reset();
    }
  }
}

bool is_free(const Model& model, const net::Prefix& prefix) {
  return std::none_of(model.systems.begin(), model.systems.end(),
                      [&](const System& s) { return s.prefix && s.prefix->overlaps(prefix); }) &&
         std::none_of(model.segments.begin(), model.segments.end(), [&](const Segment& s) {
           return s.pinned && s.pinned->value.overlaps(prefix);
         });
}

// Systems without a prefix of their own that need one: 10.N.0.0/16, or 192.168.N.0/24 for a site
// without routers.
void derive_prefixes(Model& model, Problems& problems) {
  for (size_t i = 0; i < model.systems.size(); ++i) {
    System& system = model.systems[i];
    if (system.prefix || system.damaged) continue;
    // With a subnet pinned outside of any prefix, only the rest has to be carved.
    const bool carves =
        std::any_of(model.segments.begin(), model.segments.end(), [&](const Segment& s) {
          return s.system == i && !s.pinned && !s.damaged && !s.members.empty();
        });
    const bool site = system.routers.empty() && system.asn == 0;
    if (!carves && site) continue;
    if (system.source->asn &&
        std::any_of(model.segments.begin(), model.segments.end(),
                    [&](const Segment& s) { return s.system == i && s.pinned; })) {
      problems.add(system.source->name.at,
                   fmt::format("system {} has subnets of its own but no prefix to announce",
                               in_quotes(name_of(model, i))),
                   "add 'prefix:' that covers them");
      continue;
    }
    for (uint32_t n = 0; n < 256 && !system.prefix; ++n) {
      const net::Prefix candidate =
          site ? net::Prefix{{192U << 24U | 168U << 16U | ((n + 1) * 10 % 256) << 8U}, 24}
               : net::Prefix{{10U << 24U | ((static_cast<uint32_t>(i) + 1 + n) % 256) << 16U}, 16};
      if (is_free(model, candidate)) system.prefix = candidate;
    }
    if (!system.prefix) {
      problems.add(
          system.source->name.at,
          fmt::format("no free prefix is left for system {}", in_quotes(name_of(model, i))),
          "add 'prefix:'");
    }
  }
}

class Carver {
 public:
  Carver(Model& model, size_t system, Problems& problems)
      : model_(model),
        index_(system),
        system_(model.systems[system]),
        problems_(problems),
        pool_(*system_.prefix) {}

  void run() {
    for (const Segment& s : model_.segments) {
      if (s.subnet && system_.prefix->contains(*s.subnet)) pool_.reserve(*s.subnet);
    }
    loopbacks();
    const bool whole = system_.routers.empty() && count() == 1 && system_.prefix->length >= 16;
    for (const bool lan : {true, false}) {
      for (Segment& s : model_.segments) {
        if (s.system == index_ && s.lan() == lan && !s.pinned && !s.damaged && !s.members.empty())
          carve(s, whole);
      }
    }
  }

 private:
  [[nodiscard]] size_t count() const {
    return static_cast<size_t>(std::count_if(model_.segments.begin(), model_.segments.end(),
                                             [&](const Segment& s) { return s.system == index_; }));
  }

  void too_small(const std::string& what, uint8_t length) {
    if (told_) return;
    told_ = true;
    const Place at = system_.source->prefix ? system_.source->prefix->at : system_.source->name.at;
    uint64_t sum = uint64_t{2} << (32U - length_for(system_.routers.size() + 2));
    for (const Segment& s : model_.segments) {
      if (s.system != index_) continue;
      sum += uint64_t{1} << (32U - (s.pinned ? s.pinned->value.length : needed_length(model_, s)));
    }
    const int enough = std::max(8, std::min<int>(length_for(sum), system_.prefix->length - 1));
    problems_.add(at,
                  fmt::format("prefix {} of system {} is too small: no room for {} (a /{})",
                              net::to_string(*system_.prefix), in_quotes(name_of(model_, index_)),
                              what, length),
                  fmt::format("use a /{} or shorter", enough));
  }

  void carve(Segment& segment, bool whole) {
    const uint8_t needed = needed_length(model_, segment);
    const uint8_t roomy = whole ? system_.prefix->length
                                : static_cast<uint8_t>(std::max(24, system_.prefix->length + 2));
    if (segment.lan() && roomy < needed) segment.subnet = pool_.take(roomy);
    if (!segment.subnet) segment.subnet = pool_.take(needed);
    if (!segment.subnet) too_small(in_quotes(model_.describe(segment)), needed);
  }

  // Pinned ones first; the others from a block at the top of the prefix, so that 10.1.255.1 is the
  // first router of 10.1.0.0/16.
  void loopbacks() {
    size_t open = 0;
    for (const size_t i : system_.routers) {
      const Maybe<net::Ipv4>& pinned = model_.nodes[i].source->loopback;
      if (!pinned) {
        ++open;
        continue;
      }
      if (!system_.prefix->contains(pinned->value)) {
        problems_.add(pinned->at,
                      fmt::format("loopback {} is outside of {}, the prefix of system {}",
                                  net::to_string(pinned->value), net::to_string(*system_.prefix),
                                  in_quotes(name_of(model_, index_))),
                      "choose one inside of it, or leave it out");
      } else if (!pool_.reserve({pinned->value, 32})) {
        problems_.add(
            pinned->at,
            fmt::format("duplicate address {}: it is used already", net::to_string(pinned->value)),
            "choose another, or leave it out");
      } else {
        model_.nodes[i].loopback = pinned->value;
      }
    }
    if (open == 0) return;
    const uint8_t needed = length_for(open + 2);
    const uint8_t roomy = static_cast<uint8_t>(std::max(24, system_.prefix->length + 4));
    std::optional<net::Prefix> block;
    if (roomy < needed) block = pool_.take_last(roomy);
    if (!block) block = pool_.take_last(needed);
    if (!block) {
      too_small("the loopbacks of its routers", needed);
      return;
    }
    uint32_t next = block->network.value;
    for (const size_t i : system_.routers) {
      if (!model_.nodes[i].source->loopback) model_.nodes[i].loopback = net::Ipv4{++next};
    }
  }

  Model& model_;
  size_t index_;
  const System& system_;
  Problems& problems_;
  PrefixPool pool_;
  bool told_ = false;
};

}  // namespace

void carve_subnets(Model& model, Problems& problems) {
  take_given_prefixes(model, problems);
  take_pinned_subnets(model, problems);
  derive_prefixes(model, problems);
  for (size_t i = 0; i < model.systems.size(); ++i) {
    if (model.systems[i].prefix && !model.systems[i].damaged) Carver(model, i, problems).run();
  }
}

}  // namespace hoplab::topology
