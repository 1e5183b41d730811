// Who answers names: resolvers, the caches of gateways, DNS servers with their zones.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/plan_parts.h"
#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

constexpr auto kLoopback = "127.0.0.1";
constexpr auto kLoopbackNet = "127.0.0.0/8";

class Names {
 public:
  Names(const Model& model, Plan& plan, Problems& problems)
      : model_(model), plan_(plan), problems_(problems) {
    for (const ZoneData& zone : model_.zones) {
      if (zone.origin != ".") continue;
      for (const ZoneServer& server : zone.names) {
        if (server.address) root_hints_.emplace_back(server.name, *server.address);
        if (server.address6) root_hints_.emplace_back(server.name, *server.address6);
      }
    }
  }

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      v1::NodeSpec& spec = plan_.nodes[i].spec;
      const v1::Role role = model_.nodes[i].role;
      if (role == v1::GATEWAY) gateway(i, spec);
      if (role == v1::RESOLVER) resolver(i, spec);
      if (role == v1::DNS_SERVER) dns_server(i, spec);
    }
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (model_.nodes[i].role == v1::RESOLVER) allow(i, *plan_.nodes[i].spec.mutable_resolver());
    }
  }

 private:
  // Nodes and addresses of `forward_to`, as addresses.
  std::vector<std::string> forwarders(const Node& node) {
    return answering(model_, node.source->forward_to, "forward_to", problems_);
  }

  // Of the IP versions that the resolver has.
  void hints(v1::ResolverSpec& out, bool six) const {
    for (const auto& [name, address] : root_hints_) {
      if (!address.is_v4() && !six) continue;
      v1::RootHint& hint = *out.add_root_hints();
      hint.set_name(name);
      hint.set_address(net::to_string(address));
    }
  }

  void gateway(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    v1::GatewaySpec& out = *spec.mutable_gateway();
    if (node.wan == kNone) return;
    const Interface& lan = node.interfaces[node.lan];
    const Interface& wan = node.interfaces[node.wan];
    out.set_lan_interface(lan.name);
    out.set_wan_interface(wan.name);
    out.set_masquerade(node.source->masquerade);
    out.set_standard_timers(model_.source->standard_timers);
    const System& site = model_.systems[node.system];
    if (site.prefix6) out.set_prefix6(net::to_string(*site.prefix6));
    v1::ResolverSpec& dns = *out.mutable_resolver();
    dns.add_listen(address_text(lan));
    if (lan.address6) dns.add_listen(net::to_string(lan.address6->address));
    dns.add_listen(kLoopback);
    dns.add_allow(kLoopbackNet);
    if (const auto& subnet = model_.segments[lan.segment].subnet) {
      dns.add_allow(net::to_string(*subnet));
    }
    if (lan.address6) dns.add_allow(net::to_string(lan.address6->prefix()));
    std::vector<std::string> targets = forwarders(node);
    if (node.source->forward_to.empty()) {
      const Member* up = way_out(model_, wan.segment, index);
      const size_t resolver =
          up == nullptr ? kNone : resolver_of(model_, model_.nodes[up->node].system);
      if (resolver != kNone) {
        if (const auto address = primary_address(model_, resolver)) {
          targets.push_back(net::to_string(*address));
        }
      }
    }
    for (const std::string& target : targets) dns.add_forwarders(target);
    if (targets.empty()) hints(dns, wan.address6.has_value());
    spec.add_name_servers(kLoopback);
  }

  void resolver(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    v1::ResolverSpec& out = *spec.mutable_resolver();
    for (const Interface& i : node.interfaces) {
      if (i.address) out.add_listen(address_text(i));
      if (i.address6) out.add_listen(net::to_string(i.address6->address));
    }
    out.add_listen(kLoopback);
    for (const std::string& target : forwarders(node)) out.add_forwarders(target);
    out.set_qname_minimisation(node.source->qname_minimisation);
    out.set_full_responses(node.source->full_answers);
    out.set_validate(node.source->validate);
    spec.add_name_servers(kLoopback);
    if (!node.source->forward_to.empty()) return;
    hints(out, primary_address6(model_, index).has_value());
    const bool has_root = std::any_of(model_.zones.begin(), model_.zones.end(),
                                      [](const ZoneData& z) { return z.origin == "."; });
    if (!has_root && !model_.source->zones_damaged) {
      problems_.add(node.source->name.at,
                    fmt::format("resolver {} has nowhere to start: there is no zone '.'",
                                in_quotes(node.name)),
                    "add a zone '.' with its servers, or 'forward_to: [NODE]'");
    }
  }

  // Its own system, and every system or gateway that sends its questions here.
  void allow(size_t index, v1::ResolverSpec& out) const {
    std::vector<net::IpPrefix> prefixes;
    const auto add = [&](const net::IpPrefix& prefix) {
      if (std::none_of(prefixes.begin(), prefixes.end(),
                       [&](const net::IpPrefix& p) { return p.contains(prefix); })) {
        prefixes.push_back(prefix);
      }
    };
    const auto address = primary_address(model_, index);
    const std::string own = address ? net::to_string(*address) : std::string();
    for (size_t s = 0; s < model_.systems.size(); ++s) {
      if (s != model_.nodes[index].system && resolver_of(model_, s) != index) continue;
      if (model_.systems[s].prefix) add(*model_.systems[s].prefix);
      if (model_.systems[s].prefix6) add(*model_.systems[s].prefix6);
      for (const Segment& segment : model_.segments) {
        if (segment.system != s) continue;
        if (segment.subnet) add(*segment.subnet);
        if (segment.subnet6) add(*segment.subnet6);
      }
    }
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      const v1::NodeSpec& spec = plan_.nodes[i].spec;
      const v1::ResolverSpec& asks =
          spec.has_gateway() ? spec.gateway().resolver() : spec.resolver();
      if (std::find(asks.forwarders().begin(), asks.forwarders().end(), own) ==
          asks.forwarders().end()) {
        continue;
      }
      for (const Interface& interface : model_.nodes[i].interfaces) {
        if (interface.address) add(interface.address->prefix());
      }
    }
    out.add_allow(kLoopbackNet);
    for (const net::IpPrefix& prefix : prefixes) out.add_allow(net::to_string(prefix));
  }

  void dns_server(size_t index, v1::NodeSpec& spec) {
    v1::DnsServerSpec& out = *spec.mutable_dns_server();
    for (const Interface& i : model_.nodes[index].interfaces) {
      if (i.address) out.add_listen(address_text(i));
      if (i.address6) out.add_listen(net::to_string(i.address6->address));
      for (const auto& more : i.more) out.add_listen(net::to_string(more.address));
    }
    for (size_t z = 0; z < model_.zones.size(); ++z) {
      const auto& servers = model_.zones[z].servers;
      if (std::find(servers.begin(), servers.end(), index) != servers.end()) {
        transfers(model_.zones[z], index, *out.add_zones() = plan_.zones[z]);
      }
    }
  }

  // Who has the zone's records, who is told of changes.
  void transfers(const ZoneData& zone, size_t index, v1::Zone& out) const {
    if (zone.primary == kNone) return;
    if (zone.primary != index) {
      peer(zone.primary, *out.mutable_primary());
      return;
    }
    for (const size_t server : zone.servers) {
      if (server != index) peer(server, *out.add_secondaries());
    }
  }

  // IPv6 first, as a host would choose (RFC 6724, section 6), IPv4 where that keeps silent.
  void peer(size_t index, v1::NameServerPeer& out) const {
    out.set_node(model_.nodes[index].name);
    if (const auto address = primary_address6(model_, index)) {
      out.add_addresses(net::to_string(*address));
    }
    if (const auto address = primary_address(model_, index)) {
      out.add_addresses(net::to_string(*address));
    }
  }

  const Model& model_;
  Plan& plan_;
  Problems& problems_;
  std::vector<std::pair<std::string, net::IpAddress>> root_hints_;
};

}  // namespace

std::vector<std::string> answering(const Model& model, const std::vector<Name>& names,
                                   std::string_view what, Problems& problems) {
  std::vector<std::string> out;
  for (const Name& name : names) {
    if (const auto literal = net::parse_ip(name.value)) {
      out.push_back(net::to_string(*literal));
      continue;
    }
    const size_t target = require_node(model, name, what, problems);
    if (target == kNone) continue;
    const v1::Role role = model.nodes[target].role;
    if (role != v1::RESOLVER && role != v1::DNS_SERVER && role != v1::GATEWAY) {
      problems.add(
          name.at,
          fmt::format("{} answers no names: it is a {}", in_quotes(name.value), role_name(role)),
          "name a resolver");
      continue;
    }
    if (const auto address = primary_address(model, target)) {
      out.push_back(net::to_string(*address));
    }
  }
  return out;
}

void plan_names(const Model& model, Plan& plan, Problems& problems) {
  Names(model, plan, problems).run();
}

}  // namespace hoplab::topology
