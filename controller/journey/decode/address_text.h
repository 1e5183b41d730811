// Addresses as people write them: dotted, RFC 5952, colons.
#pragma once

#include <string>

#include "agents/common/net/ip_address.h"
#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

std::string mac_text(uint64_t mac);
std::string address_text(uint32_t address);  // IPv4
std::string address_text(const net::IpAddress& address);
// Of 4 or 16 bytes; empty for any other number of them.
std::string address_text(Bytes address);
// "203.0.113.0/24" from as many bytes as the length needs; the rest counts as zero.
std::string prefix_text(Bytes bytes, unsigned length, bool ipv6);
// Text from the wire, safe to print: what is not printable ASCII becomes '?'.
std::string printable_text(Bytes bytes, size_t most);
std::string hex_text(Bytes bytes);

}  // namespace hoplab::journey
