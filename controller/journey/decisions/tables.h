// A node's tables at any time of the request: forwarding table, ARP table, NAT mappings, MAC table.
// From the snapshot before, the changes the kernel told of meanwhile, and the snapshot after; where
// a time cannot be told, what agrees with the frames is taken.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agents/common/net/address.h"
#include "controller/journey/correlate/lab.h"
#include "controller/journey/decisions/routes.h"
#include "controller/journey/decisions/timeline.h"
#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

class Tables {
 public:
  Tables(const Lab& lab, uint32_t node);

  // The route to an address as of `time`, else one that explains what was seen (routes.h).
  [[nodiscard]] const v1::Route* route(const IpAddress& destination, int64_t time,
                                       const Leaving& seen) const {
    return routes_ ? routes_->find(destination, time, seen) : nullptr;
  }
  // At any time; one whose next hop leaves by `out_interface` is preferred ("" for any).
  [[nodiscard]] const v1::Route* route(const IpAddress& destination,
                                       const std::string& out_interface) const {
    return routes_ ? routes_->find(destination, {out_interface}) : nullptr;
  }
  // Whether a table that has routes had none to the address at some time (they come and go with
  // sessions).
  [[nodiscard]] bool lacks_route(const IpAddress& destination) const {
    return routes_ && !routes_->empty() && routes_->lacking(destination);
  }
  // The route that forbade an address at some time (blackhole, unreachable, prohibit), or nullptr.
  [[nodiscard]] const v1::Route* forbidding_route(const IpAddress& destination) const {
    return routes_ ? routes_->forbidding(destination) : nullptr;
  }
  [[nodiscard]] bool has_routes() const { return routes_ && !routes_->empty(); }
  // Of the subnet an address lies on, the interface; empty when it lies on none.
  [[nodiscard]] std::string local_interface(const IpAddress& address) const;

  // The ARP or neighbour cache entry of an address as of `time`; nullptr: it had none, or no
  // snapshot tells.
  [[nodiscard]] const v1::Neighbor* neighbor(const IpAddress& address, int64_t time) const;

  // The mapping of a packet as it came in. `made`: no snapshot had it before, and it was made
  // during the request.
  struct Nat {
    const v1::NatMapping* mapping = nullptr;
    bool made = false;
  };
  [[nodiscard]] Nat nat(const Tuple& before, int64_t time) const;

  // The port a MAC is behind as of `time`; empty when the table had it not.
  [[nodiscard]] std::string port_of(uint64_t mac, int64_t time) const;
  // Whether the table did not have the MAC, and has it from this frame on.
  [[nodiscard]] bool learns(uint64_t mac, int64_t time) const;

 private:
  template <typename Entry>
  struct Lived {
    Entry entry{};
    Life life;
  };
  template <typename Entry>
  using Timeline = std::unordered_map<uint64_t, std::vector<Lived<Entry>>>;

  void read_neighbors(const v1::NodeCapture& capture);
  void read_nat(const v1::NodeCapture& capture);
  void read_ports(const v1::NodeCapture& capture);
  void read_subnets(const v1::NodeState& state);

  std::optional<Routes> routes_;
  Timeline<const v1::Neighbor*> neighbors_;  // by digest of the address
  Timeline<const v1::NatMapping*> nat_;      // by tuple, both directions
  Timeline<std::string> ports_;              // by MAC
  std::vector<std::pair<net::IpPrefix, std::string>> subnets_;
};

}  // namespace hoplab::journey
