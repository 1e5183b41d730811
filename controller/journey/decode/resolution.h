// Who asks for a MAC, and who tells it: ARP (RFC 826) of IPv4, Neighbor Solicitation and
// Advertisement (RFC 4861, section 7.2) of IPv6 as one thing.
#pragma once

#include <optional>

#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

struct Resolution {
  bool asks = false;
  IpAddress sender;  // of a question; unspecified where an address is only probed (RFC 4862, 5.4)
  IpAddress target;  // the address asked for, or told of
  uint64_t mac = 0;  // of an answer
};

// Nothing for any other packet.
std::optional<Resolution> read_resolution(const Packet& packet);

}  // namespace hoplab::journey
