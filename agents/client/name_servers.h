// The node's name servers from all who name some: the topology, DHCP, DHCPv6, router
// advertisements. Each keeps a list of its own, /etc/resolv.conf holds them together, as
// resolvconf(8) has it. Across processes: dhclient's scripts write too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::client {

// In the order of the file.
enum class NameSource { kTopology, kDhcp, kDhcpv6, kAdvertised };

struct NameFiles {
  std::filesystem::path lists = "/run/hoplab-client/name-servers";  // a file a source
  std::filesystem::path resolv_conf = "/etc/resolv.conf";
};

// What that source names now, in place of what it named before; none: nothing any more.
Status name_servers(NameSource source, const std::vector<std::string>& servers,
                    const NameFiles& files = {});

}  // namespace hoplab::client
