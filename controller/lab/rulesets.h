// The firewall rules of a node that can drop, reject or rewrite, read from its network namespace by
// libnftables: no image needs nft for it, and whoever added a rule, it is seen. Rules of
// iptables-legacy are not nftables' and are not seen.
#pragma once

#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"

namespace hoplab::lab {

// Of the namespace of a process. One thread at a time (libnftables keeps state of its own).
Result<std::vector<v1::NftRule>> rules_of(int pid);

// Pure: from what `nft -j list ruleset` and `nft -a list ruleset` print (libnftables-json(5)).
Result<std::vector<v1::NftRule>> parse_rules(std::string_view json, std::string_view text);

}  // namespace hoplab::lab
