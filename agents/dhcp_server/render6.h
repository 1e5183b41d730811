// The same of Kea's DHCPv6 daemon (RFC 8415). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent::dhcp_server {

inline constexpr std::string_view kConfiguration6 = "/run/role/kea/dhcp6.json";
inline constexpr std::string_view kControlSocket6 = "/run/role/kea/control6.sock";
inline constexpr std::string_view kLeaseFile6 = "/run/role/kea/leases6.csv";

// Of the spec's subnets6. The server has a DUID of its MAC, and a preference of 255, so that a
// client takes its first advertisement (section 18.2.1).
std::string render_configuration6(const hoplab::v1::DhcpServerSpec& spec);

// Leases held now, as read_leases(); who holds one is told by its MAC.
std::vector<hoplab::v1::Lease> read_leases6(std::string_view csv, const hoplab::v1::NodeSpec& spec,
                                            int64_t now_ns);

}  // namespace hoplab::agent::dhcp_server
