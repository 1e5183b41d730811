// IPv6 beside IPv4: prefixes of systems, loopbacks of routers, a /64 for every LAN and link.
//
// The first /64 of a system's prefix holds the loopbacks, the following ones are the LANs and then
// the links, in the order of their IPv4 subnets. A site behind a gateway has no loopbacks: its LAN
// is the first /64 of what its provider delegates to it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "controller/topology/model.h"
#include "controller/topology/scalars.h"

namespace hoplab::topology {
namespace {

constexpr uint8_t kSubnet = 64;

class Subnets6 {
 public:
  Subnets6(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      if (gateway_of(model_, i) == kNone) take_prefix(i);
    }
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      if (const size_t gateway = gateway_of(model_, i); gateway != kNone) take_part(i, gateway);
    }
    for (Segment& s : model_.segments) gather_pinned(s);
    for (const Link& link : model_.links) refuse_on_switch(link);
    for (size_t i = 0; i < model_.segments.size(); ++i) take_pinned(i);
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      if (model_.systems[i].prefix6) number(i);
    }
    for (const Node& node : model_.nodes) refuse_loopback6(node);
    for (const Link& link : model_.links) refuse_narrow(link);
  }

 private:
  [[nodiscard]] std::string name_of(size_t system) const {
    return in_quotes(model_.systems[system].source->name.value);
  }

  // Why a system cannot have IPv6; nothing to say when it can.
  [[nodiscard]] std::optional<std::pair<std::string, std::string>> against(size_t index) const {
    const System& system = model_.systems[index];
    const net::IpPrefix& prefix = system.source->prefix6->value;
    if (prefix.length < kSystemLengths6.least || prefix.length > kSystemLengths6.most) {
      return std::pair{fmt::format("prefix6 {} of system {} has no good length",
                                   net::to_string(prefix), name_of(index)),
                       fmt::format("use a /{} to /{}: every LAN and link has a /64 of it",
                                   kSystemLengths6.least, kSystemLengths6.most)};
    }
    for (size_t j = 0; j < index; ++j) {
      if (!model_.systems[j].prefix6 || !model_.systems[j].prefix6->overlaps(prefix)) continue;
      return std::pair{
          fmt::format("prefix6 {} of system {} overlaps {} of system {}", net::to_string(prefix),
                      name_of(index), net::to_string(*model_.systems[j].prefix6), name_of(j)),
          "give each system a prefix6 of its own"};
    }
    if (system.source->igp == v1::IGP_EIGRP && system.routers.size() > 1) {
      return std::pair{
          fmt::format("system {} has prefix6, and FRR's eigrpd knows IPv4 alone", name_of(index)),
          "use 'igp: ospf', rip or isis, or leave prefix6 out"};
    }
    return std::nullopt;
  }

  void take_prefix(size_t index) {
    System& system = model_.systems[index];
    if (!system.source->prefix6) return;
    if (const auto reason = against(index)) {
      problems_.add(system.source->prefix6->at, reason->first, reason->second);
      refused_.insert(index);
      return;
    }
    system.prefix6 = system.source->prefix6->value;
  }

  // Of its provider's prefix, which is taken already.
  void take_part(size_t index, size_t gateway) {
    System& system = model_.systems[index];
    if (!system.source->prefix6) return;
    const auto part = delegate(model_, index, gateway);
    if (part) {
      system.prefix6 = part->prefix;
      model_.delegations.push_back(*part);
      return;
    }
    refused_.insert(index);
    if (!part.error()) return;
    problems_.add(system.source->prefix6->at, part.error()->message, part.error()->suggestion);
  }

  // The site that it belongs to, though it lies in the prefix of `system`; nullptr: to none.
  [[nodiscard]] const Delegation* delegated(size_t system, const net::IpPrefix& subnet) const {
    const auto found = std::ranges::find_if(model_.delegations, [&](const Delegation& d) {
      return d.provider == system && d.prefix.overlaps(subnet);
    });
    return found == model_.delegations.end() ? nullptr : &*found;
  }

  void gather_pinned(Segment& segment) {
    const System& system = model_.systems[segment.system];
    segment.damaged6 = system.source->prefix6_damaged || refused_.contains(segment.system);
    for (const size_t i : segment.switches) {
      const SourceNode& source = *model_.nodes[i].source;
      segment.damaged6 = segment.damaged6 || source.subnet6_damaged;
      if (!source.subnet6) continue;
      if (segment.pinned6 && segment.pinned6->value != source.subnet6->value) {
        problems_.add(source.subnet6->at,
                      fmt::format("joined switches have one subnet6, and {} says {}",
                                  in_quotes(model_.nodes[segment.switches.front()].name),
                                  net::to_string(segment.pinned6->value)),
                      "remove one of the two, or put a router between");
      } else {
        segment.pinned6 = source.subnet6;
      }
    }
    if (segment.lan() || segment.members.empty()) return;
    const SourceLink& link = *model_.links[model_.at(segment.members.front()).link].source;
    segment.damaged6 = segment.damaged6 || link.subnet6_damaged;
    segment.pinned6 = link.subnet6;
  }

  void refuse_on_switch(const Link& link) {
    if (!link.source->subnet6) return;
    for (const Member& end : {link.a, link.b}) {
      if (model_.nodes[end.node].role != v1::SWITCH) continue;
      problems_.add(
          link.source->subnet6->at, "the subnet6 of a LAN belongs to its switch",
          fmt::format("write {}: {{ role: switch, subnet6: {} }}", model_.nodes[end.node].name,
                      net::to_string(link.source->subnet6->value)));
      return;
    }
  }

  // Linux takes IPv6 away from an interface that is narrower than every link has to be.
  void refuse_narrow(const Link& link) {
    constexpr uint32_t kLeast = 1280;  // RFC 8200, section 5
    const size_t segment = model_.at(link.a).segment;
    if (link.source->mtu >= kLeast || segment == kNone || !model_.segments[segment].subnet6) return;
    problems_.add(link.source->mtu_at,
                  fmt::format("mtu {} is too small for IPv6, which {} has", link.source->mtu,
                              in_quotes(model_.describe(model_.segments[segment]))),
                  "use 1280 or more, or leave prefix6 out");
  }

  void take_pinned(size_t index) {
    Segment& segment = model_.segments[index];
    if (!segment.pinned6 || segment.damaged6) return;
    if (const auto reason = against(index, segment.pinned6->value)) {
      problems_.add(segment.pinned6->at, reason->first, reason->second);
      segment.damaged6 = true;
      return;
    }
    segment.subnet6 = segment.pinned6->value;
  }

  [[nodiscard]] std::optional<std::pair<std::string, std::string>> against(
      size_t index, const net::IpPrefix& subnet) const {
    const Segment& segment = model_.segments[index];
    const System& system = model_.systems[segment.system];
    const std::string text = net::to_string(subnet);
    if (!system.prefix6) {
      return std::pair{fmt::format("subnet6 {} of {}, and system {} has no prefix6", text,
                                   in_quotes(model_.describe(segment)), name_of(segment.system)),
                       "add 'prefix6:' that covers it to the system"};
    }
    if (subnet.length != kSubnet) {
      const net::IpPrefix better{subnet.network, kSubnet};
      return std::pair{fmt::format("subnet6 {} is no /64", text),
                       against(index, better) || pinned_elsewhere(index, better)
                           ? std::string("leave it out to have one carved")
                           : fmt::format("write {}", net::to_string(better))};
    }
    if (!system.prefix6->contains(subnet)) {
      return std::pair{fmt::format("subnet6 {} is outside of {}, the prefix6 of system {}", text,
                                   net::to_string(*system.prefix6), name_of(segment.system)),
                       "choose one inside of it, or leave it out to have one carved"};
    }
    if (const Delegation* part = delegated(segment.system, subnet)) {
      return std::pair{fmt::format("subnet6 {} is part of {}, which system {} has", text,
                                   net::to_string(part->prefix), name_of(part->site)),
                       "choose another, or leave it out to have one carved"};
    }
    if (subnet.network == system.prefix6->network && !system.routers.empty()) {
      return std::pair{fmt::format("subnet6 {} is the first of {}, where the loopbacks are", text,
                                   net::to_string(*system.prefix6)),
                       "choose another, or leave it out to have one carved"};
    }
    for (size_t j = 0; j < index; ++j) {
      if (model_.segments[j].subnet6 != subnet) continue;
      return std::pair{fmt::format("subnet6 {} is that of {} already", text,
                                   in_quotes(model_.describe(model_.segments[j]))),
                       "give each LAN and link a subnet6 of its own, or leave it out"};
    }
    return std::nullopt;
  }

  [[nodiscard]] bool pinned_elsewhere(size_t index, const net::IpPrefix& subnet) const {
    for (size_t j = 0; j < model_.segments.size(); ++j) {
      const Segment& other = model_.segments[j];
      if (j != index && other.pinned6 && other.pinned6->value == subnet) return true;
    }
    return false;
  }

  // Pinned ones first, the others go round them.
  void loopbacks(size_t index) {
    const System& system = model_.systems[index];
    const net::IpPrefix home{system.prefix6->network, kSubnet};
    std::map<net::IpAddress, size_t> taken;
    for (const size_t r : system.routers) {
      const Maybe<net::IpAddress>& pinned = model_.nodes[r].source->loopback6;
      if (!pinned) continue;
      const std::string text = net::to_string(pinned->value);
      if (!home.contains(pinned->value) || pinned->value == home.network) {
        problems_.add(pinned->at,
                      fmt::format("loopback6 {} is not one of {}, where the loopbacks of system {} "
                                  "are",
                                  text, net::to_string(home), name_of(index)),
                      "choose one of it, or leave it out");
      } else if (const auto [first, fresh] = taken.emplace(pinned->value, r); !fresh) {
        problems_.add(pinned->at,
                      fmt::format("duplicate loopback6 {}: {} has it already", text,
                                  in_quotes(model_.nodes[first->second].name)),
                      "choose another, or leave it out");
      } else {
        model_.nodes[r].loopback6 = pinned->value;
      }
    }
    uint64_t low = 0;
    for (const size_t r : system.routers) {
      if (model_.nodes[r].source->loopback6) continue;
      net::IpAddress address;
      do {
        address = {home.network.high, ++low};
      } while (taken.contains(address));
      model_.nodes[r].loopback6 = address;
    }
  }

  void refuse_loopback6(const Node& node) {
    const System& system = model_.systems[node.system];
    if (!node.source->loopback6 || node.role != v1::ROUTER || system.source->prefix6 ||
        system.source->prefix6_damaged) {
      return;
    }
    problems_.add(
        node.source->loopback6->at,
        fmt::format("loopback6 of {}, and its system has no prefix6", in_quotes(node.name)),
        fmt::format("add 'prefix6:' to system {}", system.source->name.value));
  }

  void number(size_t index) {
    const System& system = model_.systems[index];
    const net::IpAddress base = system.prefix6->network;
    loopbacks(index);
    std::set<net::IpPrefix> taken;
    for (const Segment& s : model_.segments) {
      if (s.subnet6) taken.insert(*s.subnet6);
    }
    const uint64_t subnets = uint64_t{1} << (kSubnet - system.prefix6->length);
    uint64_t next = gateway_of(model_, index) == kNone ? 1 : 0;
    for (const bool lan : {true, false}) {
      for (Segment& s : model_.segments) {
        if (s.system != index || s.lan() != lan || s.pinned6 || s.damaged6 || s.members.empty()) {
          continue;
        }
        net::IpPrefix subnet;
        do {
          if (next == subnets) {
            problems_.add(system.source->prefix6->at,
                          fmt::format("prefix6 {} of system {} is too small: no /64 is left for {}",
                                      net::to_string(*system.prefix6), name_of(index),
                                      in_quotes(model_.describe(s))),
                          "use a shorter one, such as a /48");
            return;
          }
          subnet = {{base.high + next++, 0}, kSubnet};
        } while (taken.contains(subnet) || delegated(index, subnet) != nullptr);
        s.subnet6 = subnet;
      }
    }
  }

  Model& model_;
  Problems& problems_;
  std::set<size_t> refused_;  // systems whose prefix6 was reported
};

}  // namespace

void carve_subnets6(Model& model, Problems& problems) { Subnets6(model, problems).run(); }

}  // namespace hoplab::topology
