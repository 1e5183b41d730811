// Who finds its IPv6 address itself (SLAAC), who is given it by DHCPv6, and out of which pool.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

class Leases6 {
 public:
  Leases6(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) take_pool(i);
    for (size_t i = 0; i < model_.nodes.size(); ++i) find_relayed(i);
    for (Node& node : model_.nodes) choose(node);
    for (size_t i = 0; i < model_.nodes.size(); ++i) place_pool(i);
    for (const Segment& segment : model_.segments) check_pools(segment);
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (model_.nodes[i].role != v1::DHCP_SERVER) continue;
      check_needless(*model_.nodes[i].source);
      check_excluded(i);
      check_reservations(i);
    }
  }

 private:
  [[nodiscard]] bool damaged(const Node& node) const {
    return node.incomplete || model_.systems[node.system].source->prefix6_damaged ||
           std::ranges::any_of(node.interfaces, [&](const Interface& i) {
             return model_.segments[i.segment].damaged6;
           });
  }

  [[nodiscard]] std::string lan_of(const Interface& interface) const {
    return in_quotes(model_.describe(model_.segments[interface.segment]));
  }
  [[nodiscard]] const std::string& system_of(const Interface& interface) const {
    return model_.systems[model_.segments[interface.segment].system].source->name.value;
  }

  // Who tells hosts there about prefix and way out.
  [[nodiscard]] bool has_router(const Segment& segment) const {
    return std::ranges::any_of(segment.members, [&](const Member& m) {
      const Node& node = model_.nodes[m.node];
      const bool leads_out =
          node.role == v1::ROUTER || (node.role == v1::GATEWAY && node.lan == m.interface);
      return leads_out && speaks_ipv6(model_, node);
    });
  }

  [[nodiscard]] static bool inside(const Segment& segment, const Address6Range& range) {
    return segment.subnet6 && segment.subnet6->contains(range.first) &&
           segment.subnet6->contains(range.last);
  }

  // A server's pool is of that one of its LANs in whose subnet6 it lies.
  void take_pool(size_t index) {
    const Node& node = model_.nodes[index];
    if (!node.source->pool6 || damaged(node)) return;
    for (const Interface& i : node.interfaces) {
      Segment& segment = model_.segments[i.segment];
      if (!inside(segment, node.source->pool6->value)) continue;
      if (has_router(segment)) {
        segment.leasing6.push_back({index, kNone, node.source->pool6->value});
      } else {
        problems_.add(node.source->pool6->at,
                      fmt::format("pool6 of {}, and no router on {} tells hosts prefix and way out",
                                  in_quotes(node.name), lan_of(i)),
                      "link a router to it, or leave pool6 out");
      }
      return;
    }
  }

  static bool pinned(const Node& node, const Interface& interface) {
    return std::ranges::any_of(node.source->interfaces, [&](const auto& s) {
      return s.address6 && s.name.value == interface.name;
    });
  }

  // A client that takes what the LAN has, or wants DHCPv6.
  [[nodiscard]] bool may_ask(const Member& m) const {
    const Node& node = model_.nodes[m.node];
    return node.role == v1::CLIENT && !pinned(node, model_.at(m)) && speaks_ipv6(model_, node) &&
           (node.source->mode6 == Address6Mode::kDerived ||
            node.source->mode6 == Address6Mode::kDhcp);
  }

  // Relays ask it at an address of its own.
  [[nodiscard]] bool has_subnet6(size_t node) const {
    return std::ranges::any_of(model_.nodes[node].interfaces, [&](const Interface& i) {
      return model_.segments[i.segment].subnet6.has_value();
    });
  }

  // A router relays for its LANs that have such clients and no server of their own.
  void find_relayed(size_t index) {
    const Node& router = model_.nodes[index];
    std::vector<size_t> servers;
    for (const Name& name : router.source->relay) {
      const size_t server = model_.find(name.value);
      if (server == kNone || model_.nodes[server].role != v1::DHCP_SERVER) return;
      if (model_.nodes[server].source->pool6_damaged) return;
      if (model_.nodes[server].source->pool6 && has_subnet6(server)) servers.push_back(server);
    }
    if (servers.empty() || damaged(router) || !speaks_ipv6(model_, router)) return;
    bool any = false;
    for (const Interface& interface : router.interfaces) {
      Segment& segment = model_.segments[interface.segment];
      any = any || std::ranges::any_of(segment.leasing,
                                       [&](const Leasing& l) { return l.relay == index; });
      const bool asked =
          std::ranges::any_of(segment.members, [&](const Member& m) { return may_ask(m); });
      const bool served =
          std::ranges::any_of(segment.leasing6, [](const Leasing6& l) { return l.relay == kNone; });
      if (!segment.subnet6 || !asked || served) continue;
      for (size_t i = 0; i < servers.size(); ++i) {
        const bool there = std::ranges::any_of(
            segment.leasing6, [&](const Leasing6& l) { return l.server == servers[i]; });
        // Who is in the LAN and lends nothing there is not asked to by way of a relay.
        const bool linked = std::ranges::any_of(
            segment.members, [&](const Member& m) { return m.node == servers[i]; });
        if (there || linked) continue;
        any = true;
        const Address6Range& wanted = model_.nodes[servers[i]].source->pool6->value;
        segment.leasing6.push_back(
            {servers[i], index,
             inside(segment, wanted) ? wanted : derived_pool(segment, i, servers.size())});
      }
    }
    if (!any) refuse_relay(router, problems_);
  }

  // ::1000 to ::1fff; servers of one LAN share it.
  static Address6Range derived_pool(const Segment& segment, size_t turn, size_t turns) {
    const uint64_t share = 0x1000 / turns;
    const uint64_t first = 0x1000 + turn * share;
    return {{segment.subnet6->network.high, first},
            {segment.subnet6->network.high, first + share - 1}};
  }

  // What nobody is given anything out of.
  void place_pool(size_t index) {
    const Node& node = model_.nodes[index];
    if (!node.source->pool6 || damaged(node) || node.interfaces.empty()) return;
    const Address6Range& pool = node.source->pool6->value;
    const Place& at = node.source->pool6->at;
    std::string subnets;
    for (const Segment& segment : model_.segments) {
      const bool ours = std::ranges::any_of(segment.leasing6,
                                            [&](const Leasing6& l) { return l.server == index; });
      const bool linked = std::ranges::any_of(node.interfaces, [&](const Interface& i) {
        return &model_.segments[i.segment] == &segment;
      });
      if ((!ours && !linked) || !segment.subnet6) continue;
      if (inside(segment, pool)) return;
      if (!subnets.empty()) subnets += ", ";
      subnets += net::to_string(*segment.subnet6);
    }
    if (subnets.empty()) {
      problems_.add(at,
                    fmt::format("pool6 of {}, and {} has no IPv6", in_quotes(node.name),
                                lan_of(node.interfaces.front())),
                    fmt::format("add 'prefix6:' to system {}", system_of(node.interfaces.front())));
    } else {
      problems_.add(
          at,
          fmt::format("pool6 {}-{} of {} is outside of its subnet6 {}", net::to_string(pool.first),
                      net::to_string(pool.last), in_quotes(node.name), subnets),
          "choose addresses inside of it");
    }
  }

  static std::string text_of(const Address6Range& range) {
    if (range.first == range.last) return net::to_string(range.first);
    return fmt::format("{}-{}", net::to_string(range.first), net::to_string(range.last));
  }

  // Of one LAN: they do not overlap, and are large enough together.
  void check_pools(const Segment& segment) {
    uint64_t room = 0;
    for (size_t i = 0; i < segment.leasing6.size(); ++i) {
      const Leasing6& b = segment.leasing6[i];
      const Node& second = model_.nodes[b.server];
      for (size_t j = 0; j < i; ++j) {
        const Leasing6& a = segment.leasing6[j];
        if (a.pool.first > b.pool.last || b.pool.first > a.pool.last) continue;
        problems_.add(second.source->pool6->at,
                      fmt::format("pool6 {} of {} overlaps {} of {}, the other DHCPv6 server on {}",
                                  text_of(b.pool), in_quotes(second.name), text_of(a.pool),
                                  in_quotes(model_.nodes[a.server].name),
                                  in_quotes(model_.describe(segment))),
                      "servers of one LAN know nothing of each other: give each a part of its own");
      }
      room += free_in(b);
    }
    const auto clients =
        static_cast<uint64_t>(std::ranges::count_if(segment.members, [&](const Member& m) {
          return model_.at(m).autoconf == Autoconf::kDhcpv6;
        }));
    if (segment.leasing6.empty() || room >= clients) return;
    problems_.add(model_.nodes[segment.leasing6.front().server].source->pool6->at,
                  fmt::format("the pool6 on {} has {} addresses for {} clients",
                              in_quotes(model_.describe(segment)), room, clients),
                  "make the pool larger, or exclude less");
  }

  // Of a pool's addresses those that are not excluded; more than anybody counts, at most.
  [[nodiscard]] uint64_t free_in(const Leasing6& leasing) const {
    constexpr uint64_t kPlenty = 1U << 20U;
    const auto& excluded = model_.nodes[leasing.server].source->exclude6;
    uint64_t free = 0;
    uint64_t next = leasing.pool.first.low;
    while (free < kPlenty) {
      const net::IpAddress address{leasing.pool.first.high, next};
      // One that is not of the pool is refused for itself.
      const auto part = std::ranges::find_if(excluded, [&](const auto& range) {
        return range.value.contains(address) && leasing.pool.contains(range.value.first) &&
               leasing.pool.contains(range.value.last);
      });
      const uint64_t past = part == excluded.end() ? next : part->value.last.low;
      if (part == excluded.end()) ++free;
      if (past >= leasing.pool.last.low) break;
      next = past + 1;
    }
    return free;
  }

  // What says how a pool is lent from, where there is none.
  void check_needless(const SourceNode& source) {
    if (source.pool6 || source.pool6_damaged) return;
    const auto refuse = [&](const Place& at, std::string_view key) {
      problems_.add(at,
                    fmt::format("{} of {}, which has no pool6", key, in_quotes(source.name.value)),
                    fmt::format("add 'pool6: FIRST-LAST', or leave {} out", key));
    };
    if (!source.exclude6.empty()) refuse(source.exclude6.front().at, "exclude6");
    if (source.preference6) refuse(source.preference6->at, "preference6");
    if (!source.reservations6.empty()) {
      refuse(source.reservations6.front().address.at, "reservations6");
    }
  }

  void check_excluded(size_t index) {
    const SourceNode& source = *model_.nodes[index].source;
    std::string pools;
    std::vector<Address6Range> lent;
    for (const Segment& segment : model_.segments) {
      for (const Leasing6& leasing : segment.leasing6) {
        if (leasing.server != index) continue;
        lent.push_back(leasing.pool);
        pools += (pools.empty() ? "" : ", ") + text_of(leasing.pool);
      }
    }
    if (lent.empty()) return;
    for (const auto& part : source.exclude6) {
      const bool inside = std::ranges::any_of(lent, [&](const Address6Range& pool) {
        return pool.contains(part.value.first) && pool.contains(part.value.last);
      });
      if (inside) continue;
      problems_.add(part.at,
                    fmt::format("exclusion {} is outside of {}, the pool6 of {}",
                                text_of(part.value), pools, in_quotes(source.name.value)),
                    "exclude addresses of the pool");
    }
  }

  void check_reservations(size_t index) {
    const Node& node = model_.nodes[index];
    if (!node.source->pool6) return;
    for (const Reservation6& r : node.source->reservations6) {
      const auto [first, fresh] = kept_.emplace(r.address.value, r.node.value);
      if (!fresh && first->second != r.node.value) {  // of this server, or of another
        problems_.add(r.address.at,
                      fmt::format("{} is reserved for {} already", net::to_string(r.address.value),
                                  in_quotes(first->second)),
                      "choose another address");
      }
      const size_t client = require_node(model_, r.node, "reservation", problems_);
      if (client == kNone || damaged(node) || damaged(model_.nodes[client])) continue;
      const auto& interfaces = model_.nodes[client].interfaces;
      const auto served = std::ranges::find_if(interfaces, [&](const Interface& i) {
        return i.autoconf == Autoconf::kDhcpv6 &&
               std::ranges::any_of(model_.segments[i.segment].leasing6,
                                   [&](const Leasing6& l) { return l.server == index; });
      });
      if (served == interfaces.end()) {
        problems_.add(r.node.at,
                      fmt::format("{} gets no IPv6 address from {}", in_quotes(r.node.value),
                                  in_quotes(node.name)),
                      "reserve for clients of this LAN that use DHCPv6");
        continue;
      }
      const Segment& segment = model_.segments[served->segment];
      const auto other = std::ranges::find_if(segment.leasing6, [&](const Leasing6& l) {
        return l.server != index && l.pool.contains(r.address.value);
      });
      if (other != segment.leasing6.end()) {
        problems_.add(r.address.at,
                      fmt::format("{} is in the pool6 of {}, the other DHCPv6 server there",
                                  net::to_string(r.address.value),
                                  in_quotes(model_.nodes[other->server].name)),
                      "choose an address outside of that pool");
        continue;
      }
      const net::IpPrefix& subnet = *segment.subnet6;
      if (subnet.contains(r.address.value) && r.address.value != subnet.network) continue;
      problems_.add(r.address.at,
                    fmt::format("reservation {} is outside of {}", net::to_string(r.address.value),
                                net::to_string(subnet)),
                    "choose one inside of it");
    }
  }

  // The first interface of a client where a router advertises; as it asks for, or as the LAN has
  // it.
  void choose(Node& node) {
    if (node.role != v1::CLIENT || node.source->mode6 == Address6Mode::kStatic) return;
    const bool asked = node.source->mode6 != Address6Mode::kDerived;
    if (asked && refuse(node)) return;
    if (!speaks_ipv6(model_, node)) return;
    for (Interface& i : node.interfaces) {
      const Segment& segment = model_.segments[i.segment];
      if (pinned(node, i) || !segment.subnet6 || !has_router(segment)) continue;
      i.autoconf = segment.managed6() ? Autoconf::kDhcpv6 : Autoconf::kSlaac;
      return;
    }
  }

  // What it asks for cannot be; reported, unless the cause was.
  bool refuse(const Node& node) {
    if (damaged(node) || node.interfaces.empty()) return true;
    const Interface& first = node.interfaces.front();
    const Segment& segment = model_.segments[first.segment];
    const bool slaac = node.source->mode6 == Address6Mode::kSlaac;
    const auto told = [&](std::string why, std::string suggestion) {
      problems_.add(node.source->address6_at,
                    fmt::format("{} wants its IPv6 address by {}, and {}", in_quotes(node.name),
                                slaac ? "SLAAC" : "DHCPv6", why),
                    std::move(suggestion));
      return true;
    };
    if (!segment.subnet6 || !speaks_ipv6(model_, node)) {
      return told(fmt::format("{} has no IPv6", lan_of(first)),
                  fmt::format("add 'prefix6:' to system {}", system_of(first)));
    }
    if (!has_router(segment)) {
      return told(fmt::format("no router on {} advertises a prefix", lan_of(first)),
                  "link a router to it, or write 'address6: static'");
    }
    if (slaac && segment.managed6()) {
      return told(
          fmt::format("{} manages the addresses on {}",
                      in_quotes(model_.nodes[segment.leasing6.front().server].name), lan_of(first)),
          "leave address6 out, or pool6 of the server");
    }
    if (!slaac && !segment.managed6()) {
      const bool reported = std::ranges::any_of(segment.members, [&](const Member& m) {
        const SourceNode& server = *model_.nodes[m.node].source;
        return server.pool6 || server.pool6_damaged;
      });
      return reported || told(fmt::format("no DHCPv6 server is on {}", lan_of(first)),
                              "give a dhcp_server there a pool6");
    }
    return false;
  }

  Model& model_;
  Problems& problems_;
  std::map<net::IpAddress, std::string> kept_;  // reserved, and for whom
};

}  // namespace

// What stands in a system with a number of its own has IPv6 only when that system has, and so has a
// gateway; other hosts of a site take what the other end of their link has.
bool speaks_ipv6(const Model& model, const Node& node) {
  const System& system = model.systems[node.system];
  if (node.role == v1::SWITCH) return false;
  return system.prefix6.has_value() || (system.asn == 0 && node.role != v1::GATEWAY);
}

const Leasing6* Segment::lends(const net::IpAddress& address,
                               const std::vector<Node>& nodes) const {
  const auto found = std::ranges::find_if(leasing6, [&](const Leasing6& l) {
    return l.pool.contains(address) &&
           std::ranges::none_of(nodes[l.server].source->exclude6,
                                [&](const auto& part) { return part.value.contains(address); });
  });
  return found == leasing6.end() ? nullptr : &*found;
}

void serve_leases6(Model& model, Problems& problems) { Leases6(model, problems).run(); }

}  // namespace hoplab::topology
