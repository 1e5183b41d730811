// A netlink socket, bound for its life to the network namespace of the thread that opened it.
//
// Thread-safe: one request at a time, others wait. The kernel answers at once; an answer that does
// not come within five seconds is ETIMEDOUT.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/netlink/message.h"

struct nlmsghdr;
struct nl_sock;

namespace hoplab::netlink {

// What the kernel said to one request.
struct Answer {
  int error = 0;       // errno; 0: done
  std::string detail;  // the kernel's own words, when it has some

  [[nodiscard]] bool ok() const { return error == 0; }
  // An error value of this answer: "set mtu of eth0: Invalid argument (mtu greater than …)".
  [[nodiscard]] std::unexpected<Error> failed(std::string attempted) const;
};

class Socket {
 public:
  // protocol: NETLINK_ROUTE, NETLINK_NETFILTER.
  static Result<Socket> open(int protocol);
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;
  ~Socket();

  using Visitor = std::function<void(const nlmsghdr*)>;
  // Sends the request and waits for its acknowledgement; replies before it go to the visitor.
  Answer execute(Message& request, const Visitor& visit = nullptr);
  // As above for a list. A list that changed while being read is read again: `restart` is called
  // then, so that the visitor's results can be cleared.
  Answer dump(Message& request, const Visitor& visit, const std::function<void()>& restart);

  // For multicast: joins a group (RTNLGRP_*), makes the socket non-blocking.
  Status subscribe(std::initializer_list<int> groups);
  [[nodiscard]] int fd() const;

 private:
  struct State;
  explicit Socket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hoplab::netlink
