// The kernel's view of one network namespace: the one the opening thread was in.
//
// Thread-safe; each call is one or two round trips to the kernel and never waits for anything else.
// Verbs that change are idempotent: true means that something changed, false that it was so
// already. Interfaces that do not exist are errors of kind kNotFound.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"
#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"
#include "agents/common/netlink/socket.h"
#include "agents/common/netlink/types.h"

namespace hoplab::netlink {

class Netlink {
 public:
  static Result<Netlink> open();

  // Links.
  Result<std::vector<LinkInfo>> links() const;
  Result<LinkInfo> link(std::string_view name) const;
  Result<bool> set_up(std::string_view name, bool up) const;
  Result<bool> set_mtu(std::string_view name, uint32_t mtu) const;
  Result<bool> set_mac(std::string_view name, const net::Mac& mac) const;
  Result<bool> set_alias(std::string_view name, std::string_view alias) const;
  Result<bool> add_veth(std::string_view name, std::string_view peer) const;  // both ends here
  Result<bool> remove_link(std::string_view name) const;
  // TSO, GSO, GRO, scatter-gather, receive and transmit checksums: all off, or all on.
  Result<bool> set_offload(std::string_view name, bool on) const;
  // Whether the kernel gives the interface a link-local address of its MAC when it comes up. False
  // also where the interface has no IPv6.
  Result<bool> set_link_local(std::string_view name, bool on) const;

  // Addresses of both versions. Those that are added are held to be free and usable at once, unless
  // others are to be asked first (IPv6; until then they are tentative).
  Result<std::vector<AddressInfo>> addresses() const;
  Result<bool> add_address(std::string_view name, const net::IpInterfaceAddress& address,
                           Duplicates duplicates = Duplicates::kNone) const;
  // For a time, after which the kernel takes it away; others are asked first where it is new. Of
  // one that is there the time begins anew. The preferred time is no longer than the valid one, and
  // that is not 0.
  Status lend_address(std::string_view name, const net::IpInterfaceAddress& address,
                      const Lifetimes& lifetimes) const;
  Result<bool> remove_address(std::string_view name, const net::IpInterfaceAddress& address) const;

  // Routes of the main table, IPv4 first.
  Result<std::vector<RouteInfo>> routes() const;
  Result<bool> add_route(const RouteInfo& route) const;      // false: that prefix has a route
  Result<bool> replace_route(const RouteInfo& route) const;  // false: it was this one
  Result<bool> remove_route(const RouteInfo& route) const;   // by prefix and metric

  // Neighbours (ARP, and Neighbor Discovery of RFC 4861).
  Result<std::vector<NeighborInfo>> neighbors() const;
  // Forgets what was learnt; says how many entries. Of one interface, or of all.
  Result<int> flush_neighbors(std::string_view interface = {}) const;

  // Bridges: no spanning tree, no multicast snooping.
  Result<bool> add_bridge(std::string_view name) const;
  Result<bool> enslave(std::string_view name, std::string_view bridge) const;
  Result<std::vector<FdbInfo>> fdb() const;

  // TCP, UDP and ICMP over IPv4; empty where the kernel does not track connections.
  Result<std::vector<ConntrackInfo>> conntrack() const;

  Result<std::vector<CountersInfo>> counters() const;

  // For requests this class has no verb for.
  Socket& socket() const { return *route_; }

 private:
  Netlink() = default;
  Result<bool> change_link(Message& request, std::string attempted) const;

  std::unique_ptr<Socket> route_;
  std::unique_ptr<Socket> netfilter_;  // null where the kernel has none
  FileDescriptor ioctl_;
};

}  // namespace hoplab::netlink
