// A node's tables as its snapshots hold them: forwarding table, ARP table, NAT mappings, MAC table.
// Before and after the request; where they differ, the one that agrees with what was seen is used.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agents/common/net/address.h"
#include "controller/journey/correlate/lab.h"
#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

class Tables {
 public:
  explicit Tables(const Node& node);

  // The route to an address; one whose next hop leaves by `out_interface` is preferred ("" for
  // any). nullptr when no snapshot has one.
  [[nodiscard]] const v1::Route* route(uint32_t destination,
                                       const std::string& out_interface) const;
  // Whether a snapshot that has routes has none to the address (they come and go with sessions).
  [[nodiscard]] bool lacks_route(uint32_t destination) const;
  [[nodiscard]] bool has_routes() const { return has_routes_; }
  // Of the subnet an address lies on, the interface; empty when it lies on none.
  [[nodiscard]] std::string local_interface(uint32_t address) const;
  [[nodiscard]] const v1::NatMapping* nat(const Tuple& before) const;
  // Whether the mapping was there before the request.
  [[nodiscard]] bool nat_is_old(const v1::NatMapping* mapping) const;
  // The port a MAC is behind; empty when the table has it not.
  [[nodiscard]] std::string port_of(uint64_t mac, bool before) const;

 private:
  struct Entry {
    net::Prefix prefix;
    const v1::Route* route = nullptr;
  };
  struct Snapshot {
    std::vector<Entry> routes;                                // longest first, then metric
    std::unordered_map<uint64_t, const v1::NatMapping*> nat;  // by tuple, both directions
    std::unordered_map<uint64_t, std::string> ports;          // MAC table
  };
  void read(const v1::NodeState& state, Snapshot& snapshot);

  Snapshot before_;
  Snapshot after_;
  std::vector<std::pair<net::Prefix, std::string>> subnets_;
  bool has_routes_ = false;
};

}  // namespace hoplab::journey
