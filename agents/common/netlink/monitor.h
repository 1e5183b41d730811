// What changes in a network namespace, as it changes: links, addresses, routes, neighbours,
// learnt MACs, tracked connections.
//
// Bound to the namespace of the thread that opened it. The owner's loop waits for fd() to be
// readable and calls dispatch(), which never blocks and calls back on the caller's thread. When the
// kernel had to drop notices, an Overrun is delivered: the owner reads the state again.
#pragma once

#include <functional>
#include <variant>

#include "agents/common/base/error.h"
#include "agents/common/netlink/socket.h"
#include "agents/common/netlink/types.h"

namespace hoplab::netlink {

struct LinkChange {
  LinkInfo link;
  bool removed = false;
};
struct AddressChange {
  AddressInfo address;
  bool removed = false;
};
struct RouteChange {
  RouteInfo route;
  bool removed = false;
  bool replaces = false;  // the route of the same prefix and metric
};
struct NeighborChange {
  NeighborInfo neighbor;
  bool removed = false;
};
struct FdbChange {
  FdbInfo entry;
  bool removed = false;
};
struct ConntrackChange {
  ConntrackInfo entry;
  bool removed = false;
};
struct Overrun {};
using Change = std::variant<LinkChange, AddressChange, RouteChange, NeighborChange, FdbChange,
                            ConntrackChange, Overrun>;

class Monitor {
 public:
  // All but tracked connections.
  static Result<Monitor> open();
  // Tracked connections only, made and ended. The kernel spends on them as long as this is open.
  static Result<Monitor> open_conntrack();
  [[nodiscard]] int fd() const { return socket_.fd(); }
  Status dispatch(const std::function<void(const Change&)>& deliver);

 private:
  explicit Monitor(Socket socket) : socket_(std::move(socket)) {}
  Socket socket_;
};

}  // namespace hoplab::netlink
