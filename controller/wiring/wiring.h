// The wires of a lab: veth pairs between network namespaces, by netlink.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/net/address.h"

namespace hoplab::wiring {

struct LinkEnd {
  int pid = 0;            // a process in the namespace (the container's PID 1)
  std::string node;       // for messages
  std::string interface;  // final name
  net::Mac mac;
};

struct Link {
  LinkEnd a;
  LinkEnd b;
  uint32_t mtu = 1500;
  std::string alias;  // mark of ownership on both ends: "hoplab:LAB"
};

class Wiring {
 public:
  virtual ~Wiring() = default;
  // Makes the pair with both ends in their namespaces under their final names and MACs, down.
  // True: made; false: it was there already, both ends as asked. Thread-safe.
  virtual Result<bool> connect(const Link& link) = 0;
  // Removes the pair; false: it was not there.
  virtual Result<bool> disconnect(const LinkEnd& end) = 0;
};

}  // namespace hoplab::wiring
