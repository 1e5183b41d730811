// A DHCP lease as dhclient reports it, and what it makes of the node's interface, default route and
// resolv.conf.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/netlink/netlink.h"
#include "proto/agent.pb.h"

namespace hoplab::client {

// dhclient-script(8): the reason and the new_… variables. Pure, given the environment.
using Environment = std::function<std::string(const char* name)>;  // empty: not set
hoplab::v1::LeaseEvent read_event(const Environment& environment);

enum class Effect { kNone, kApply, kDeprecate, kDrop };
Effect effect_of(const std::string& reason);

// Idempotent. The address is added before another one of the interface is taken away.
Status apply(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);
Status drop(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);
// Why the kernel does not (any more) have what the lease says; empty when it has.
std::string missing(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);

}  // namespace hoplab::client
