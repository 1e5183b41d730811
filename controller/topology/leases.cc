// Who gets an address by DHCP, from which server, through which relay, and out of which pool.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

uint64_t size_of(const AddressRange& range) {
  return uint64_t{range.last.value} - range.first.value + 1;
}

bool excluded(const Node& server, net::Ipv4 address) {
  return std::ranges::any_of(server.source->exclude,
                             [&](const auto& part) { return part.value.contains(address); });
}

class Leases {
 public:
  Leases(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (Segment& s : model_.segments) find_servers(s);
    for (size_t i = 0; i < model_.nodes.size(); ++i) find_relayed(i);
    for (size_t i = 0; i < model_.nodes.size(); ++i) choose_clients(i);
    for (Segment& s : model_.segments) make_pools(s);
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (model_.nodes[i].role != v1::DHCP_SERVER) continue;
      check_inside(i);
      check_timers(*model_.nodes[i].source);
      check_reservations(i);
    }
  }

 private:
  void find_servers(Segment& segment) {
    for (const Member& m : segment.members) {
      if (model_.nodes[m.node].role == v1::DHCP_SERVER)
        segment.leasing.push_back({m.node, kNone, std::nullopt});
    }
  }

  // A client that does not insist on another way to its address.
  [[nodiscard]] bool may_ask(const Member& m) const {
    const Node& node = model_.nodes[m.node];
    return node.role == v1::CLIENT && node.source->mode != AddressMode::kStatic &&
           !model_.at(m).pinned;
  }

  // A router relays for its LANs that have clients and no server of their own.
  void find_relayed(size_t index) {
    const Node& router = model_.nodes[index];
    if (router.source->relay.empty()) return;
    std::vector<size_t> servers;
    for (const Name& name : router.source->relay) {
      const size_t server = require_node(model_, name, "relay", problems_);
      if (server == kNone) return;
      const Node& node = model_.nodes[server];
      if (node.role != v1::DHCP_SERVER) {
        if (node.role == v1::ROLE_UNSPECIFIED) return;
        problems_.add(name.at,
                      fmt::format("{} leases no addresses: it is a {}", in_quotes(name.value),
                                  role_name(node.role)),
                      "relay to a node of role dhcp_server");
        return;
      }
      servers.push_back(server);
    }
    bool any = false;
    for (const Interface& interface : router.interfaces) {
      Segment& segment = model_.segments[interface.segment];
      const bool asked =
          std::ranges::any_of(segment.members, [&](const Member& m) { return may_ask(m); });
      const bool served =
          std::ranges::any_of(segment.leasing, [](const Leasing& l) { return l.relay == kNone; });
      if (!asked || served) continue;
      any = true;
      for (const size_t server : servers) {
        const bool there = std::ranges::any_of(
            segment.leasing, [&](const Leasing& l) { return l.server == server; });
        if (!there) segment.leasing.push_back({server, index, std::nullopt});
      }
    }
    const bool perhaps6 = std::ranges::any_of(servers, [&](size_t server) {
      const SourceNode& source = *model_.nodes[server].source;
      return source.pool6 || source.pool6_damaged;
    });
    if (!any && !router.incomplete && !perhaps6) {
      refuse_relay(router, problems_);
    }
  }

  void choose_clients(size_t index) {
    Node& node = model_.nodes[index];
    if (node.role != v1::CLIENT || node.source->mode == AddressMode::kStatic) return;
    for (Interface& interface : node.interfaces) {
      if (interface.pinned || model_.segments[interface.segment].leasing.empty()) continue;
      interface.dhcp = true;
      interface.bootp = node.source->mode == AddressMode::kBootp;
      return;
    }
    if (node.source->mode != AddressMode::kDerived && !node.incomplete) {
      problems_.add(node.source->address_at,
                    fmt::format("no DHCP server is in the LAN of {}", in_quotes(node.name)),
                    "add a node of role dhcp_server there, a router with 'relay: [SERVER]', or "
                    "write 'address: static'");
    }
  }

  // .100 to .199, or the upper half of a small subnet; servers of one LAN share it.
  static std::optional<AddressRange> derived_pool(const net::Prefix& subnet, size_t turn,
                                                  size_t turns) {
    AddressRange whole{};
    if (subnet.length <= 24) {
      whole = {{subnet.network.value + 100}, {subnet.network.value + 199}};
    } else if (subnet.length <= 30) {
      whole = {{subnet.network.value + (1U << (31U - subnet.length))}, usable(subnet).last};
    } else {
      return std::nullopt;
    }
    const auto share = static_cast<uint32_t>(size_of(whole) / turns);
    if (share == 0) return std::nullopt;
    const auto first = static_cast<uint32_t>(whole.first.value + turn * share);
    return AddressRange{{first}, {first + share - 1}};
  }

  void make_pools(Segment& segment) {
    if (segment.leasing.empty() || !segment.subnet) return;
    const AddressRange hosts = usable(*segment.subnet);
    uint64_t room = 0;
    for (size_t i = 0; i < segment.leasing.size(); ++i) {
      Leasing& leasing = segment.leasing[i];
      const Maybe<AddressRange>& wanted = model_.nodes[leasing.server].source->pool;
      if (wanted && hosts.contains(wanted->value.first) && hosts.contains(wanted->value.last)) {
        leasing.pool = wanted->value;
      } else {
        leasing.pool = derived_pool(*segment.subnet, i, segment.leasing.size());
      }
      if (!leasing.pool) continue;
      for (size_t j = 0; j < i; ++j) check_overlap(segment, segment.leasing[j], leasing);
      room += free_in(leasing);
    }
    const auto clients =
        std::ranges::count_if(segment.members, [&](const Member& m) { return model_.at(m).dhcp; });
    if (room >= static_cast<uint64_t>(clients)) return;
    const SourceNode& first = *model_.nodes[segment.leasing.front().server].source;
    problems_.add(first.pool ? first.pool->at : segment.at,
                  fmt::format("the DHCP pool on {} has {} addresses for {} clients",
                              in_quotes(model_.describe(segment)), room, clients),
                  "make the pool or the subnet larger");
  }

  [[nodiscard]] uint64_t free_in(const Leasing& leasing) const {
    const Node& server = model_.nodes[leasing.server];
    if (server.source->exclude.empty()) return size_of(*leasing.pool);
    uint64_t free = 0;
    uint64_t next = leasing.pool->first.value;
    while (next <= leasing.pool->last.value) {
      const net::Ipv4 address{static_cast<uint32_t>(next)};
      uint64_t past = 0;  // the end of what excludes it
      for (const auto& part : server.source->exclude) {
        if (part.value.contains(address)) past = std::max<uint64_t>(past, part.value.last.value);
      }
      if (past == 0) ++free;
      next = std::max(next, past) + 1;
    }
    return free;
  }

  void check_overlap(const Segment& segment, const Leasing& a, const Leasing& b) {
    if (!a.pool || a.pool->first > b.pool->last || b.pool->first > a.pool->last) return;
    const Node& first = model_.nodes[a.server];
    const Node& second = model_.nodes[b.server];
    const Node& told = second.source->pool || !first.source->pool ? second : first;
    problems_.add(told.source->pool ? told.source->pool->at : told.source->name.at,
                  fmt::format("pool {}-{} of {} overlaps {}-{} of {}, the other DHCP server on {}",
                              net::to_string(b.pool->first), net::to_string(b.pool->last),
                              in_quotes(second.name), net::to_string(a.pool->first),
                              net::to_string(a.pool->last), in_quotes(first.name),
                              in_quotes(model_.describe(segment))),
                  "servers of one LAN know nothing of each other: give each a part of its own");
  }

  // Pool, exclusions and reservations of a server, in some subnet that it serves.
  void check_inside(size_t index) {
    const SourceNode& source = *model_.nodes[index].source;
    std::string subnets;
    std::vector<AddressRange> served;
    for (const Segment& segment : model_.segments) {
      const bool ours =
          std::ranges::any_of(segment.leasing, [&](const Leasing& l) { return l.server == index; });
      if (!ours) continue;
      if (!segment.subnet) return;
      served.push_back(usable(*segment.subnet));
      subnets += (subnets.empty() ? "" : ", ") + net::to_string(*segment.subnet);
    }
    if (served.empty()) return;
    const auto inside = [&](const AddressRange& range) {
      return std::ranges::any_of(served, [&](const AddressRange& hosts) {
        return hosts.contains(range.first) && hosts.contains(range.last);
      });
    };
    if (source.pool && !inside(source.pool->value)) {
      problems_.add(source.pool->at,
                    fmt::format("the pool of {} is outside of its subnet {}",
                                in_quotes(source.name.value), subnets),
                    "choose addresses inside of it, or leave pool out");
    }
    for (const auto& part : source.exclude) {
      if (inside(part.value)) continue;
      problems_.add(part.at,
                    fmt::format("exclusion {} is outside of {}, the subnet of {}",
                                part.value.first == part.value.last
                                    ? net::to_string(part.value.first)
                                    : fmt::format("{}-{}", net::to_string(part.value.first),
                                                  net::to_string(part.value.last)),
                                subnets, in_quotes(source.name.value)),
                    "exclude addresses of the pool");
    }
  }

  // T1 < T2 < lease (RFC 2131, section 4.4.5); what is not given has the standard's share.
  void check_timers(const SourceNode& source) {
    const uint32_t lease = source.lease_seconds;
    const uint32_t t2 = source.rebind_seconds ? source.rebind_seconds->value : lease / 8 * 7;
    if (source.rebind_seconds && t2 >= lease) {
      problems_.add(source.rebind_seconds->at,
                    fmt::format("rebind {} s is not before the end of the lease, {} s", t2, lease),
                    "renew < rebind < lease");
    } else if (source.renew_seconds && source.renew_seconds->value >= t2) {
      problems_.add(
          source.renew_seconds->at,
          fmt::format("renew {} s is not before rebind, {} s", source.renew_seconds->value, t2),
          "renew < rebind < lease");
    }
  }

  void check_reservations(size_t index) {
    const Node& node = model_.nodes[index];
    for (const Reservation& r : node.source->reservations) {
      const size_t client = require_node(model_, r.node, "reservation", problems_);
      if (client == kNone || node.interfaces.empty()) continue;
      const auto served = [&](const Interface& i) {
        return i.dhcp && std::ranges::any_of(model_.segments[i.segment].leasing,
                                             [&](const Leasing& l) { return l.server == index; });
      };
      const auto& interfaces = model_.nodes[client].interfaces;
      const auto found = std::ranges::find_if(interfaces, served);
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
      }
    }
  }

  Model& model_;
  Problems& problems_;
};

}  // namespace

void refuse_relay(const Node& router, Problems& problems) {
  problems.add(router.source->relay.front().at,
               fmt::format("{} has nobody to relay for: no client without a DHCP server is in its "
                           "LANs",
                           in_quotes(router.name)),
               "leave relay out, or link a client there");
}

const Leasing* Segment::lends(net::Ipv4 address, const std::vector<Node>& nodes) const {
  const auto found = std::ranges::find_if(leasing, [&](const Leasing& l) {
    return l.pool && l.pool->contains(address) && !excluded(nodes[l.server], address);
  });
  return found == leasing.end() ? nullptr : &*found;
}

void serve_leases(Model& model, Problems& problems) { Leases(model, problems).run(); }

}  // namespace hoplab::topology
