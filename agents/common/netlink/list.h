// One list from the kernel, decoded: shared by the verbs of Netlink.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agents/common/netlink/socket.h"

namespace hoplab::netlink {

template <typename Info>
Result<std::vector<Info>> list(Socket& socket, Message& request, std::string attempted,
                               std::optional<Info> (*decode)(const nlmsghdr*)) {
  std::vector<Info> result;
  const Answer answer = socket.dump(
      request,
      [&](const nlmsghdr* message) {
        if (auto info = decode(message)) result.push_back(std::move(*info));
      },
      [&] { result.clear(); });
  if (!answer.ok()) return answer.failed(std::move(attempted));
  return result;
}

// The same of IPv4 and then IPv6. `request` makes the request of one family. A kernel without IPv6
// answers with whatever it has, so what is of the other version is left out.
template <typename Info, typename Request, typename VersionOf>
Result<std::vector<Info>> list_both(Socket& socket, Request&& request, const std::string& attempted,
                                    std::optional<Info> (*decode)(const nlmsghdr*),
                                    VersionOf&& is_v4) {
  std::vector<Info> result;
  for (const int family : {AF_INET, AF_INET6}) {
    Message message = request(static_cast<uint8_t>(family));
    auto part = list<Info>(socket, message, attempted, decode);
    if (!part) return std::unexpected(part.error());
    for (Info& info : *part) {
      if (is_v4(info) == (family == AF_INET)) result.push_back(std::move(info));
    }
  }
  return result;
}

}  // namespace hoplab::netlink
