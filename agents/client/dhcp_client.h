// The node's DHCP client: dhclient as a supervised program, and what it last reported.
//
// Threads: one of its own receives dhclient's reports; the methods are thread-safe, acquire and
// release block.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/netlink/netlink.h"
#include "agents/common/role/role.h"

namespace hoplab::client {

class DhcpClient {
 public:
  static constexpr const char* kProgram = "dhclient";

  explicit DhcpClient(std::string interface) : interface_(std::move(interface)) {}
  ~DhcpClient();
  DhcpClient(const DhcpClient&) = delete;
  DhcpClient& operator=(const DhcpClient&) = delete;

  [[nodiscard]] agent::ConfigFile configuration() const;
  [[nodiscard]] agent::Program program() const;
  // Ready to hear dhclient; before it starts.
  Status listen(agent::Host& host);

  // The lease held; where there is none, dhclient is started and waited for.
  Result<hoplab::v1::Lease> acquire(agent::Host& host);
  // Gives the lease back to the server (DHCPRELEASE): dhclient stays down.
  Status release(agent::Host& host);
  // "lease on eth0". Puts address and route back where something else took them away.
  hoplab::v1::Condition condition();
  [[nodiscard]] std::optional<hoplab::v1::Lease> lease() const;

 private:
  void receive(agent::Host& host);
  void take(const hoplab::v1::LeaseEvent& event);

  const std::string interface_;
  std::optional<netlink::Netlink> netlink_;
  FileDescriptor socket_;
  FileDescriptor stop_;

  std::mutex interface_mutex_;  // what is held and what the interface has go together
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<hoplab::v1::LeaseEvent> held_;
  int64_t expires_ns_ = 0;
  uint64_t failures_ = 0;  // times dhclient gave up asking
  std::thread thread_;
};

}  // namespace hoplab::client
