// Default routes, name servers, and the specs of every role but the router.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/plan_parts.h"

namespace hoplab::topology {
namespace {

constexpr auto kLoopback = "127.0.0.1";
constexpr auto kLoopbackNet = "127.0.0.0/8";
constexpr size_t kMostNameServers = 3;  // of a stub: MAXNS of resolv.conf(5)

class Services {
 public:
  Services(const Model& model, Plan& plan, Problems& problems)
      : model_(model), plan_(plan), problems_(problems) {
    for (const ZoneData& zone : model_.zones) {
      if (zone.origin != ".") continue;
      for (const ZoneServer& server : zone.names) {
        if (server.address) {
          root_hints_.emplace_back(server.name, *server.address);
        }
        if (server.address6) root_hints_.emplace_back(server.name, *server.address6);
      }
    }
  }

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      v1::NodeSpec& spec = plan_.nodes[i].spec;
      routes(i, spec);
      routes6(i, spec);
      switch (model_.nodes[i].role) {
        case v1::CLIENT:
          client(i, spec);
          break;
        case v1::DHCP_SERVER:
          dhcp_server(i, spec);
          break;
        case v1::GATEWAY:
          gateway(i, spec);
          break;
        case v1::ROUTER:
          relay(i, spec);
          break;
        case v1::SWITCH:
          spec.mutable_switch_();
          break;
        case v1::RESOLVER:
          resolver(i, spec);
          break;
        case v1::DNS_SERVER:
          dns_server(i, spec);
          break;
        case v1::LOAD_BALANCER:
          load_balancer(i, spec);
          break;
        case v1::WEB_SERVER:
          web_server(i, spec);
          break;
        case v1::CONTAINER:
          container(i, spec);
          break;
        default:
          break;
      }
    }
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      if (model_.nodes[i].role == v1::RESOLVER) allow(i, *plan_.nodes[i].spec.mutable_resolver());
    }
  }

 private:
  static std::string text(const Interface& i) {
    return i.address ? net::to_string(i.address->address) : std::string();
  }

  // The router, or the gateway whose LAN this is, that hosts on the segment send through.
  [[nodiscard]] const Member* way_out(size_t segment, size_t except) const {
    const auto& members = model_.segments[segment].members;
    for (const Member& m : members) {
      if (m.node != except && model_.nodes[m.node].role == v1::ROUTER) return &m;
    }
    for (const Member& m : members) {
      const Node& node = model_.nodes[m.node];
      if (m.node != except && node.role == v1::GATEWAY && node.lan == m.interface) return &m;
    }
    return nullptr;
  }

  void routes(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    if (node.role == v1::ROUTER || node.role == v1::SWITCH) return;
    for (size_t k = 0; k < node.interfaces.size(); ++k) {
      const Interface& i = node.interfaces[k];
      if (i.dhcp) return;  // the lease brings the route
      if (node.role == v1::GATEWAY && k != node.wan) continue;
      const Member* router = way_out(i.segment, index);
      if (router == nullptr || text(model_.at(*router)).empty()) continue;
      v1::StaticRoute& route = *spec.add_routes();
      route.set_prefix("0.0.0.0/0");
      route.set_via(text(model_.at(*router)));
      return;
    }
  }

  void routes6(size_t index, v1::NodeSpec& spec) const {
    const Node& node = model_.nodes[index];
    if (node.role == v1::ROUTER) return;
    for (const Interface& i : node.interfaces) {
      if (!i.address6) continue;
      const Member* router = way_out(i.segment, index);
      if (router == nullptr || !model_.at(*router).address6) continue;
      v1::StaticRoute& route = *spec.add_routes();
      route.set_prefix("::/0");
      route.set_via(net::to_string(model_.at(*router).address6->address));
      return;
    }
  }

  [[nodiscard]] size_t resolver_of(size_t system) const {
    return topology::resolver_of(model_, system);
  }

  [[nodiscard]] std::string name_server(size_t system, size_t segment, size_t except) const {
    const Member* out = segment == kNone ? nullptr : way_out(segment, except);
    const bool pinned = model_.systems[system].source->resolver.has_value();
    if (!pinned && out != nullptr && model_.nodes[out->node].role == v1::GATEWAY) {
      return text(model_.at(*out));
    }
    const size_t node = resolver_of(system);
    if (node == kNone) return {};
    const auto address = primary_address(model_, node);
    return address ? net::to_string(*address) : std::string();
  }

  void use_name_server(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    if (node.interfaces.empty()) return;
    const std::string server = name_server(node.system, node.interfaces.front().segment, index);
    if (!server.empty()) spec.add_name_servers(server);
    const std::string six = name_server6(index);
    if (!six.empty()) spec.add_name_servers(six);
  }

  // Asked when the one of IPv4 does not answer.
  [[nodiscard]] std::string name_server6(size_t index) const {
    if (!primary_address6(model_, index)) return {};
    const size_t node = resolver_of(model_.nodes[index].system);
    const auto address = node == kNone ? std::nullopt : primary_address6(model_, node);
    return address ? net::to_string(*address) : std::string();
  }

  void client(size_t index, v1::NodeSpec& spec) {
    v1::ClientSpec& out = *spec.mutable_client();
    for (const Interface& i : model_.nodes[index].interfaces) {
      if (!i.dhcp) continue;
      out.set_dhcp_interface(i.name);
      out.set_bootp(i.bootp);
    }
    out.set_cache(model_.nodes[index].source->cache);
    const auto& wanted = model_.nodes[index].source->name_servers;
    if (!out.dhcp_interface().empty()) {
      if (wanted.empty()) return;
      problems_.add(
          wanted.front().at,
          fmt::format("{} learns its name servers by DHCP", in_quotes(model_.nodes[index].name)),
          "write 'address: static' beside name_servers, or leave them out");
      return;
    }
    if (wanted.empty()) return use_name_server(index, spec);
    if (wanted.size() > kMostNameServers) {
      problems_.add(wanted[kMostNameServers].at,
                    fmt::format("{} name servers: a stub asks the first {} only", wanted.size(),
                                kMostNameServers),
                    "leave the others out (resolv.conf(5))");
      return;
    }
    for (const std::string& server : answering(wanted, "name server")) {
      spec.add_name_servers(server);
    }
  }

  void dhcp_server(size_t index, v1::NodeSpec& spec) {
    use_name_server(index, spec);
    v1::DhcpServerSpec& out = *spec.mutable_dhcp_server();
    for (const Segment& segment : model_.segments) {
      for (const Leasing& leasing : segment.leasing) {
        if (leasing.server == index && segment.subnet && leasing.pool) {
          lease_in(segment, leasing, out);
        }
      }
    }
  }

  void lease_in(const Segment& segment, const Leasing& leasing, v1::DhcpServerSpec& out) {
    const Node& node = model_.nodes[leasing.server];
    const auto number = static_cast<size_t>(&segment - model_.segments.data());
    v1::DhcpSubnet& subnet = *out.add_subnets();
    const auto here = [&](const Interface& i) { return i.segment == number; };
    const auto own = std::ranges::find_if(node.interfaces, here);
    subnet.set_interface(own == node.interfaces.end() ? node.interfaces.front().name : own->name);
    if (leasing.relay != kNone) {
      const Node& relay = model_.nodes[leasing.relay];
      subnet.set_relay(text(*std::ranges::find_if(relay.interfaces, here)));
    }
    subnet.set_subnet(net::to_string(*segment.subnet));
    subnet.set_first(net::to_string(leasing.pool->first));
    subnet.set_last(net::to_string(leasing.pool->last));
    for (const auto& part : node.source->exclude) {
      if (!segment.subnet->contains({part.value.first, 32})) continue;
      v1::DhcpRange& range = *subnet.add_excluded();
      range.set_first(net::to_string(part.value.first));
      range.set_last(net::to_string(part.value.last));
    }
    if (const Member* router = way_out(number, leasing.server)) {
      subnet.set_router(text(model_.at(*router)));
    }
    const std::string server = name_server(node.system, number, leasing.server);
    if (!server.empty()) subnet.add_name_servers(server);
    subnet.set_domain(node.source->domain);
    subnet.set_lease_seconds(node.source->lease_seconds);
    if (node.source->renew_seconds) subnet.set_renew_seconds(node.source->renew_seconds->value);
    if (node.source->rebind_seconds) subnet.set_rebind_seconds(node.source->rebind_seconds->value);
    subnet.set_shared(segment.leasing.size() > 1);
    for (const Member& m : segment.members) {
      if (model_.at(m).bootp) out.set_bootp(true);
    }
    for (const Reservation& r : node.source->reservations) {
      const size_t who = model_.find(r.node.value);
      if (who == kNone) continue;
      for (const Interface& held : model_.nodes[who].interfaces) {
        if (!held.dhcp || held.segment != number) continue;
        v1::DhcpReservation& reservation = *subnet.add_reservations();
        reservation.set_mac(net::to_string(held.mac));
        reservation.set_address(net::to_string(r.address.value));
        reservation.set_node(r.node.value);
      }
    }
  }

  // The routing of a router is planned elsewhere.
  void relay(size_t index, v1::NodeSpec& spec) const {
    const Node& node = model_.nodes[index];
    if (node.source->relay.empty()) return;
    v1::DhcpRelaySpec& out = *spec.mutable_router()->mutable_dhcp_relay();
    for (const Interface& i : node.interfaces) {
      const auto& leasing = model_.segments[i.segment].leasing;
      const bool relayed =
          std::ranges::any_of(leasing, [&](const Leasing& l) { return l.relay == index; });
      (relayed ? out.add_client_interfaces() : out.add_server_interfaces())->assign(i.name);
    }
    for (const Name& name : node.source->relay) {
      const size_t server = model_.find(name.value);
      const auto address = server == kNone ? std::nullopt : primary_address(model_, server);
      if (address) out.add_servers(net::to_string(*address));
    }
  }

  // Nodes and addresses of `forward_to`, as addresses.
  std::vector<std::string> forwarders(const Node& node) {
    return answering(node.source->forward_to, "forward_to");
  }

  // Nodes and addresses that answer names, as addresses.
  std::vector<std::string> answering(const std::vector<Name>& names, std::string_view what) {
    std::vector<std::string> out;
    for (const Name& name : names) {
      if (const auto literal = net::parse_ip(name.value)) {
        out.push_back(net::to_string(*literal));
        continue;
      }
      const size_t target = require_node(model_, name, what, problems_);
      if (target == kNone) continue;
      const v1::Role role = model_.nodes[target].role;
      if (role != v1::RESOLVER && role != v1::DNS_SERVER && role != v1::GATEWAY) {
        problems_.add(
            name.at,
            fmt::format("{} answers no names: it is a {}", in_quotes(name.value), role_name(role)),
            "name a resolver");
        continue;
      }
      if (const auto address = primary_address(model_, target)) {
        out.push_back(net::to_string(*address));
      }
    }
    return out;
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
    v1::ResolverSpec& dns = *out.mutable_resolver();
    dns.add_listen(text(lan));
    dns.add_listen(kLoopback);
    dns.add_allow(kLoopbackNet);
    if (const auto& subnet = model_.segments[lan.segment].subnet) {
      dns.add_allow(net::to_string(*subnet));
    }
    std::vector<std::string> targets = forwarders(node);
    if (node.source->forward_to.empty()) {
      const Member* up = way_out(wan.segment, index);
      const size_t resolver = up == nullptr ? kNone : resolver_of(model_.nodes[up->node].system);
      if (resolver != kNone) {
        if (const auto address = primary_address(model_, resolver)) {
          targets.push_back(net::to_string(*address));
        }
      }
    }
    for (const std::string& target : targets) dns.add_forwarders(target);
    if (targets.empty()) hints(dns, false);
    spec.add_name_servers(kLoopback);
  }

  void resolver(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    v1::ResolverSpec& out = *spec.mutable_resolver();
    for (const Interface& i : node.interfaces) {
      if (i.address) out.add_listen(text(i));
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
      if (s != model_.nodes[index].system && resolver_of(s) != index) continue;
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
      if (i.address) out.add_listen(text(i));
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
      const auto address = primary_address(model_, zone.primary);
      if (address) out.set_primary(net::to_string(*address));
      return;
    }
    for (const size_t server : zone.servers) {
      const auto address = primary_address(model_, server);
      if (server != index && address) out.add_secondaries(net::to_string(*address));
    }
  }

  void load_balancer(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    v1::LoadBalancerSpec& out = *spec.mutable_load_balancer();
    use_name_server(index, spec);
    if (const auto address = primary_address(model_, index))
      out.set_address(net::to_string(*address));
    if (const auto address = primary_address6(model_, index)) {
      out.set_address6(net::to_string(*address));
    }
    for (const Name& name : node.source->serves) out.add_names(name.value);
    out.set_algorithm(node.source->algorithm);
    for (const Name& name : node.source->backends) {
      const size_t target = require_node(model_, name, "backend", problems_);
      if (target == kNone) continue;
      const Node& server = model_.nodes[target];
      if (server.role != v1::WEB_SERVER && server.role != v1::CONTAINER) {
        if (server.role != v1::ROLE_UNSPECIFIED) {
          problems_.add(name.at,
                        fmt::format("{} cannot be a backend: it is a {}", in_quotes(name.value),
                                    role_name(server.role)),
                        "name nodes of role web_server or container");
        }
        continue;
      }
      v1::Backend& backend = *out.add_backends();
      backend.set_node(server.name);
      if (const auto address = primary_address(model_, target)) {
        backend.set_address(net::to_string(*address));
      }
      backend.set_port(server.source->port);
    }
  }

  void web_server(size_t index, v1::NodeSpec& spec) {
    const SourceNode& source = *model_.nodes[index].source;
    v1::WebServerSpec& out = *spec.mutable_web_server();
    use_name_server(index, spec);
    if (const auto address = primary_address(model_, index))
      out.set_address(net::to_string(*address));
    if (const auto address = primary_address6(model_, index)) {
      out.set_address6(net::to_string(*address));
    }
    out.set_port(source.port);
    for (const Name& name : source.serves) out.add_names(name.value);
    out.set_body(source.body);
  }

  void container(size_t index, v1::NodeSpec& spec) {
    const SourceNode& source = *model_.nodes[index].source;
    v1::ContainerSpec& out = *spec.mutable_container();
    use_name_server(index, spec);
    for (const std::string& word : source.command) out.add_command(word);
    for (const std::string& variable : source.environment) out.add_environment(variable);
  }

  const Model& model_;
  Plan& plan_;
  Problems& problems_;
  std::vector<std::pair<std::string, net::IpAddress>> root_hints_;
};

}  // namespace

size_t resolver_of(const Model& model, size_t system) {
  if (const auto& wanted = model.systems[system].source->resolver) return model.find(wanted->value);
  for (const v1::Role role : {v1::RESOLVER, v1::DNS_SERVER}) {
    for (size_t i = 0; i < model.nodes.size(); ++i) {
      if (model.nodes[i].system == system && model.nodes[i].role == role) return i;
    }
  }
  return kNone;
}

void plan_services(const Model& model, Plan& plan, Problems& problems) {
  Services(model, plan, problems).run();
}

}  // namespace hoplab::topology
