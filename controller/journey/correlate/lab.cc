#include "controller/journey/correlate/lab.h"

#include <algorithm>

#include "agents/common/net/address.h"

namespace hoplab::journey {

bool is_loopback(const IpAddress& a) {
  return a.is_v4() ? a.v4().value >> 24U == 127 : a == IpAddress{0, 1};
}

uint64_t mac_number(std::string_view text) {
  const auto mac = net::parse_mac(text);
  if (!mac) return 0;
  uint64_t number = 0;
  for (const uint8_t b : mac->bytes) number = number << 8U | b;
  return number;
}

IpAddress address_of(std::string_view text) {
  return net::parse_ip(text.substr(0, text.find('/'))).value_or(IpAddress{});
}

Lab::Lab(const v1::Bundle& b) : bundle(b) {
  const auto add_node = [this](const std::string& name) {
    const auto [it, added] = by_name_.try_emplace(name, static_cast<uint32_t>(nodes.size()));
    if (added) nodes.emplace_back().name = name;
    return it->second;
  };
  for (const auto& spec : b.specs()) add_node(spec.node());
  for (const auto& node : b.nodes()) {
    Node& n = nodes[add_node(node.name())];
    n.role = node.role();
    n.system = node.system();
    n.asn = node.asn();
  }
  for (const auto& capture : b.captures()) add_node(capture.node());
  for (const auto& spec : b.specs()) read_spec(spec);
  for (const auto& spec : b.specs()) {
    for (const auto& i : spec.interfaces()) {
      const uint32_t here = interface(node(spec.node()), i.name());
      const uint32_t peer = interface(node(i.peer_node()), i.peer_interface());
      if (here != kNone && peer != kNone) interfaces[here].peer = peer;
    }
  }
  for (const auto& capture : b.captures()) read_capture(capture);
  for (Node& n : nodes) {
    if (n.capture == nullptr) n.silent = "no capture of it was handed in";
    if (n.silent.empty()) continue;
    n.silent_since = INT64_MIN;
    if (n.capture != nullptr) {
      for (const auto& frame : n.capture->frames()) {
        n.silent_since = std::max(n.silent_since, frame.time_ns() + 1);
      }
    }
    misses_frames_ = misses_frames_ || n.silent_since != INT64_MIN;
  }
  client = node(b.client());
  if (client != kNone) own_cidr(client, b.result().lease().address());
}

void Lab::read_spec(const v1::NodeSpec& spec) {
  const uint32_t number = node(spec.node());
  Node& n = nodes[number];
  n.spec = &spec;
  if (n.system.empty()) n.system = spec.system();
  if (n.role == v1::ROLE_UNSPECIFIED && spec.role_case() != v1::NodeSpec::ROLE_NOT_SET) {
    n.role = static_cast<v1::Role>(spec.role_case() - v1::NodeSpec::kClient + v1::CLIENT);
  }
  for (const auto& i : spec.interfaces()) {
    const uint32_t added = add_interface(number, i.name());
    know_mac(added, i.mac());
    for (const auto& address : i.addresses()) own_cidr(number, address);
  }
  own_cidr(number, spec.router().loopback());
  own_cidr(number, spec.router().loopback6());
}

void Lab::read_capture(const v1::NodeCapture& capture) {
  const uint32_t number = node(capture.node());
  nodes[number].capture = &capture;
  if (!capture.unreachable().empty()) nodes[number].silent = capture.unreachable();
  for (const auto& name : capture.interfaces()) {
    nodes[number].captured.push_back(add_interface(number, name));
  }
  for (const auto& counters : capture.summary().interfaces()) {
    const uint32_t i = interface(number, counters.interface());
    if (i == kNone) continue;
    interfaces[i].ring_drops = counters.ring_drops();
    misses_frames_ = misses_frames_ || counters.ring_drops() > 0;
    interfaces[i].qdisc_drops = counters.qdisc_drops() + counters.tx_dropped();
  }
  for (const auto& event : capture.events()) {
    if (event.has_drop()) drops.add(number, event);
  }
  read_state(number, capture.before());
  read_state(number, capture.after());
}

void Lab::read_state(uint32_t number, const v1::NodeState& state) {
  for (const auto& link : state.links()) {
    for (const auto& address : link.addresses()) own_cidr(number, address);
    const uint32_t i = interface(number, link.name());
    if (i == kNone || link.mac().empty()) continue;
    know_mac(i, link.mac());
  }
}

uint32_t Lab::add_interface(uint32_t number, const std::string& name) {
  const auto [it, added] = by_interface_.try_emplace(nodes[number].name + "\n" + name,
                                                     static_cast<uint32_t>(interfaces.size()));
  if (added) {
    interfaces.push_back({.node = number, .name = name});
    nodes[number].interfaces.push_back(it->second);
  }
  return it->second;
}

// With the link-local address that follows from it, which is in use from the moment a link is up.
void Lab::know_mac(uint32_t number, const std::string& text) {
  Interface& i = interfaces[number];
  i.mac = mac_number(text);
  by_mac_.try_emplace(i.mac, i.node);
  if (const auto mac = net::parse_mac(text)) own(i.node, net::link_local(*mac));
}

void Lab::own_cidr(uint32_t number, const std::string& text) {
  const IpAddress address = address_of(text);
  if (address.is_unspecified() || is_loopback(address)) return;
  own(number, address);
  const auto v4 = net::parse_interface_address(text);
  if (v4 && v4->length < 31) nodes[number].broadcasts.insert(v4->prefix().broadcast());
}

void Lab::own(uint32_t number, const IpAddress& address) {
  nodes[number].addresses.insert(address);
  by_address_.try_emplace(address, number);
}

uint32_t Lab::node(std::string_view name) const {
  const auto it = by_name_.find(std::string(name));
  return it == by_name_.end() ? kNone : it->second;
}
uint32_t Lab::interface(uint32_t number, std::string_view name) const {
  if (number == kNone) return kNone;
  const auto it = by_interface_.find(nodes[number].name + "\n" + std::string(name));
  return it == by_interface_.end() ? kNone : it->second;
}
uint32_t Lab::owner(const IpAddress& address) const {
  const auto it = by_address_.find(address);
  return it == by_address_.end() ? kNone : it->second;
}
uint32_t Lab::owner_of_mac(uint64_t mac) const {
  const auto it = by_mac_.find(mac);
  return it == by_mac_.end() ? kNone : it->second;
}
bool Lab::owns(uint32_t number, const IpAddress& address) const {
  return number != kNone && nodes[number].addresses.contains(address);
}
const std::string& Lab::name(uint32_t number) const {
  static const std::string kUnknown = "?";
  return number < nodes.size() ? nodes[number].name : kUnknown;
}
std::string Lab::name_of_address(const IpAddress& address) const {
  const uint32_t number = owner(address);
  return number == kNone ? net::to_string(address) : nodes[number].name;
}
std::string Lab::link_name(uint32_t number) const {
  const Interface& a = interfaces[number];
  const std::string here = nodes[a.node].name + " " + a.name;
  if (a.peer == kNone) return here;
  const std::string there = nodes[interfaces[a.peer].node].name + " " + interfaces[a.peer].name;
  return here < there ? here + " – " + there : there + " – " + here;
}
bool Lab::neighbour_broke_off(uint32_t number, int64_t time) const {
  return std::ranges::any_of(nodes[number].interfaces, [&](uint32_t i) {
    const uint32_t peer = interfaces[i].peer;
    if (peer == kNone) return false;
    const int64_t since = nodes[interfaces[peer].node].silent_since;
    return since != INT64_MIN && time >= since;
  });
}
bool Lab::passes_on(uint32_t number, const IpAddress& address) const {
  const v1::Role role = nodes[number].role;
  return role == v1::SWITCH ||
         ((role == v1::ROUTER || role == v1::GATEWAY || role == v1::CONTAINER) &&
          !owns(number, address));
}
bool Lab::misses_around(uint32_t number, int64_t time) const {
  return neighbour_broke_off(number, time) ||
         std::ranges::any_of(nodes[number].interfaces,
                             [&](uint32_t i) { return may_miss(i, time); });
}
bool Lab::came_unseen(const Seen& s) const {
  const uint32_t number = interfaces[s.interface].node;
  return passes_on(number, s.packet.tuple.source.address) && misses_around(number, s.time);
}
bool Lab::left_unseen(const Seen& s) const {
  const uint32_t number = interfaces[s.interface].node;
  if (!s.out) {
    return passes_on(number, s.packet.tuple.destination.address) && misses_around(number, s.time);
  }
  const uint32_t peer = interfaces[s.interface].peer;
  return peer != kNone && may_miss(peer, s.time);
}
bool Lab::is_switch(uint32_t number) const { return nodes[number].role == v1::SWITCH; }

}  // namespace hoplab::journey
