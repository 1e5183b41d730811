#include "controller/journey/decisions/tables.h"

#include <algorithm>

#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

uint8_t protocol_number(const std::string& name) {
  return name == "tcp"      ? kTcp
         : name == "udp"    ? kUdp
         : name == "icmp"   ? kIcmp
         : name == "icmpv6" ? kIcmpv6
                            : 0;
}

Tuple original_of(const v1::NatMapping& m) {
  return {{address_of(m.source()), static_cast<uint16_t>(m.source_port())},
          {address_of(m.destination()), static_cast<uint16_t>(m.destination_port())},
          protocol_number(m.protocol())};
}
Tuple reply_of(const v1::NatMapping& m) {
  return {{address_of(m.reply_source()), static_cast<uint16_t>(m.reply_source_port())},
          {address_of(m.reply_destination()), static_cast<uint16_t>(m.reply_destination_port())},
          protocol_number(m.protocol())};
}

// One key's entries over time. `same` says whether two values are one entry.
template <typename Lives, typename Entry, typename Same>
void begin(Lives& lives, Entry entry, Life life, Same same) {
  for (auto& l : lives) {
    if (l.life.ended() || same(l.entry, entry)) continue;
    l.life.to = life.from;
  }
  lives.push_back({std::move(entry), life});
}
template <typename Lives>
void end(Lives& lives, int64_t time) {
  for (auto& l : lives) {
    if (!l.life.ended()) l.life.to = time;
  }
}
template <typename Lives>
bool alive(const Lives& lives) {
  return std::ranges::any_of(lives, [](const auto& l) { return !l.life.ended(); });
}

constexpr auto kNeverSame = [](const auto&, const auto&) { return false; };

}  // namespace

Tables::Tables(const Lab& lab, uint32_t number) {
  const Node& node = lab.nodes[number];
  if (node.spec != nullptr) {
    for (const auto& i : node.spec->interfaces()) {
      for (const auto& text : i.addresses()) {
        if (const auto a = net::parse_ip_interface_address(text)) {
          subnets_.emplace_back(a->prefix(), i.name());
        }
      }
    }
  }
  if (node.capture == nullptr) return;
  routes_.emplace(lab, *node.capture);
  read_neighbors(*node.capture);
  read_nat(*node.capture);
  read_ports(*node.capture);
  read_subnets(node.capture->before());
  read_subnets(node.capture->after());
}

void Tables::read_subnets(const v1::NodeState& state) {
  for (const auto& link : state.links()) {
    for (const auto& text : link.addresses()) {
      const auto a = net::parse_ip_interface_address(text);
      if (a && !is_loopback(a->address)) subnets_.emplace_back(a->prefix(), link.name());
    }
  }
}

void Tables::read_neighbors(const v1::NodeCapture& capture) {
  const auto key = [](const v1::Neighbor& n) { return digest(address_of(n.address())); };
  for (const auto& n : capture.before().neighbors()) neighbors_[key(n)].push_back({&n, {}});
  for (const auto& event : capture.events()) {
    if (!event.has_neighbor()) continue;
    const v1::Neighbor& n = event.neighbor().neighbor();
    auto& lives = neighbors_[key(n)];
    if (event.neighbor().removed()) {
      end(lives, event.time_ns());
    } else {
      begin(lives, &n, Life{event.time_ns(), Life::kForever, true}, kNeverSame);
    }
  }
  for (const auto& n : capture.after().neighbors()) {
    auto& lives = neighbors_[key(n)];
    if (!alive(lives)) lives.push_back({&n, {Life::kAlways, Life::kForever, false}});
  }
}

void Tables::read_nat(const v1::NodeCapture& capture) {
  const auto keys = [](const v1::NatMapping& m) {
    return std::pair(tuple_key(original_of(m)), tuple_key(reply_of(m)));
  };
  const auto each = [&](const v1::NatMapping& m, auto act) {
    const auto [original, reply] = keys(m);
    act(nat_[original]);
    if (reply != original) act(nat_[reply]);
  };
  for (const auto& m : capture.before().nat()) {
    each(m, [&](auto& lives) { lives.push_back({&m, {}}); });
  }
  for (const auto& event : capture.events()) {
    if (!event.has_nat()) continue;
    const v1::NatMapping& m = event.nat().mapping();
    each(m, [&](auto& lives) {
      if (!event.nat().removed()) {
        begin(lives, &m, Life{event.time_ns(), Life::kForever, true}, kNeverSame);
      } else if (alive(lives)) {
        end(lives, event.time_ns());
      } else if (lives.empty()) {  // made before the capture, after the snapshot
        lives.push_back({&m, {Life::kAlways, event.time_ns(), true}});
      }
    });
  }
  for (const auto& m : capture.after().nat()) {
    each(m, [&](auto& lives) {
      if (!alive(lives)) lives.push_back({&m, {Life::kAlways, Life::kForever, false}});
    });
  }
}

void Tables::read_ports(const v1::NodeCapture& capture) {
  const auto same = [](const std::string& a, const std::string& b) { return a == b; };
  for (const auto& e : capture.before().forwarding()) {
    ports_[mac_number(e.mac())].push_back({e.interface(), {}});
  }
  for (const auto& event : capture.events()) {
    if (!event.has_forwarding()) continue;
    const auto& e = event.forwarding().entry();
    auto& lives = ports_[mac_number(e.mac())];
    if (event.forwarding().removed()) {
      end(lives, event.time_ns());
    } else if (!std::ranges::any_of(lives, [&](const auto& l) {
                 return !l.life.ended() && l.entry == e.interface();
               })) {
      begin(lives, e.interface(), Life{event.time_ns(), Life::kForever, true}, same);
    }
  }
  for (const auto& e : capture.after().forwarding()) {
    auto& lives = ports_[mac_number(e.mac())];
    if (!alive(lives)) lives.push_back({e.interface(), {Life::kAlways, Life::kForever, false}});
  }
}

std::string Tables::local_interface(const IpAddress& address) const {
  for (const auto& [prefix, name] : subnets_) {
    if (prefix.length < address.bits() && !prefix.network.is_link_local() &&
        prefix.contains(address))
      return name;
  }
  return {};
}

const v1::Neighbor* Tables::neighbor(const IpAddress& address, int64_t time) const {
  const auto it = neighbors_.find(digest(address));
  if (it == neighbors_.end()) return nullptr;
  const v1::Neighbor* perhaps = nullptr;
  for (const auto& l : it->second) {
    if (l.life.holds(time)) return l.entry;
    if (perhaps == nullptr && l.life.may_hold(time)) perhaps = l.entry;
  }
  return perhaps;
}

Tables::Nat Tables::nat(const Tuple& before, int64_t time) const {
  const auto it = nat_.find(tuple_key(before));
  if (it == nat_.end()) return {};
  Nat found;
  for (const auto& l : it->second) {
    const Nat here{l.entry, l.life.from != Life::kAlways || !l.life.certain};
    if (l.life.holds(time)) return here;
    if (found.mapping == nullptr && l.life.may_hold(time)) found = here;
  }
  // A packet of a connection that ended just now still passes by its entry's last moments.
  return found.mapping != nullptr ? found : Nat{it->second.back().entry, false};
}

std::string Tables::port_of(uint64_t mac, int64_t time) const {
  const auto it = ports_.find(mac);
  if (it == ports_.end()) return {};
  std::string perhaps;
  for (const auto& l : it->second) {
    if (l.life.holds(time)) return l.entry;
    if (perhaps.empty() && l.life.may_hold(time)) perhaps = l.entry;
  }
  return perhaps;
}

bool Tables::learns(uint64_t mac, int64_t time) const {
  const auto it = ports_.find(mac);
  if (it == ports_.end()) return false;
  return std::ranges::none_of(it->second, [&](const auto& l) { return l.life.holds(time); }) &&
         std::ranges::any_of(it->second, [&](const auto& l) { return l.life.may_hold(time); });
}

}  // namespace hoplab::journey
