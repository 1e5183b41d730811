// Addresses of hosts, DHCP pools, router ids, and which side of a gateway is which.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

AddressRange usable(const net::Prefix& subnet) {
  if (subnet.length >= 31) return {subnet.network, subnet.broadcast()};
  return {{subnet.network.value + 1}, {subnet.broadcast().value - 1}};
}

class Addressing {
 public:
  Addressing(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (Segment& s : model_.segments) find_dhcp_server(s);
    for (size_t i = 0; i < model_.nodes.size(); ++i) choose_dhcp(i);
    for (Segment& s : model_.segments) make_pool(s);
    for (const Node& node : model_.nodes) check_pool(node);
    for (const Node& node : model_.nodes) {
      if (node.loopback) claim(*node.loopback, node.source->name.at, node.name);
    }
    for (Segment& s : model_.segments) pinned(s);
    for (Segment& s : model_.segments) derived(s);
    for (const Node& node : model_.nodes) check_reservations(node);
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

  void find_dhcp_server(Segment& segment) {
    for (const Member& m : segment.members) {
      const Node& node = model_.nodes[m.node];
      if (node.role != v1::DHCP_SERVER) continue;
      if (segment.dhcp_server != kNone) {
        problems_.add(node.source->name.at,
                      fmt::format("{} and {} are two DHCP servers in one LAN", in_quotes(node.name),
                                  in_quotes(model_.nodes[segment.dhcp_server].name)),
                      "remove one of them");
        continue;
      }
      segment.dhcp_server = m.node;
    }
  }

  void choose_dhcp(size_t index) {
    Node& node = model_.nodes[index];
    if (node.role != v1::CLIENT || node.source->mode == AddressMode::kStatic) return;
    for (Interface& interface : node.interfaces) {
      if (interface.pinned || model_.segments[interface.segment].dhcp_server == kNone) continue;
      interface.dhcp = true;
      return;
    }
    if (node.source->mode == AddressMode::kDhcp && !node.incomplete) {
      problems_.add(node.source->address_at,
                    fmt::format("no DHCP server is in the LAN of {}", in_quotes(node.name)),
                    "add a node of role dhcp_server there, or write 'address: static'");
    }
  }

  void make_pool(Segment& segment) {
    if (segment.dhcp_server == kNone || !segment.subnet) return;
    const net::Prefix& subnet = *segment.subnet;
    const AddressRange hosts = usable(subnet);
    const Maybe<AddressRange>& wanted = model_.nodes[segment.dhcp_server].source->pool;
    if (wanted && hosts.contains(wanted->value.first) && hosts.contains(wanted->value.last)) {
      segment.pool = wanted->value;
    } else if (subnet.length <= 24) {
      segment.pool = AddressRange{{subnet.network.value + 100}, {subnet.network.value + 199}};
    } else if (subnet.length <= 30) {
      segment.pool =
          AddressRange{{subnet.network.value + (1U << (31U - subnet.length))}, hosts.last};
    }
    const auto clients = std::count_if(segment.members.begin(), segment.members.end(),
                                       [&](const Member& m) { return model_.at(m).dhcp; });
    const uint64_t room =
        segment.pool ? uint64_t{segment.pool->last.value} - segment.pool->first.value + 1 : 0;
    if (room < static_cast<uint64_t>(clients)) {
      problems_.add(wanted ? wanted->at : segment.at,
                    fmt::format("the DHCP pool on {} has {} addresses for {} clients",
                                in_quotes(model_.describe(segment)), room, clients),
                    "make the pool or the subnet larger");
    }
  }

  void check_pool(const Node& node) {
    if (!node.source->pool) return;
    std::string subnets;
    for (const Interface& i : node.interfaces) {
      const Segment& segment = model_.segments[i.segment];
      if (!segment.subnet) return;
      const AddressRange hosts = usable(*segment.subnet);
      if (hosts.contains(node.source->pool->value.first) &&
          hosts.contains(node.source->pool->value.last)) {
        return;
      }
      subnets += (subnets.empty() ? "" : ", ") + net::to_string(*segment.subnet);
    }
    if (subnets.empty()) return;
    problems_.add(
        node.source->pool->at,
        fmt::format("the pool of {} is outside of its subnet {}", in_quotes(node.name), subnets),
        "choose addresses inside of it, or leave pool out");
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
      if (segment.pool && segment.pool->contains(address)) {
        problems_.add(
            interface.pinned->at,
            fmt::format("address {} of {} is inside the DHCP pool {}-{}", net::to_string(address),
                        in_quotes(name), net::to_string(segment.pool->first),
                        net::to_string(segment.pool->last)),
            "choose one outside of it");
        continue;
      }
      if (claim(address, interface.pinned->at, name)) {
        interface.address = net::InterfaceAddress{address, segment.subnet->length};
      }
    }
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
          if (segment.pool && segment.pool->contains(address)) next = segment.pool->last.value;
          ++next;
        } while (taken_.contains(address) || (segment.pool && segment.pool->contains(address)));
        taken_.emplace(address, node.name);
        interface.address = net::InterfaceAddress{address, segment.subnet->length};
      }
    }
  }

  void check_reservations(const Node& node) {
    for (const Reservation& r : node.source->reservations) {
      const size_t client = require_node(model_, r.node, "reservation", problems_);
      if (client == kNone || node.interfaces.empty()) continue;
      const auto served = [&](const Interface& i) {
        return i.dhcp && &model_.nodes[model_.segments[i.segment].dhcp_server] == &node;
      };
      const auto& interfaces = model_.nodes[client].interfaces;
      const auto found = std::find_if(interfaces.begin(), interfaces.end(), served);
      if (found == interfaces.end()) {
        problems_.add(r.node.at,
                      fmt::format("{} gets no address from {}", in_quotes(r.node.value),
                                  in_quotes(node.name)),
                      "reserve for clients of this LAN that use DHCP");
        continue;
      }
      const Segment& segment = model_.segments[found->segment];
      if (segment.subnet && !usable(*segment.subnet).contains(r.address.value)) {
        problems_.add(r.address.at,
                      fmt::format("reservation {} is outside of {}",
                                  net::to_string(r.address.value), net::to_string(*segment.subnet)),
                      "choose one inside of it");
        continue;
      }
      claim(r.address.value, r.address.at, r.node.value);
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
