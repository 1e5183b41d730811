// The gateway's packet filter from the intent. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proto/node.pb.h"

namespace hoplab::agent::gateway {

inline constexpr std::string_view kRules = "/run/role/nftables/rules.nft";
inline constexpr std::string_view kTable = "hoplab";

// Replaces the whole table in one transaction, so that it can be loaded again.
std::string render_rules(const hoplab::v1::GatewaySpec& spec);

}  // namespace hoplab::agent::gateway
