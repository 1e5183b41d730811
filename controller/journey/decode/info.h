// A frame in words: the one line a packet analyser would show, and its header fields.
#pragma once

#include <string>
#include <vector>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/packet.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

std::string info_line(const Packet& packet);
void fill_headers(const Packet& packet, v1::Headers& headers);
// "Ethernet", "IPv4", "UDP", "DNS": from the bottom up.
std::vector<std::string> layers_of(const Packet& packet);
// The highest layer decoded: "DNS", "TLS", "TCP", …
std::string protocol_of(const Packet& packet);

std::string endpoint_text(const Endpoint& endpoint);
std::string tcp_flags_text(uint8_t flags);
std::string icmp_text(uint8_t type, uint8_t code);
// Of either version: "ICMP" and "port unreachable", "ICMPv6" and "hop limit exceeded".
std::string icmp_name(const Packet& packet);
std::string icmp_message(const Packet& packet);
// What the field that every router counts down is called: "TTL" (RFC 791), "hop limit" (RFC 8200).
std::string ttl_name(const Packet& packet);
std::string ip_protocol_name(uint8_t protocol);

}  // namespace hoplab::journey
