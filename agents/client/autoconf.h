// The node's IPv6 address as its routers have it (RFC 4862): the kernel's own autoconfiguration,
// which this starts anew, watches, and helps with what the kernel leaves to others: name servers.
//
// To start anew is to take every IPv6 address off the interface and put the link-local one back:
// the kernel then asks whether anybody has it, asks for routers, and makes its address of what they
// advertise. /proc/sys is read-only in a container, and a link that goes down would take IPv4's
// routes along.
//
// Threads: one of its own hears what routers advertise; the methods are thread-safe, acquire
// blocks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agents/client/rdnss.h"
#include "agents/common/base/file_descriptor.h"
#include "agents/common/netlink/netlink.h"
#include "agents/common/role/role.h"

namespace hoplab::client {

class Autoconf {
 public:
  // managed: the address comes by DHCPv6; of routers only prefix and way out are taken.
  Autoconf(std::string interface, bool managed)
      : interface_(std::move(interface)), managed_(managed) {}
  ~Autoconf();
  Autoconf(const Autoconf&) = delete;
  Autoconf& operator=(const Autoconf&) = delete;

  // Begins to hear; the kernel asks by itself when the interface comes up.
  Status listen(agent::Host& host);
  // No address, route or name server of routers any more, until solicit(), or 15 s have passed.
  Status forget();
  // Starts anew where all was forgotten; returns at once.
  Status solicit();
  // Waits until the address may be used.
  Status acquire();
  // "IPv6 address on eth0", or "IPv6 router on eth0" where addresses are managed.
  hoplab::v1::Condition condition();
  // What the kernel has now, told as a lease; nothing without an address, or where it is managed.
  [[nodiscard]] std::optional<hoplab::v1::Lease> found() const;

 private:
  struct Seen {
    std::vector<net::IpInterfaceAddress> addresses;  // global ones that may be used
    std::optional<net::IpAddress> router;
    std::string missing;  // empty: all is there
  };
  [[nodiscard]] Seen look() const;
  Status clear();
  Status start_anew();
  // What is missing still at that time; empty: nothing is.
  std::string wait_until(std::chrono::steady_clock::time_point deadline);
  void hear(agent::Host& host);
  void read_changes();
  void take(const Rdnss& told);
  // What is due by the clock; milliseconds until the next, -1: nothing is.
  int keep_time();

  const std::string interface_;
  const bool managed_;
  std::optional<netlink::Netlink> netlink_;
  std::optional<netlink::Socket> changes_;
  FileDescriptor stop_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t changes_seen_ = 0;
  std::vector<std::string> servers_;
  std::optional<std::chrono::steady_clock::time_point> servers_end_;
  std::optional<std::chrono::steady_clock::time_point> asks_again_;  // all was forgotten
  std::thread thread_;
};

}  // namespace hoplab::client
