// What a topology file asks for, complete: every node's NodeSpec and every wire. Certificates are
// left to the lab: PEM fields are empty, LoadBalancerSpec.names and WebServerSpec.names say for
// which host names they are needed.
//
// Pure but for reading the file; safe on any thread. Failure is the list of every problem found, in
// order of the file, each at its line and column.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"
#include "controller/topology/problem.h"
#include "proto/node.pb.h"

namespace hoplab::topology {

struct NodePlan {
  std::string name;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string system;
  uint32_t asn = 0;                      // 0: the node stands in a site
  std::string image;                     // role container only; empty: the role's own image
  std::vector<std::string> start_after;  // node names
  v1::NodeSpec spec;
  int line = 0;  // in the file
};

struct LinkPlan {
  std::string node_a;
  std::string interface_a;
  net::Mac mac_a;
  std::string node_b;
  std::string interface_b;
  net::Mac mac_b;
  uint32_t mtu = 1500;
};

struct SystemPlan {
  std::string name;
  uint32_t asn = 0;                   // 0: a site
  std::optional<net::Prefix> prefix;  // announced, when there is an asn
  std::optional<net::IpPrefix> prefix6;
};

struct Plan {
  std::string lab;
  std::string topology;             // the name in the file
  std::vector<SystemPlan> systems;  // these in order of the file
  std::vector<NodePlan> nodes;
  std::vector<LinkPlan> links;
  std::vector<v1::Zone> zones;

  // Null when there is no such node.
  [[nodiscard]] const NodePlan* find(std::string_view node) const;
};

// An empty lab name means the topology's own. A lab name that is no good is reported at 1:1.
std::expected<Plan, std::vector<Problem>> load(const std::filesystem::path& file,
                                               std::string_view lab_name = {});
// The same of text that is in memory; `file` only names it in problems.
std::expected<Plan, std::vector<Problem>> load_text(const std::string& text,
                                                    const std::string& file,
                                                    std::string_view lab_name = {});

// The plan for reading: tables of nodes, interfaces, links and zones.
void render(const Plan& plan, std::ostream& out);

}  // namespace hoplab::topology
