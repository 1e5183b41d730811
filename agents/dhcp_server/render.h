// Kea's configuration from the intent, and leases from Kea's lease file. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent::dhcp_server {

inline constexpr std::string_view kConfiguration = "/run/role/kea/dhcp4.json";
inline constexpr std::string_view kControlSocket = "/run/role/kea/control.sock";
inline constexpr std::string_view kLeaseFile = "/run/role/kea/leases.csv";
// In the machine's own folder of libraries.
#ifdef __aarch64__
inline constexpr std::string_view kBootpLibrary =
    "/usr/lib/aarch64-linux-gnu/kea/hooks/libdhcp_bootp.so";
#else
inline constexpr std::string_view kBootpLibrary =
    "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so";
#endif

std::string render_configuration(const hoplab::v1::DhcpServerSpec& spec);

// Leases held now. The file is a journal: the last line about an address counts. What Kea does not
// write (server, router, name servers) is filled in from the spec.
std::vector<hoplab::v1::Lease> read_leases(std::string_view csv, const hoplab::v1::NodeSpec& spec,
                                           int64_t now_ns);

}  // namespace hoplab::agent::dhcp_server
