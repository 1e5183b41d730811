// The steps of decode_packet() that have a file of their own; nothing else calls them.
#pragma once

#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

void decode_ipv4(Packet& packet, bool snapped);
void decode_ipv6(Packet& packet, bool snapped);

// The transport header at `l4`; `body` becomes the hash of what NAT does not touch, 0 for none.
void decode_transport(Packet& packet, uint64_t& body);

// What stands behind an IPv6 header (RFC 8200): the chain of extension headers walked to its end.
struct UpperLayer {
  uint8_t protocol = kNoNextHeader;
  size_t at = 0;
  uint32_t identification = 0;  // of a fragment
  uint16_t fragment_offset = 0;
  bool more_fragments = false;
  bool whole = true;  // false: the chain runs out of the bytes
};
UpperLayer find_upper_layer(Bytes bytes, size_t at, uint8_t next_header);

}  // namespace hoplab::journey
