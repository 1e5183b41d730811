// The operating system's cache of names: nscd, which the C library asks before it asks the network.
// It keeps an answer as long as the answer's own TTL says. Chosen over systemd-resolved, which
// wants D-Bus and a system manager that a container does not have.
#pragma once

#include <string>

#include "agents/common/role/role.h"

namespace hoplab::client {

inline constexpr const char* kNscdConfiguration = "/run/role/nscd.conf";
inline constexpr const char* kNscdProgram = "nscd";

std::string nscd_configuration();
agent::Program nscd();
// Drops every name. Nothing to do while nscd is down.
Status nscd_forget(agent::Host& host);

}  // namespace hoplab::client
