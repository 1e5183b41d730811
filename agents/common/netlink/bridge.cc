#include <fmt/core.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {

Result<bool> Netlink::add_bridge(std::string_view name) const {
  if (const auto found = link(name); found) {
    if (found->kind == "bridge") return false;
    return fail(ErrorKind::kInvalid, fmt::format("interface {} exists and is not a bridge", name));
  }
  Message request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.header(ifinfomsg{}).put_string(IFLA_IFNAME, name);
  request.nest(IFLA_LINKINFO, [](Message& info) {
    info.put_string(IFLA_INFO_KIND, "bridge");
    info.nest(IFLA_INFO_DATA, [](Message& data) {
      data.put(IFLA_BR_STP_STATE, uint32_t{0});
      data.put(IFLA_BR_MCAST_SNOOPING, uint8_t{0});
    });
  });
  return change_link(request, fmt::format("make bridge {}", name));
}

Result<bool> Netlink::enslave(std::string_view name, std::string_view bridge) const {
  const auto port = link(name);
  if (!port) return std::unexpected(port.error());
  const auto master = link(bridge);
  if (!master) return std::unexpected(master.error());
  if (port->master == master->index) return false;
  ifinfomsg header{};
  header.ifi_index = port->index;
  Message request(RTM_NEWLINK, 0);
  request.header(header).put(IFLA_MASTER, master->index);
  return change_link(request, fmt::format("make {} a port of {}", name, bridge));
}

Result<std::vector<FdbInfo>> Netlink::fdb() const {
  ndmsg header{};
  header.ndm_family = AF_BRIDGE;
  Message request(RTM_GETNEIGH, 0);
  request.header(header);
  return list<FdbInfo>(*route_, request, "list the MAC table", decode_fdb);
}

}  // namespace hoplab::netlink
