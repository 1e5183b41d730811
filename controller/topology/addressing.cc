// Addresses of hosts, router ids, and which side of a gateway is which.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

class Addressing {
 public:
  Addressing(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (const Node& node : model_.nodes) {
      if (node.loopback) claim(*node.loopback, node.source->name.at, node.name);
    }
    for (Segment& s : model_.segments) pinned(s);
    for (Segment& s : model_.segments) derived(s);
    for (const Node& node : model_.nodes) {
      for (const Reservation& r : node.source->reservations) {
        if (model_.find(r.node.value) != kNone) claim(r.address.value, r.address.at, r.node.value);
      }
    }
    router_ids();
    for (Node& node : model_.nodes) {
      if (node.role == v1::GATEWAY) sides(node);
    }
  }

 private:
  // False, and reported, when somebody has it already.
  bool claim(net::Ipv4 address, Place at, const std::string& who) {
    const auto [first, fresh] = taken_.emplace(address, who);
    if (!fresh) {
      problems_.add(at,
                    fmt::format("duplicate address {}: {} has it already", net::to_string(address),
                                in_quotes(first->second)),
                    "choose another, or leave it out to have one derived");
    }
    return fresh;
  }

  void pinned(const Segment& segment) {
    for (const Member& m : segment.members) {
      Interface& interface = model_.nodes[m.node].interfaces[m.interface];
      if (!interface.pinned) continue;
      const net::Ipv4 address = interface.pinned->value;
      const std::string& name = model_.nodes[m.node].name;
      if (!segment.subnet) {
        claim(address, interface.pinned->at, name);
        continue;
      }
      const AddressRange hosts = usable(*segment.subnet);
      if (!hosts.contains(address)) {
        problems_.add(
            interface.pinned->at,
            fmt::format("address {} of {} is not a host address of {}, the subnet of {}",
                        net::to_string(address), in_quotes(name), net::to_string(*segment.subnet),
                        in_quotes(model_.describe(segment))),
            fmt::format("use {} to {}, or pin the subnet too", net::to_string(hosts.first),
                        net::to_string(hosts.last)));
        continue;
      }
      if (const Leasing* lent = segment.lends(address, model_.nodes)) {
        problems_.add(
            interface.pinned->at,
            fmt::format("address {} of {} is inside the DHCP pool {}-{}", net::to_string(address),
                        in_quotes(name), net::to_string(lent->pool->first),
                        net::to_string(lent->pool->last)),
            fmt::format("choose one outside of it, or add 'exclude: [{}]' to {}",
                        net::to_string(address), in_quotes(model_.nodes[lent->server].name)));
        continue;
      }
      if (claim(address, interface.pinned->at, name)) {
        interface.address = net::InterfaceAddress{address, segment.subnet->length};
      }
    }
  }

  // Excluded or not: what is derived stays clear of pools.
  static const Leasing* pool_of(const Segment& segment, net::Ipv4 address) {
    const auto found = std::ranges::find_if(
        segment.leasing, [&](const Leasing& l) { return l.pool && l.pool->contains(address); });
    return found == segment.leasing.end() ? nullptr : &*found;
  }

  // Routers first, then gateways, then hosts, each in order of the links.
  void derived(const Segment& segment) {
    if (!segment.subnet) return;
    const AddressRange hosts = usable(*segment.subnet);
    uint64_t next = hosts.first.value;
    for (const int turn : {0, 1, 2}) {
      for (const Member& m : segment.members) {
        Node& node = model_.nodes[m.node];
        Interface& interface = node.interfaces[m.interface];
        const int order = node.role == v1::ROUTER ? 0 : node.role == v1::GATEWAY ? 1 : 2;
        if (order != turn || interface.pinned || interface.dhcp) continue;
        net::Ipv4 address{};
        bool pooled = false;
        do {
          if (next > hosts.last.value) {
            problems_.add(segment.pinned ? segment.pinned->at : segment.at,
                          fmt::format("subnet {} of {} is too small: no address is left for {}",
                                      net::to_string(*segment.subnet),
                                      in_quotes(model_.describe(segment)), in_quotes(node.name)),
                          "use a shorter prefix or a smaller DHCP pool");
            return;
          }
          address = net::Ipv4{static_cast<uint32_t>(next)};
          const Leasing* lent = pool_of(segment, address);
          pooled = lent != nullptr;
          if (pooled) next = lent->pool->last.value;
          ++next;
        } while (taken_.contains(address) || pooled);
        taken_.emplace(address, node.name);
        interface.address = net::InterfaceAddress{address, segment.subnet->length};
      }
    }
  }

  void router_ids() {
    std::map<net::Ipv4, std::string> ids;
    for (Node& node : model_.nodes) {
      if (node.role != v1::ROUTER) continue;
      const Maybe<net::Ipv4>& wanted = node.source->router_id;
      node.router_id = wanted ? std::optional(wanted->value) : node.loopback;
      if (!node.router_id) continue;
      const auto [first, fresh] = ids.emplace(*node.router_id, node.name);
      if (fresh) continue;
      problems_.add(
          wanted ? wanted->at : node.source->name.at,
          fmt::format("router id {} of {} is that of {} already", net::to_string(*node.router_id),
                      in_quotes(node.name), in_quotes(first->second)),
          "leave router_id out to have the loopback used");
    }
  }

  // A gateway's WAN is the interface with a router at the other end; the other one is its LAN.
  void sides(Node& node) {
    if (node.incomplete || node.interfaces.empty()) return;
    if (node.interfaces.size() != 2) {
      problems_.add(
          node.source->name.at,
          fmt::format("gateway {} has {} links", in_quotes(node.name), node.interfaces.size()),
          "a gateway has one link to its LAN and one to a router");
      return;
    }
    std::vector<size_t> outside;
    for (size_t i = 0; i < 2; ++i) {
      if (node.source->wan) {
        if (node.interfaces[i].name == node.source->wan->value) outside.push_back(i);
        continue;
      }
      const auto& members = model_.segments[node.interfaces[i].segment].members;
      if (std::any_of(members.begin(), members.end(),
                      [&](const Member& m) { return model_.nodes[m.node].role == v1::ROUTER; })) {
        outside.push_back(i);
      }
    }
    if (outside.size() != 1) {
      if (node.source->wan) {
        problems_.add(
            node.source->wan->at,
            fmt::format("gateway {} has no interface {}", in_quotes(node.name),
                        in_quotes(node.source->wan->value)),
            fmt::format("it has {} and {}", node.interfaces[0].name, node.interfaces[1].name));
      } else {
        problems_.add(
            node.source->name.at,
            fmt::format("gateway {} has {} links to routers", in_quotes(node.name), outside.size()),
            "link one side to a router, or name it with 'wan: INTERFACE'");
      }
      return;
    }
    node.wan = outside.front();
    node.lan = 1 - node.wan;
  }

  Model& model_;
  Problems& problems_;
  std::map<net::Ipv4, std::string> taken_;
};

}  // namespace

void assign_addresses(Model& model, Problems& problems) { Addressing(model, problems).run(); }

AddressRange usable(const net::Prefix& subnet) {
  if (subnet.length >= 31) return {subnet.network, subnet.broadcast()};
  return {{subnet.network.value + 1}, {subnet.broadcast().value - 1}};
}

std::optional<net::Ipv4> primary_address(const Model& model, size_t index) {
  const Node& node = model.nodes[index];
  if (node.loopback) return node.loopback;
  if (node.wan != kNone && node.interfaces[node.wan].address) {
    return node.interfaces[node.wan].address->address;
  }
  for (const Interface& i : node.interfaces) {
    if (i.address) return i.address->address;
  }
  return std::nullopt;
}

}  // namespace hoplab::topology
