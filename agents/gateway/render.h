// The gateway's packet filters and what it advertises, from the intent. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proto/node.pb.h"

namespace hoplab::agent::gateway {

inline constexpr std::string_view kRules = "/run/role/nftables/rules.nft";
inline constexpr std::string_view kTable = "hoplab";  // one of each IP version
inline constexpr std::string_view kAdvertised = "/run/role/radvd/radvd.conf";
inline constexpr std::string_view kAdvertiserPid = "/run/role/radvd/radvd.pid";

// Replaces the whole tables in one transaction, so that it can be loaded again.
std::string render_rules(const hoplab::v1::GatewaySpec& spec);
// radvd.conf(5).
std::string render_advertisements(const hoplab::v1::GatewaySpec& spec);

}  // namespace hoplab::agent::gateway
