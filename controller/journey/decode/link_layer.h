// What stands directly on Ethernet and is no IP: names of EtherTypes, and LLC (IEEE 802.2) with the
// spanning tree (802.1D) and IS-IS (ISO 10589) on it.
#pragma once

#include <string>

#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

// "IPv4", "LLDP", "0x88b5"
std::string ether_type_name(uint16_t type);
std::string llc_text(Bytes payload);
// "802.1Q VLAN 100 priority 3: " for a tagged frame, else empty.
std::string tag_text(const Packet& packet);

}  // namespace hoplab::journey
