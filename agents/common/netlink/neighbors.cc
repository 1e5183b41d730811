#include <fmt/core.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {

Result<std::vector<NeighborInfo>> Netlink::neighbors() const {
  const auto request = [](uint8_t family) {
    ndmsg header{};
    header.ndm_family = family;
    Message message(RTM_GETNEIGH, 0);
    message.header(header);
    return message;
  };
  return list_both<NeighborInfo>(*route_, request, "list neighbours", decode_neighbor,
                                 [](const NeighborInfo& n) { return n.address.is_v4(); });
}

Result<int> Netlink::flush_neighbors(std::string_view interface) const {
  int only = 0;
  if (!interface.empty()) {
    const auto found = link(interface);
    if (!found) return std::unexpected(found.error());
    only = found->index;
  }
  const auto entries = neighbors();
  if (!entries) return std::unexpected(entries.error());
  int removed = 0;
  for (const NeighborInfo& entry : *entries) {
    if ((entry.state & (NUD_PERMANENT | NUD_NOARP)) != 0) continue;  // not learnt
    if (only != 0 && entry.index != only) continue;
    ndmsg header{};
    header.ndm_family = entry.address.is_v4() ? AF_INET : AF_INET6;
    header.ndm_ifindex = entry.index;
    Message request(RTM_DELNEIGH, 0);
    request.header(header).put_address(NDA_DST, entry.address);
    const Answer answer = route_->execute(request);
    if (answer.ok()) {
      ++removed;
    } else if (answer.error != ENOENT) {
      return answer.failed(fmt::format("forget neighbour {}", net::to_string(entry.address)));
    }
  }
  return removed;
}

}  // namespace hoplab::netlink
