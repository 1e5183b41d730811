// Further addresses of nodes that answer under several names, such as thirteen root servers on two
// nodes.
#include <algorithm>

#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

bool taken(const Model& model, const net::IpAddress& address) {
  for (const Node& node : model.nodes) {
    if (node.loopback && address == *node.loopback) return true;
    if (node.loopback6 == address) return true;
    for (const Interface& i : node.interfaces) {
      if (i.address && address == i.address->address) return true;
      if (i.address6 && i.address6->address == address) return true;
      if (i.pinned && address == i.pinned->value) return true;
      if (std::ranges::any_of(i.more, [&](const auto& m) { return m.address == address; })) {
        return true;
      }
    }
    for (const Reservation& r : node.source->reservations) {
      if (address == r.address.value) return true;
    }
    for (const Reservation6& r : node.source->reservations6) {
      if (address == r.address.value) return true;
    }
  }
  return false;
}

bool lent(const Segment& segment, net::Ipv4 address) {
  return std::ranges::any_of(segment.leasing,
                             [&](const Leasing& l) { return l.pool && l.pool->contains(address); });
}

}  // namespace

std::optional<net::IpAddress> add_address6(Model& model, size_t node) {
  for (Interface& interface : model.nodes[node].interfaces) {
    if (!interface.address6) continue;
    const net::IpPrefix subnet = interface.address6->prefix();
    const auto& pools = model.segments[interface.segment].leasing6;
    for (uint64_t low = 1; low != 0; ++low) {
      const net::IpAddress address{subnet.network.high, low};
      const auto pool =
          std::ranges::find_if(pools, [&](const Leasing6& l) { return l.pool.contains(address); });
      if (pool != pools.end()) {
        low = pool->pool.last.low;
        continue;
      }
      if (taken(model, address)) continue;
      interface.more.emplace_back(address, subnet.length);
      return address;
    }
  }
  return std::nullopt;
}

std::optional<net::Ipv4> add_address(Model& model, size_t node) {
  for (Interface& interface : model.nodes[node].interfaces) {
    if (!interface.address) continue;
    const Segment& segment = model.segments[interface.segment];
    const net::Prefix subnet = interface.address->prefix();
    for (uint32_t value = subnet.network.value + 1; value < subnet.broadcast().value; ++value) {
      const net::Ipv4 address{value};
      if (lent(segment, address) || taken(model, address)) continue;
      interface.more.emplace_back(address, subnet.length);
      return address;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hoplab::topology
