// One list from the kernel, decoded: shared by the verbs of Netlink.
#pragma once

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

}  // namespace hoplab::netlink
