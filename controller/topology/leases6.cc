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
    for (Node& node : model_.nodes) choose(node);
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

  // A server's pool is of that one of its LANs in whose subnet6 it lies.
  void take_pool(size_t index) {
    const Node& node = model_.nodes[index];
    if (!node.source->pool6 || damaged(node) || node.interfaces.empty()) return;
    const Address6Range& pool = node.source->pool6->value;
    const Place& at = node.source->pool6->at;
    std::string subnets;
    for (const Interface& i : node.interfaces) {
      Segment& segment = model_.segments[i.segment];
      if (!segment.subnet6) continue;
      if (!subnets.empty()) subnets += ", ";
      subnets += net::to_string(*segment.subnet6);
      if (!segment.subnet6->contains(pool.first) || !segment.subnet6->contains(pool.last)) {
        continue;
      }
      if (segment.leasing6) {
        problems_.add(at,
                      fmt::format("{} has two DHCPv6 servers: {} and {}", lan_of(i),
                                  in_quotes(model_.nodes[segment.leasing6->server].name),
                                  in_quotes(node.name)),
                      "leave one pool6 out");
      } else if (!has_router(segment)) {
        problems_.add(at,
                      fmt::format("pool6 of {}, and no router on {} tells hosts prefix and way out",
                                  in_quotes(node.name), lan_of(i)),
                      "link a router to it, or leave pool6 out");
      } else {
        segment.leasing6 = {index, pool};
      }
      return;
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

  // The first interface of a client where a router advertises; as it asks for, or as the LAN has
  // it.
  void choose(Node& node) {
    if (node.role != v1::CLIENT || node.source->mode6 == Address6Mode::kStatic) return;
    const bool asked = node.source->mode6 != Address6Mode::kDerived;
    if (asked && refuse(node)) return;
    if (!speaks_ipv6(model_, node)) return;
    for (Interface& i : node.interfaces) {
      const Segment& segment = model_.segments[i.segment];
      const bool pinned = std::ranges::any_of(node.source->interfaces, [&](const auto& s) {
        return s.address6 && s.name.value == i.name;
      });
      if (pinned || !segment.subnet6 || !has_router(segment)) continue;
      i.autoconf = segment.leasing6 ? Autoconf::kDhcpv6 : Autoconf::kSlaac;
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
    if (slaac && segment.leasing6) {
      return told(
          fmt::format("{} manages the addresses on {}",
                      in_quotes(model_.nodes[segment.leasing6->server].name), lan_of(first)),
          "leave address6 out, or pool6 of the server");
    }
    if (!slaac && !segment.leasing6) {
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
};

}  // namespace

// What stands in a system with a number of its own has IPv6 only when that system has, and so has a
// gateway; other hosts of a site take what the other end of their link has.
bool speaks_ipv6(const Model& model, const Node& node) {
  const System& system = model.systems[node.system];
  if (node.role == v1::SWITCH) return false;
  return system.prefix6.has_value() || (system.asn == 0 && node.role != v1::GATEWAY);
}

void serve_leases6(Model& model, Problems& problems) { Leases6(model, problems).run(); }

}  // namespace hoplab::topology
