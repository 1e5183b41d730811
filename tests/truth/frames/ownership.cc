#include "tests/truth/frames/ownership.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>

namespace hoplab::truth {
namespace {

constexpr uint16_t kBgp = 179;
constexpr uint16_t kLongestLlc = 0x600;
constexpr uint16_t kRip = 520;
constexpr uint16_t kRipng = 521;
constexpr uint16_t kLldp = 0x88cc;

std::string six_bytes(const std::string& text) {
  std::string bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 3) {
    bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

// A TCP connection, the same whichever way a frame goes.
using Connection = std::pair<std::string, std::string>;
Connection connection_of(const Wire::Ip& ip) {
  std::string a = ip.source + std::to_string(ip.source_port);
  std::string b = ip.destination + std::to_string(ip.destination_port);
  return a < b ? Connection{std::move(a), std::move(b)} : Connection{std::move(b), std::move(a)};
}

// Connections the load balancer opened that carry something other than its health check.
std::map<Connection, bool> balancer_requests(const std::vector<Sighting>& sightings,
                                             const Wires& wires) {
  std::map<Connection, bool> requests;  // of the load balancer's own: whether of a client
  for (const auto& s : sightings) {
    const auto& ip = s.wire.ip;
    if (!ip || ip->protocol != kTcp || !wires.is_load_balancer(ip->source)) continue;
    if (ip->destination_port != 80) continue;
    bool& request = requests[connection_of(*ip)];
    request = request || (!ip->payload.empty() && !ip->payload.starts_with("GET /healthz "));
  }
  return requests;
}

// Of connections that began before the request what is still said, by where it passes; the load
// balancer's own may be kept open and used again.
class Earlier {
 public:
  explicit Earlier(int64_t began_ns) : began_ns_(began_ns) {}
  bool is(const Sighting& s) {
    constexpr uint8_t kSynAndAck = 0x12;
    constexpr uint8_t kSyn = 0x02;
    const Connection connection = connection_of(*s.wire.ip);
    if ((s.wire.ip->tcp_flags & kSynAndAck) == kSyn) begun_[connection] = s.time_ns;
    const auto begun = begun_.find(connection);
    return begun != begun_.end() && begun->second < began_ns_ && s.time_ns >= began_ns_;
  }

 private:
  int64_t began_ns_;
  std::map<Connection, int64_t> begun_;
};

// DHCP and BOOTP (RFC 2131): the hardware address of the client it is about.
std::string dhcp_client(const Wire::Ip& ip) {
  constexpr size_t kHardwareAddress = 28;
  const bool dhcp = ip.protocol == kUdp && (ip.destination_port == 67 || ip.destination_port == 68);
  return dhcp && ip.payload.size() >= kHardwareAddress + 6 ? ip.payload.substr(kHardwareAddress, 6)
                                                           : "";
}

// Neighbor Discovery, multicast listeners: like ARP's probes, nothing shows what they were for.
bool is_housekeeping(const Wire::Ip& ip) {
  return ip.protocol == kIcmpv6 &&
         ((ip.icmp_type >= 130 && ip.icmp_type <= 137) || ip.icmp_type == 143);
}

bool is_routing(const Wire::Ip& ip) {
  if (ip.protocol == kOspf || ip.protocol == kEigrp || ip.protocol == kIgmp) return true;
  const uint16_t port = ip.destination_port;
  return (ip.protocol == kUdp && (port == kRip || port == kRipng)) ||
         (ip.protocol == kTcp && (ip.source_port == kBgp || port == kBgp));
}

using ArpKey = std::tuple<std::string, uint32_t, uint32_t>;  // asker's MAC and address, target

// What the packet was that waited for each ARP request: the first unicast IP packet out of the same
// interface to the MAC that the answer named.
Owner cause_of(const std::vector<Sighting>& sightings, const std::vector<Owner>& owners,
               size_t request) {
  const Sighting& asked = sightings[request];
  const Wire::Arp& arp = *asked.wire.arp;
  if ((static_cast<uint8_t>(asked.wire.destination_mac[0]) & 1U) == 0) {
    return Owner::kEither;  // a unicast probe of an entry grown old: nothing waits for it
  }
  std::string answer;
  for (size_t i = request + 1; i < sightings.size(); ++i) {
    const Sighting& s = sightings[i];
    if (s.node != asked.node || s.interface != asked.interface) continue;
    if (!s.out && s.wire.arp && s.wire.arp->operation == 2 && s.wire.arp->sender == arp.target) {
      answer = s.wire.arp->sender_mac;
    }
    if (s.out && s.wire.ip && !answer.empty() && s.wire.destination_mac == answer) return owners[i];
  }
  return Owner::kEither;
}

}  // namespace

Wires::Wires(const v1::Bundle& bundle) {
  std::map<std::string, bool> switches;
  for (const auto& node : bundle.nodes()) switches[node.name()] = node.role() == v1::SWITCH;
  for (const auto& spec : bundle.specs()) {
    for (const auto& interface : spec.interfaces()) {
      const std::string name = spec.node() + ":" + interface.name();
      End& end = ends_[name];
      end.mac = six_bytes(interface.mac());
      end.is_switch = switches[spec.node()];
      end.peer_is_switch = switches[interface.peer_node()];
      by_mac_[end.mac] = name;
      if (spec.node() == bundle.client() && client_mac_.empty()) client_mac_ = end.mac;
    }
    if (spec.has_load_balancer()) {
      for (const auto& interface : spec.interfaces()) {
        for (const auto& address : interface.addresses()) {
          const std::string text = address.substr(0, address.find('/'));
          std::array<char, 16> bytes{};
          for (const auto& [family, size] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 16}}) {
            if (::inet_pton(family, text.c_str(), bytes.data()) != 1) continue;
            load_balancers_[std::string(bytes.data(), static_cast<size_t>(size))] = true;
          }
        }
      }
    }
  }
  for (const auto& spec : bundle.specs()) {
    for (const auto& interface : spec.interfaces()) {
      const auto peer = ends_.find(interface.peer_node() + ":" + interface.peer_interface());
      if (peer == ends_.end()) continue;
      ends_[spec.node() + ":" + interface.name()].peer_mac = peer->second.mac;
    }
  }
}

bool Wires::is_out(const std::string& node, const std::string& interface, const Wire& wire) const {
  const auto found = ends_.find(node + ":" + interface);
  if (found == ends_.end()) {
    throw std::runtime_error("no interface of the lab: " + node + ":" + interface);
  }
  const End& end = found->second;
  if (wire.source_mac == end.mac) return true;
  if (wire.source_mac == end.peer_mac) return false;
  // Somebody else's frame, carried on by a switch at one end.
  if (end.is_switch != end.peer_is_switch) return end.is_switch;
  throw std::runtime_error("cannot tell which way a frame of " + mac_text(wire.source_mac) +
                           " went at " + node + ":" + interface);
}

std::string Wires::at(const std::string& mac) const {
  const auto found = by_mac_.find(mac);
  return found == by_mac_.end() ? "" : found->second;
}

bool Wires::is_load_balancer(const std::string& address) const {
  return load_balancers_.contains(address);
}

std::vector<Owner> owners(const std::vector<Sighting>& sightings, const Wires& wires,
                          int64_t began_ns) {
  const auto balancer = balancer_requests(sightings, wires);
  Earlier earlier(began_ns);
  std::vector<Owner> all(sightings.size(), Owner::kRequest);
  for (size_t i = 0; i < sightings.size(); ++i) {
    const Wire& wire = sightings[i].wire;
    if (wire.ether_type < kLongestLlc || wire.ether_type == kLldp) all[i] = Owner::kLab;
    if (!wire.ip) continue;
    const Wire::Ip& ip = *wire.ip;
    if (is_routing(ip)) all[i] = Owner::kLab;
    if (is_housekeeping(ip)) all[i] = Owner::kEither;
    const std::string about = dhcp_client(ip);
    if (!about.empty() && about != wires.client_mac()) all[i] = Owner::kLab;
    if (ip.protocol != kTcp) continue;
    const auto found = balancer.find(connection_of(ip));
    if (found == balancer.end()) {
      if (earlier.is(sightings[i])) all[i] = Owner::kLab;
    } else if (!found->second) {
      all[i] = Owner::kLab;
    }
  }
  // ARP, once the owners of what waited for it are known. An answer belongs to its question, and
  // both as often as a switch carried them on.
  std::map<ArpKey, Owner> latest;
  for (size_t i = 0; i < sightings.size(); ++i) {
    const Sighting& s = sightings[i];
    if (!s.wire.arp) continue;
    const Wire::Arp& arp = *s.wire.arp;
    const bool asks = arp.operation == 1;
    const std::string asker = asks ? arp.sender_mac : s.wire.destination_mac;
    const ArpKey key{asker, asks ? arp.sender : arp.target, asks ? arp.target : arp.sender};
    const bool at_asker = wires.at(asker) == s.node + ":" + s.interface;
    if (asks && s.out && at_asker) latest[key] = cause_of(sightings, all, i);
    const auto found = latest.find(key);
    all[i] = found == latest.end() ? Owner::kEither : found->second;
  }
  return all;
}

}  // namespace hoplab::truth
