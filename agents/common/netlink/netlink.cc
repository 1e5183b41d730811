#include "agents/common/netlink/netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace hoplab::netlink {

Result<Netlink> Netlink::open() {
  auto route = Socket::open(NETLINK_ROUTE);
  if (!route) return std::unexpected(route.error());
  Netlink result;
  result.route_ = std::make_unique<Socket>(std::move(*route));
  if (auto netfilter = Socket::open(NETLINK_NETFILTER)) {
    result.netfilter_ = std::make_unique<Socket>(std::move(*netfilter));
  }
  result.ioctl_ = FileDescriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!result.ioctl_) return fail_errno("open socket for interface settings", errno);
  return result;
}

}  // namespace hoplab::netlink
