// Where a load balancer's daemon connects to its back ends from: ports below those that the kernel
// gives other programs (ip_local_port_range, from 32768 on), so that its connections are told from
// theirs by the packets alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "agents/common/net/ip_address.h"
#include "proto/node.pb.h"

namespace hoplab::net {

inline constexpr uint16_t kFirstBalancerPort = 10000;
inline constexpr uint16_t kLastBalancerPort = 32767;

constexpr bool is_balancer_port(uint16_t port) {
  return port >= kFirstBalancerPort && port <= kLastBalancerPort;
}

struct PortRange {
  uint16_t first;
  uint16_t last;
};
// One range a back end, so that no two connections at a time have the same port.
constexpr PortRange balancer_ports(size_t backend, size_t backends) {
  const size_t all = kLastBalancerPort - kFirstBalancerPort + 1;
  const size_t width = std::clamp<size_t>(all / std::max<size_t>(backends, 1), 1, 1000);
  const size_t first = kFirstBalancerPort + backend * width % all;
  return {static_cast<uint16_t>(first), static_cast<uint16_t>(first + width - 1)};
}

// HAProxy takes its ports only together with an address: the balancer's own on the back end's
// subnet. Nothing for a back end behind a router: it is connected to from any port.
inline std::optional<IpAddress> balancer_source(const hoplab::v1::NodeSpec& balancer,
                                                const std::string& backend) {
  const auto to = parse_ip(backend);
  if (!to) return std::nullopt;
  for (const auto& interface : balancer.interfaces()) {
    for (const auto& text : interface.addresses()) {
      const auto own = parse_ip_interface_address(text);
      if (own && own->prefix().contains(*to)) return own->address;
    }
  }
  return std::nullopt;
}

}  // namespace hoplab::net
