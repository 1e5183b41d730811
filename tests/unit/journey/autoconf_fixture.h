// A client in a LAN with a router and a DHCPv6 server, and the packets by which it finds its IPv6
// address.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "controller/journey/engine.h"
#include "tests/unit/journey/ipv6_builder.h"

namespace hoplab::journey::testing {

inline constexpr const char* kAllNodes = "ff02::1";
inline constexpr const char* kAllRouters = "ff02::2";
inline constexpr const char* kAllServers = "ff02::1:2";

inline uint64_t client_mac() { return SmallLab::mac("client", "eth0"); }

class Autoconf : public ::testing::Test {
 protected:
  Autoconf() {
    lab_.url = "a command";
    for (auto& spec : *lab_.bundle.mutable_specs()) {
      if (spec.node() != "gw") continue;  // a router here, as it advertises
      spec.mutable_router();
    }
    for (auto& node : *lab_.bundle.mutable_nodes()) {
      if (node.name() == "gw") node.set_role(v1::ROUTER);
    }
  }

  static std::string link_local(const std::string& node, const std::string& interface) {
    const uint64_t mac = SmallLab::mac(node, interface);
    net::Mac m;
    for (size_t i = 0; i < 6; ++i) m.bytes[i] = static_cast<uint8_t>(mac >> (40U - 8U * i));
    return net::to_string(net::link_local(m));
  }
  static std::string client_address() {  // by SLAAC
    const auto own = net::parse_ip(link_local("client", "eth0"));
    return net::to_string(net::IpAddress{net::parse_ip("2001:db8:1::")->high, own->low});
  }
  // Gives the client what it has in the end.
  void own(const std::string& address) {
    auto& link = *lab_.capture("client").mutable_after()->add_links();
    link.set_name("eth0");
    link.add_addresses(address);
  }

  void multicast(const std::string& from, const std::string& interface, uint64_t group,
                 const Octets& packet) {
    lab_.lan_broadcast(from, ethernet(group, SmallLab::mac(from, interface), kEtherType, packet));
  }
  void probe(const std::string& target) {
    const uint64_t low = net::parse_ip(target)->low & 0xffffffU;
    const std::string group =
        net::to_string(net::IpAddress{0xff02000000000000ULL, 0x1ff000000ULL | low});
    multicast("client", "eth0", 0x3333ff000000ULL | low,
              ipv6("::", group, 255, 58, number(135, 1) + number(0, 7) + address(target)));
  }
  void taken(const std::string& target) {
    multicast("dhcp", "eth0", 0x333300000001,
              ipv6(target, kAllNodes, 255, 58,
                   number(136, 1) + number(0, 3) + number(0x20000000, 4) + address(target) +
                       number(0x0201, 2) + number(SmallLab::mac("dhcp", "eth0"), 6)));
  }
  void solicit_routers() {
    multicast("client", "eth0", 0x333300000002,
              ipv6(link_local("client", "eth0"), kAllRouters, 255, 58,
                   number(133, 1) + number(0, 7) + number(0x0101, 2) + number(client_mac(), 6)));
  }
  void advertise(bool managed, bool other = false, uint16_t lifetime = 1800) {
    multicast("gw", "lan", 0x333300000001, advertisement(kAllNodes, managed, other, lifetime));
  }
  // As radvd does: to who asked.
  void advertise_to_client() {
    lab_.lan_unicast("gw", "client",
                     ethernet(client_mac(), SmallLab::mac("gw", "lan"), kEtherType,
                              advertisement(link_local("client", "eth0"), false, false, 1800)));
  }
  static Octets advertisement(const std::string& to, bool managed, bool other, uint16_t lifetime) {
    return ipv6(link_local("gw", "lan"), to, 255, 58,
                number(134, 1) + number(0, 3) + number(64, 1) +
                    number((managed ? 0x80 : 0) | (other ? 0x40 : 0), 1) + number(lifetime, 2) +
                    number(0, 4) + number(100, 4) + number(0x0304, 2) + number(64, 1) +
                    number(managed ? 0x80 : 0xc0, 1) + number(86400, 4) + number(14400, 4) +
                    number(0, 4) + address("2001:db8:1::") + number(0x1903, 2) + number(0, 2) +
                    number(1800, 4) + address("2001:db8:1::53"));
  }

  // DHCPv6.
  static Octets option(uint16_t code, const Octets& value) {
    return number(code, 2) + number(value.size(), 2) + value;
  }
  static Octets duid(const std::string& node) {
    return number(0x00030001, 4) + number(SmallLab::mac(node, "eth0"), 6);
  }
  static Octets association(const std::string& address6, uint32_t valid) {
    Octets value = number(7, 4) + number(188, 4) + number(300, 4);
    if (!address6.empty()) {
      value += option(5, address(address6) + number(375, 4) + number(valid, 4));
    }
    return option(3, value);
  }
  static Octets udp(uint16_t from, uint16_t to, const Octets& payload) {
    return number(from, 2) + number(to, 2) + number(payload.size() + 8, 2) + number(0, 2) + payload;
  }
  void ask(uint8_t type, uint32_t xid, const Octets& options) {
    const Octets message = number(type, 1) + number(xid, 3) + option(1, duid("client")) + options;
    multicast("client", "eth0", 0x333300010002,
              ipv6(link_local("client", "eth0"), kAllServers, 1, 17, udp(546, 547, message)));
  }
  void answer(uint8_t type, uint32_t xid, const Octets& options, bool lost = false) {
    const Octets message = number(type, 1) + number(xid, 3) + option(1, duid("client")) +
                           option(2, duid("dhcp")) + options;
    const Octets frame = ethernet(client_mac(), SmallLab::mac("dhcp", "eth0"), kEtherType,
                                  ipv6(link_local("dhcp", "eth0"), link_local("client", "eth0"), 64,
                                       17, udp(547, 546, message)));
    if (!lost) return lab_.lan_unicast("dhcp", "client", frame);
    lab_.record("dhcp", "eth0", true, frame);  // never at the switch
  }

  v1::Journey built() {
    lab_.finish(0, 0);
    return lab_.build_journey();
  }
  static std::vector<v1::Exchange> of_kind(const v1::Journey& journey, const std::string& kind) {
    std::vector<v1::Exchange> found;
    for (const auto& phase : journey.phases()) {
      for (const auto& exchange : phase.exchanges()) {
        if (exchange.kind() == kind) found.push_back(exchange);
      }
    }
    return found;
  }
  static std::map<std::string, std::map<std::string, std::string>> facts(const v1::Exchange& e) {
    std::map<std::string, std::map<std::string, std::string>> all;
    for (const auto& fact : e.facts()) all[fact.key()] = {fact.args().begin(), fact.args().end()};
    return all;
  }
  // What it decided about addresses.
  static std::vector<std::string> decided_at(const v1::Journey& journey, const std::string& node) {
    std::vector<std::string> keys;
    for (const auto& trip : journey.trips()) {
      for (const auto& hop : trip.hops()) {
        if (hop.node() != node) continue;
        for (const auto& decision : hop.decisions()) {
          const std::string& key = decision.result().key();
          if (key.starts_with("ra.") || key.starts_with("dhcpv6.")) keys.push_back(key);
        }
      }
    }
    return keys;
  }

  SmallLab lab_;
};

}  // namespace hoplab::journey::testing
