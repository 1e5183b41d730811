// Whether the transport checksum of a captured datagram is right (RFC 768, RFC 9293, RFC 792).
#pragma once

#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

enum class Checksum : uint8_t { kGood, kBad, kUntold };

// kUntold: fragments, frames captured in part, UDP without one, other protocols.
Checksum transport_checksum(const Packet& packet, uint32_t wire_length);

}  // namespace hoplab::journey
