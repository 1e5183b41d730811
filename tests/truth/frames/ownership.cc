#include "tests/truth/frames/ownership.h"

#include <arpa/inet.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace hoplab::truth {
namespace {

constexpr uint16_t kBgp = 179;
constexpr uint16_t kLongestLlc = 0x600;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kLldp = 0x88cc;

std::string six_bytes(const std::string& text) {
  std::string bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 3) {
    bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

// A TCP connection, the same whichever way a frame goes.
using Connection = std::tuple<uint64_t, uint64_t>;
Connection connection_of(const Wire::Ip& ip) {
  const uint64_t a = uint64_t{ip.source} << 16U | ip.source_port;
  const uint64_t b = uint64_t{ip.destination} << 16U | ip.destination_port;
  return {std::min(a, b), std::max(a, b)};
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
    }
    if (spec.has_load_balancer()) {
      for (const auto& interface : spec.interfaces()) {
        for (const auto& address : interface.addresses()) {
          in_addr parsed{};
          if (::inet_pton(AF_INET, address.substr(0, address.find('/')).c_str(), &parsed) == 1) {
            load_balancers_[ntohl(parsed.s_addr)] = true;
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

bool Wires::is_load_balancer(uint32_t address) const { return load_balancers_.contains(address); }

std::vector<Owner> owners(const std::vector<Sighting>& sightings, const Wires& wires) {
  const auto balancer = balancer_requests(sightings, wires);
  std::vector<Owner> all(sightings.size(), Owner::kRequest);
  for (size_t i = 0; i < sightings.size(); ++i) {
    const Wire& wire = sightings[i].wire;
    const bool own_type =
        wire.ether_type < kLongestLlc || wire.ether_type == kIpv6 || wire.ether_type == kLldp;
    if (own_type) all[i] = Owner::kLab;
    if (!wire.ip) continue;
    const Wire::Ip& ip = *wire.ip;
    if (ip.protocol == kOspf || ip.protocol == kIgmp) all[i] = Owner::kLab;
    if (ip.protocol != kTcp) continue;
    if (ip.source_port == kBgp || ip.destination_port == kBgp) all[i] = Owner::kLab;
    const auto found = balancer.find(connection_of(ip));
    if (found != balancer.end() && !found->second) all[i] = Owner::kLab;
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
