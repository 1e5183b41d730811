#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

void add_default_route(const Model& model, size_t index, v1::NodeSpec& spec) {
  const Node& node = model.nodes[index];
  if (node.role == v1::ROUTER || node.role == v1::SWITCH) return;
  for (size_t k = 0; k < node.interfaces.size(); ++k) {
    const Interface& i = node.interfaces[k];
    if (i.dhcp) return;  // the lease brings the route
    if (node.role == v1::GATEWAY && k != node.wan) continue;
    const Member* router = way_out(model, i.segment, index);
    if (router == nullptr || address_text(model.at(*router)).empty()) continue;
    v1::StaticRoute& route = *spec.add_routes();
    route.set_prefix("0.0.0.0/0");
    route.set_via(address_text(model.at(*router)));
    return;
  }
}

void add_default_route6(const Model& model, size_t index, v1::NodeSpec& spec) {
  const Node& node = model.nodes[index];
  if (node.role == v1::ROUTER) return;
  for (size_t k = 0; k < node.interfaces.size(); ++k) {
    const Interface& i = node.interfaces[k];
    if (!i.address6 || (node.role == v1::GATEWAY && k != node.wan)) continue;
    const Member* router = way_out(model, i.segment, index);
    if (router == nullptr || !model.at(*router).address6) continue;
    v1::StaticRoute& route = *spec.add_routes();
    route.set_prefix("::/0");
    route.set_via(net::to_string(model.at(*router).address6->address));
    return;
  }
}

// What of its site's prefix6 a gateway has no LAN for ends there: its default route would send it
// back to where it came from (RFC 7084, section 4.2, WPD-5).
void add_unused_part(const Model& model, size_t index, v1::NodeSpec& spec) {
  for (const Delegation& part : model.delegations) {
    if (part.gateway != index) continue;
    const Node& node = model.nodes[index];
    if (model.segments[node.interfaces[node.lan].segment].subnet6 == part.prefix) continue;
    spec.add_routes()->set_prefix(net::to_string(part.prefix));
  }
}

}  // namespace

std::string address_text(const Interface& interface) {
  return interface.address ? net::to_string(interface.address->address) : std::string();
}

const Member* way_out(const Model& model, size_t segment, size_t except) {
  const auto& members = model.segments[segment].members;
  for (const Member& m : members) {
    if (m.node != except && model.nodes[m.node].role == v1::ROUTER) return &m;
  }
  for (const Member& m : members) {
    const Node& node = model.nodes[m.node];
    if (m.node != except && node.role == v1::GATEWAY && node.lan == m.interface) return &m;
  }
  return nullptr;
}

size_t resolver_of(const Model& model, size_t system) {
  if (const auto& wanted = model.systems[system].source->resolver) return model.find(wanted->value);
  for (const v1::Role role : {v1::RESOLVER, v1::DNS_SERVER}) {
    for (size_t i = 0; i < model.nodes.size(); ++i) {
      if (model.nodes[i].system == system && model.nodes[i].role == role) return i;
    }
  }
  return kNone;
}

std::string name_server(const Model& model, size_t system, size_t segment, size_t except) {
  const Member* out = segment == kNone ? nullptr : way_out(model, segment, except);
  const bool pinned = model.systems[system].source->resolver.has_value();
  if (!pinned && out != nullptr && model.nodes[out->node].role == v1::GATEWAY) {
    return address_text(model.at(*out));
  }
  const size_t node = resolver_of(model, system);
  if (node == kNone) return {};
  const auto address = primary_address(model, node);
  return address ? net::to_string(*address) : std::string();
}

std::string name_server6(const Model& model, size_t system, size_t segment, size_t except) {
  const Member* out = segment == kNone ? nullptr : way_out(model, segment, except);
  const bool pinned = model.systems[system].source->resolver.has_value();
  if (!pinned && out != nullptr && model.nodes[out->node].role == v1::GATEWAY) {
    const auto& own = model.at(*out).address6;
    return own ? net::to_string(own->address) : std::string();
  }
  const size_t node = resolver_of(model, system);
  const auto address = node == kNone ? std::nullopt : primary_address6(model, node);
  return address ? net::to_string(*address) : std::string();
}

void use_name_server(const Model& model, size_t index, v1::NodeSpec& spec) {
  const Node& node = model.nodes[index];
  if (node.interfaces.empty()) return;
  const size_t segment = node.interfaces.front().segment;
  const std::string server = name_server(model, node.system, segment, index);
  if (!server.empty()) spec.add_name_servers(server);
  if (!primary_address6(model, index)) return;
  // Asked when the one of IPv4 does not answer.
  const std::string six = name_server6(model, node.system, segment, index);
  if (!six.empty()) spec.add_name_servers(six);
}

void add_default_routes(const Model& model, size_t node, v1::NodeSpec& spec) {
  add_default_route(model, node, spec);
  add_default_route6(model, node, spec);
  add_unused_part(model, node, spec);
}

}  // namespace hoplab::topology
