// IPv6 addresses of hosts: pinned ones, then derived ones in the order of IPv4.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

class Addressing6 {
 public:
  Addressing6(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (const Node& node : model_.nodes) {
      if (node.loopback6) taken_.emplace(*node.loopback6, node.name);
    }
    for (const Node& node : model_.nodes) {
      for (const Reservation6& r : node.source->reservations6) {
        reserved_.emplace(r.address.value, r.node.value);
      }
    }
    for (Node& node : model_.nodes) gather_pinned(node);
    for (const Segment& s : model_.segments) pinned(s);
    for (const Segment& s : model_.segments) derived(s);
  }

 private:
  [[nodiscard]] bool speaks(const Node& node) const { return speaks_ipv6(model_, node); }

  void gather_pinned(Node& node) {
    for (const SourceInterface& s : node.source->interfaces) {
      if (!s.address6) continue;
      const auto found = std::ranges::find(node.interfaces, s.name.value, &Interface::name);
      if (found == node.interfaces.end()) continue;  // reported with IPv4
      if (node.role == v1::SWITCH) {
        problems_.add(s.address6->at, "a port of a switch has no address", "remove it");
      } else {
        found->pinned6 = s.address6;
      }
    }
    if (!node.source->address6 || node.interfaces.empty()) return;
    Interface& first = node.interfaces.front();
    if (first.pinned6) {
      problems_.add(
          node.source->address6->at,
          fmt::format("{} of {} has two IPv6 addresses", first.name, in_quotes(node.name)),
          "remove this one or the one in interfaces");
    } else {
      first.pinned6 = node.source->address6;
    }
  }

  void pinned(const Segment& segment) {
    for (const Member& m : segment.members) {
      Node& node = model_.nodes[m.node];
      Interface& interface = node.interfaces[m.interface];
      if (!interface.pinned6) continue;
      const net::IpAddress& address = interface.pinned6->value;
      const auto refuse = [&](std::string message, std::string suggestion) {
        problems_.add(interface.pinned6->at, std::move(message), std::move(suggestion));
      };
      const std::string text =
          fmt::format("address6 {} of {}", net::to_string(address), in_quotes(node.name));
      const std::string& owner = model_.systems[segment.system].source->name.value;
      if (segment.damaged6 || model_.systems[node.system].source->prefix6_damaged) {
        continue;
      }
      if (!segment.subnet6) {
        if (model_.systems[segment.system].prefix6) continue;  // too small, and reported
        refuse(fmt::format("{}, and {} has no IPv6", text, in_quotes(model_.describe(segment))),
               fmt::format("add 'prefix6:' to system {}", owner));
      } else if (!speaks(node)) {
        refuse(fmt::format("{}, and its system has no prefix6", text),
               fmt::format("add 'prefix6:' to system {}",
                           model_.systems[node.system].source->name.value));
      } else if (const Segment* other = taker(segment, address)) {
        problems_.add(
            other->pinned6->at,
            fmt::format("subnet6 {} of {} holds {}, which stands on {}",
                        net::to_string(other->pinned6->value), in_quotes(model_.describe(*other)),
                        text, in_quotes(model_.describe(segment))),
            fmt::format("choose another subnet6, or an address6 of {} for {}",
                        net::to_string(*segment.subnet6), in_quotes(node.name)));
      } else if (!segment.subnet6->contains(address) || address == segment.subnet6->network) {
        const net::IpAddress better{segment.subnet6->network.high,
                                    address.low == 0 ? 1 : address.low};
        refuse(fmt::format("{} is not a host address of {}, the subnet6 of {}", text,
                           net::to_string(*segment.subnet6), in_quotes(model_.describe(segment))),
               is_free(segment, better)
                   ? fmt::format("use {}, or pin the subnet6 too", net::to_string(better))
                   : std::string("choose a free one of it, or pin the subnet6 too"));
      } else if (const Leasing6* lends = segment.lends(address, model_.nodes)) {
        const SourceNode& server = *model_.nodes[lends->server].source;
        refuse(fmt::format("{} is in the pool6 of {}", text, in_quotes(server.name.value)),
               "choose an address outside of the pool, or exclude6 it");
      } else if (const auto kept = reserved_.find(address); kept != reserved_.end()) {
        refuse(fmt::format("{} is reserved for {}", text, in_quotes(kept->second)),
               "choose another address");
      } else if (const auto [first, fresh] = taken_.emplace(address, node.name); !fresh) {
        refuse(fmt::format("duplicate address6 {}: {} has it already", net::to_string(address),
                           in_quotes(first->second)),
               "choose another, or leave it out to have one derived");
      } else {
        interface.address6 = net::IpInterfaceAddress{address, segment.subnet6->length};
      }
    }
  }

  // The other segment whose subnet6 somebody pinned where that address lies.
  [[nodiscard]] const Segment* taker(const Segment& segment, const net::IpAddress& address) const {
    const auto found = std::ranges::find_if(model_.segments, [&](const Segment& s) {
      return &s != &segment && !segment.pinned6 && s.pinned6 && s.subnet6 &&
             s.subnet6->contains(address);
    });
    return found == model_.segments.end() ? nullptr : &*found;
  }

  // Of nobody who has pinned his, reserved for nobody, and lent by no pool.
  [[nodiscard]] bool is_free(const Segment& segment, const net::IpAddress& address) const {
    return segment.lends(address, model_.nodes) == nullptr && !reserved_.contains(address) &&
           std::ranges::none_of(segment.members, [&](const Member& m) {
             const auto& pinned = model_.at(m).pinned6;
             return pinned && pinned->value == address;
           });
  }

  // Routers first, then gateways, then hosts, each in order of the links.
  void derived(const Segment& segment) {
    if (!segment.subnet6) return;
    uint64_t next = 0;
    for (const int turn : {0, 1, 2}) {
      for (const Member& m : segment.members) {
        Node& node = model_.nodes[m.node];
        Interface& interface = node.interfaces[m.interface];
        const int order = node.role == v1::ROUTER ? 0 : node.role == v1::GATEWAY ? 1 : 2;
        if (order != turn || interface.pinned6 || !speaks(node)) continue;
        if (interface.autoconf != Autoconf::kNone && interface.dhcp) continue;
        const auto address = free_after(segment, next);
        // Who finds its address in the lab leaves its number free, so that numbers stay those of
        // IPv4.
        if (interface.autoconf != Autoconf::kNone) continue;
        if (!address) {
          problems_.add(node.source->name.at,
                        fmt::format("the pool6 on {} leaves no address of {} for {}",
                                    in_quotes(model_.describe(segment)),
                                    net::to_string(*segment.subnet6), in_quotes(node.name)),
                        "make the pool smaller");
          return;  // nor for whoever comes next
        }
        taken_.emplace(*address, node.name);
        interface.address6 = net::IpInterfaceAddress{*address, segment.subnet6->length};
      }
    }
  }

  // The next number that nobody has and no pool lends; nothing when the last one was reached.
  [[nodiscard]] std::optional<net::IpAddress> free_after(const Segment& segment,
                                                         uint64_t& number) const {
    while (++number != 0) {
      const net::IpAddress address{segment.subnet6->network.high, number};
      const auto pool = std::ranges::find_if(
          segment.leasing6, [&](const Leasing6& l) { return l.pool.contains(address); });
      if (pool != segment.leasing6.end()) {
        number = pool->pool.last.low;
      } else if (!taken_.contains(address) && !reserved_.contains(address)) {
        return address;
      }
    }
    --number;  // and stays at the end
    return std::nullopt;
  }

  Model& model_;
  Problems& problems_;
  std::map<net::IpAddress, std::string> taken_;
  std::map<net::IpAddress, std::string> reserved_;  // for clients
};

}  // namespace

void assign_addresses6(Model& model, Problems& problems) { Addressing6(model, problems).run(); }

std::optional<net::IpAddress> primary_address6(const Model& model, size_t index) {
  const Node& node = model.nodes[index];
  if (node.loopback6) return node.loopback6;
  if (node.wan != kNone && node.interfaces[node.wan].address6) {
    return node.interfaces[node.wan].address6->address;
  }
  for (const Interface& i : node.interfaces) {
    if (i.address6) return i.address6->address;
  }
  return std::nullopt;
}

}  // namespace hoplab::topology
