// The node's BOOTP client: bootpc(8), run until it has an address. What it is given has no end
// (RFC 951), so nothing is renewed and nothing given back.
//
// Threads: one of its own asks until there is an address; the methods are thread-safe, acquire
// blocks.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "agents/common/netlink/netlink.h"
#include "agents/common/role/role.h"

namespace hoplab::client {

// The lines NAME='value' that bootpc prints, as a lease; nothing without an address. Pure.
std::optional<hoplab::v1::LeaseEvent> read_bootp(std::string_view output,
                                                 const std::string& interface);

class BootpClient {
 public:
  explicit BootpClient(std::string interface) : interface_(std::move(interface)) {}

  // Begins to ask.
  Status start(agent::Host& host);
  // The address held; where there is none, the server is asked once.
  Result<hoplab::v1::Lease> acquire(agent::Host& host);
  // Forgets the address.
  Status release();
  // "address on eth0". Puts address and route back where something else took them away.
  hoplab::v1::Condition condition();
  [[nodiscard]] std::optional<hoplab::v1::Lease> lease() const;

 private:
  Status ask(agent::Host& host);

  const std::string interface_;
  std::optional<netlink::Netlink> netlink_;
  std::mutex asking_;
  mutable std::mutex mutex_;
  std::optional<hoplab::v1::LeaseEvent> held_;
  std::string problem_ = "asked for by BOOTP";
  std::jthread thread_;
};

}  // namespace hoplab::client
