// Knot's configuration and zone files from the intent. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "proto/node.pb.h"

namespace hoplab::agent::dns_server {

inline constexpr std::string_view kConfiguration = "/run/role/knot/knot.conf";
// Where knotc and keymgr look unless told otherwise.
inline constexpr std::string_view kUsualConfiguration = "/etc/knot/knot.conf";
inline constexpr std::string_view kControlSocket = "/run/role/knot/knot.sock";
inline constexpr std::string_view kDnstapSocket = "/run/role/dnstap.sock";

std::string render_configuration(const hoplab::v1::DnsServerSpec& spec);
std::string render_zone(const hoplab::v1::Zone& zone);
// What the file of a zone holds that must not load: the server answers SERVFAIL for it.
std::string render_withheld_zone(const hoplab::v1::Zone& zone);
std::filesystem::path zone_file(const hoplab::v1::Zone& zone);
// Where the key that signs a zone is put, for keymgr to take in.
std::filesystem::path key_file(const hoplab::v1::Zone& zone);

// Lower case, with the final dot.
std::string canonical_name(std::string_view name);

}  // namespace hoplab::agent::dns_server
