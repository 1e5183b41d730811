#include "controller/journey/decode/resolution.h"

#include "controller/journey/decode/icmpv6.h"

namespace hoplab::journey {

std::optional<Resolution> read_resolution(const Packet& p) {
  if (p.malformed != nullptr) return std::nullopt;
  if (p.net == Net::kArp) {
    const bool asks = p.arp_operation == 1;
    return asks ? Resolution{true, p.tuple.source.address, p.tuple.destination.address, 0}
                : Resolution{false, {}, p.tuple.source.address, p.arp_sender_mac};
  }
  if (p.net != Net::kIpv6 || !p.is(kIcmpv6)) return std::nullopt;
  const bool asks = p.icmp_type == Icmpv6Message::kNeighborSolicitation;
  if (!asks && p.icmp_type != Icmpv6Message::kNeighborAdvertisement) return std::nullopt;
  const Icmpv6Message m = decode_icmpv6(p);
  if (m.malformed) return std::nullopt;
  const IpAddress target = net::ip_address(m.target);
  if (asks) return Resolution{true, p.tuple.source.address, target, 0};
  // Whoever answers a unicast question may leave its MAC out: it stands in the frame.
  return Resolution{
      false, {}, target, m.link_layer_target != 0 ? m.link_layer_target : p.source_mac};
}

}  // namespace hoplab::journey
