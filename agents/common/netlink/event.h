// A change the kernel told of, as an event of a capture.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agents/common/netlink/monitor.h"
#include "proto/agent.pb.h"

namespace hoplab::netlink {

// Names of interfaces; empty for one that is gone or never was.
using NameOf = std::function<std::string(int index)>;

// Nothing for what is no part of a lab's tables: the agent's own interfaces, entries without ARP,
// addresses. The time is left to whoever hands it on, and is of receipt: netlink carries none.
std::optional<v1::DaemonEvent> to_event(const Change& change, const NameOf& name_of);

}  // namespace hoplab::netlink
