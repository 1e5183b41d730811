// The agent's binary as dhclient's script: carries out what dhclient decided and tells the agent.
#pragma once

#include <string_view>

namespace hoplab::agent {

// dhclient starts its script by a path without arguments, so the binary goes by this name too.
inline constexpr std::string_view kDhclientScriptName = "hoplab-dhclient-script";
inline constexpr const char* kDhclientEvents = "/run/hoplab-client/events.sock";
inline constexpr const char* kDhclientEvents6 = "/run/hoplab-client/events6.sock";  // of DHCPv6

// The exit status; 0 tells dhclient that all is well.
int run_dhclient_script();

}  // namespace hoplab::agent
