#include "agents/common/netlink/monitor.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "agents/common/netlink/decode.h"

namespace hoplab::netlink {
namespace {

constexpr uint16_t conntrack_type(uint16_t message) {
  return static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8U | message);
}

void decode(const nlmsghdr* message, const std::function<void(const Change&)>& deliver) {
  switch (message->nlmsg_type) {
    case conntrack_type(IPCTNL_MSG_CT_NEW):
    case conntrack_type(IPCTNL_MSG_CT_DELETE):
      if (const auto entry = decode_conntrack(message)) {
        deliver(
            ConntrackChange{*entry, message->nlmsg_type == conntrack_type(IPCTNL_MSG_CT_DELETE)});
      }
      break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (auto link = decode_link(message)) {
        deliver(LinkChange{std::move(*link), message->nlmsg_type == RTM_DELLINK});
      }
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      if (const auto address = decode_address(message)) {
        deliver(AddressChange{*address, message->nlmsg_type == RTM_DELADDR});
      }
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (auto route = decode_route(message)) {
        const bool removed = message->nlmsg_type == RTM_DELROUTE;
        const bool replaces = !removed && (message->nlmsg_flags & NLM_F_REPLACE) != 0;
        deliver(RouteChange{std::move(*route), removed, replaces});
      }
      break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      if (const auto neighbor = decode_neighbor(message)) {
        deliver(NeighborChange{*neighbor, message->nlmsg_type == RTM_DELNEIGH});
      } else if (const auto entry = decode_fdb(message)) {
        deliver(FdbChange{*entry, message->nlmsg_type == RTM_DELNEIGH});
      }
      break;
    default:
      break;
  }
}

}  // namespace

Result<Monitor> Monitor::open() {
  auto socket = Socket::open(NETLINK_ROUTE);
  if (!socket) return std::unexpected(socket.error());
  if (auto joined = socket->subscribe({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
                                       RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_NEIGH});
      !joined) {
    return std::unexpected(joined.error());
  }
  return Monitor(*std::move(socket));
}

Result<Monitor> Monitor::open_conntrack() {
  auto socket = Socket::open(NETLINK_NETFILTER);
  if (!socket) return std::unexpected(socket.error());
  if (auto joined = socket->subscribe({NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_DESTROY});
      !joined) {
    return std::unexpected(joined.error());
  }
  return Monitor(*std::move(socket));
}

Status Monitor::dispatch(const std::function<void(const Change&)>& deliver) {
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return {};
      if (errno == ENOBUFS) {
        deliver(Overrun{});
        continue;
      }
      return fail_errno("read network changes", errno);
    }
    auto left = static_cast<unsigned>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      decode(message, deliver);
    }
  }
}

}  // namespace hoplab::netlink
