#include "controller/journey/decisions/tables.h"

#include <algorithm>
#include <array>

#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

uint8_t protocol_number(const std::string& name) {
  return name == "tcp" ? kTcp : name == "udp" ? kUdp : name == "icmp" ? kIcmp : 0;
}

Tuple original_of(const v1::NatMapping& m) {
  return {{address_number(m.source()), static_cast<uint16_t>(m.source_port())},
          {address_number(m.destination()), static_cast<uint16_t>(m.destination_port())},
          protocol_number(m.protocol())};
}
Tuple reply_of(const v1::NatMapping& m) {
  return {
      {address_number(m.reply_source()), static_cast<uint16_t>(m.reply_source_port())},
      {address_number(m.reply_destination()), static_cast<uint16_t>(m.reply_destination_port())},
      protocol_number(m.protocol())};
}

std::optional<net::Prefix> prefix_of(const std::string& text) {
  if (text == "default") return net::Prefix{};
  if (const auto prefix = net::parse_prefix(text)) return prefix;
  const auto host = net::parse_ipv4(text);
  return host ? std::optional(net::Prefix{*host, 32}) : std::nullopt;
}

}  // namespace

Tables::Tables(const Node& node) {
  if (node.spec != nullptr) {
    for (const auto& i : node.spec->interfaces()) {
      for (const auto& text : i.addresses()) {
        if (const auto a = net::parse_interface_address(text)) {
          subnets_.emplace_back(a->prefix(), i.name());
        }
      }
    }
  }
  if (node.capture == nullptr) return;
  read(node.capture->before(), before_);
  read(node.capture->after(), after_);
}

void Tables::read(const v1::NodeState& state, Snapshot& snapshot) {
  for (const auto& route : state.routes()) {
    if (const auto prefix = prefix_of(route.prefix())) snapshot.routes.push_back({*prefix, &route});
  }
  std::ranges::stable_sort(snapshot.routes, [](const Entry& a, const Entry& b) {
    if (a.prefix.length != b.prefix.length) return a.prefix.length > b.prefix.length;
    return a.route->metric() < b.route->metric();
  });
  has_routes_ = has_routes_ || !snapshot.routes.empty();
  for (const auto& mapping : state.nat()) {
    snapshot.nat.try_emplace(tuple_key(original_of(mapping)), &mapping);
    snapshot.nat.try_emplace(tuple_key(reply_of(mapping)), &mapping);
  }
  for (const auto& entry : state.forwarding()) {
    snapshot.ports[mac_number(entry.mac())] = entry.interface();
  }
  for (const auto& link : state.links()) {
    for (const auto& text : link.addresses()) {
      const auto a = net::parse_interface_address(text);
      if (a && a->address.value >> 24U != 127) subnets_.emplace_back(a->prefix(), link.name());
    }
  }
}

const v1::Route* Tables::route(uint32_t destination, const std::string& out_interface) const {
  const v1::Route* found = nullptr;
  for (const Snapshot* snapshot : {&before_, &after_}) {
    for (const Entry& e : snapshot->routes) {
      if (!e.prefix.contains(net::Ipv4{destination})) continue;
      const bool agrees =
          out_interface.empty() || std::ranges::any_of(e.route->next_hops(), [&](const auto& hop) {
            return hop.interface() == out_interface;
          });
      if (agrees) return e.route;
      if (found == nullptr) found = e.route;
      break;  // the longest match decides
    }
  }
  return found;
}

bool Tables::lacks_route(uint32_t destination) const {
  return std::ranges::any_of(std::array{&before_, &after_}, [&](const Snapshot* snapshot) {
    if (snapshot->routes.empty()) return false;
    for (const Entry& e : snapshot->routes) {
      if (!e.prefix.contains(net::Ipv4{destination})) continue;
      const std::string& kind = e.route->kind();
      return !kind.empty() && kind != "unicast";
    }
    return true;
  });
}

std::string Tables::local_interface(uint32_t address) const {
  for (const auto& [prefix, name] : subnets_) {
    if (prefix.length < 32 && prefix.contains(net::Ipv4{address})) return name;
  }
  return {};
}

const v1::NatMapping* Tables::nat(const Tuple& before) const {
  for (const Snapshot* snapshot : {&before_, &after_}) {
    const auto it = snapshot->nat.find(tuple_key(before));
    if (it != snapshot->nat.end()) return it->second;
  }
  return nullptr;
}

bool Tables::nat_is_old(const v1::NatMapping* mapping) const {
  return std::ranges::any_of(before_.nat, [&](const auto& e) { return e.second == mapping; });
}

std::string Tables::port_of(uint64_t mac, bool before) const {
  const Snapshot& snapshot = before ? before_ : after_;
  const auto it = snapshot.ports.find(mac);
  return it == snapshot.ports.end() ? std::string{} : it->second;
}

}  // namespace hoplab::journey
