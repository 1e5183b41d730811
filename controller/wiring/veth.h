// Wiring with veth pairs, by netlink.
//
// One request makes a pair with both ends in their namespaces; the mark of ownership, which the
// kernel does not take in that request, follows at once. Neither the caller's thread nor any other
// that has work of its own changes namespace. Calls for different links run concurrently.
#pragma once

#include <memory>

#include "agents/common/netlink/socket.h"
#include "controller/wiring/wiring.h"

namespace hoplab::wiring {

class VethWiring : public Wiring {
 public:
  // kEnvironment when the process may not do this.
  static Result<std::unique_ptr<VethWiring>> open();

  // A half of an earlier pair that carries the same mark (its container was restarted, or it has
  // been wired otherwise) is replaced; any other interface of that name is an error.
  Result<bool> connect(const Link& link) override;
  // Only veth ends that carry a mark are removed; a namespace that is gone took its end with it.
  Result<bool> disconnect(const LinkEnd& end) override;

 private:
  explicit VethWiring(netlink::Socket socket) : socket_(std::move(socket)) {}
  netlink::Socket
      socket_;  // in the controller's namespace; the kernel serialises these requests anyway
};

}  // namespace hoplab::wiring
