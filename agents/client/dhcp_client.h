// The node's DHCP or DHCPv6 client: dhclient as a supervised program, and what it last reported.
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

enum class DhcpVersion { k4, k6 };

class DhcpClient {
 public:
  DhcpClient(std::string interface, DhcpVersion version);
  ~DhcpClient();
  DhcpClient(const DhcpClient&) = delete;
  DhcpClient& operator=(const DhcpClient&) = delete;

  [[nodiscard]] agent::ConfigFile configuration() const;
  [[nodiscard]] agent::Program program() const;
  // Ready to hear dhclient; before it starts.
  Status listen(agent::Host& host);
  // What listens on the interface is ended and started again: the interface was made anew.
  void restart(agent::Host& host);

  // The lease held; where there is none, dhclient is started and waited for.
  Result<hoplab::v1::Lease> acquire(agent::Host& host);
  // Gives the lease back to the server (DHCPRELEASE): dhclient stays down.
  Status release(agent::Host& host);
  // "lease on eth0", "DHCPv6 lease on eth0". Puts address and route back where something else took
  // them away.
  hoplab::v1::Condition condition();
  [[nodiscard]] std::optional<hoplab::v1::Lease> lease() const;

 private:
  struct Kind;  // what differs between the versions
  static const Kind& kind_of(DhcpVersion version);

  [[nodiscard]] std::vector<std::string> command(const char* verb) const;
  void receive(agent::Host& host);
  void take(const hoplab::v1::LeaseEvent& event);

  const std::string interface_;
  const Kind& kind_;
  std::optional<netlink::Netlink> netlink_;
  FileDescriptor socket_;
  FileDescriptor stop_;

  std::mutex interface_mutex_;  // what is held and what the interface has go together
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<hoplab::v1::LeaseEvent> held_;
  int64_t held_since_ns_ = 0;
  uint64_t failures_ = 0;  // times dhclient gave up asking
  std::thread thread_;
};

}  // namespace hoplab::client
