#include "controller/journey/decode/link_layer.h"

#include <fmt/format.h>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

std::string isis_text(Bytes pdu) {
  if (pdu.size() < 5) return "IS-IS, cut short";
  switch (pdu[4] & 0x1fU) {
    case 15:
      return "IS-IS Hello, level 1";
    case 16:
      return "IS-IS Hello, level 2";
    case 17:
      return "IS-IS Hello, point-to-point";
    case 18:
      return "IS-IS LSP, level 1";
    case 20:
      return "IS-IS LSP, level 2";
    case 24:
      return "IS-IS CSNP, level 1";
    case 25:
      return "IS-IS CSNP, level 2";
    case 26:
      return "IS-IS PSNP, level 1";
    case 27:
      return "IS-IS PSNP, level 2";
    default:
      return fmt::format("IS-IS PDU type {}", pdu[4] & 0x1fU);
  }
}

std::string spanning_tree_text(Bytes bpdu) {
  Reader r(bpdu);
  const uint16_t protocol = r.u16();
  r.skip(1);
  const uint8_t type = r.u8();
  if (!r.ok() || protocol != 0) return "spanning tree, cut short";
  if (type == 0x80) return "spanning tree topology change";
  r.skip(1);
  const uint16_t root_priority = r.u16();
  const uint64_t root_mac = r.u48();
  const uint32_t cost = r.u32();
  if (!r.ok()) return "spanning tree, cut short";
  return fmt::format("{} root {}/{} cost {}", type == 2 ? "rapid spanning tree" : "spanning tree",
                     root_priority, mac_text(root_mac), cost);
}

}  // namespace

std::string ether_type_name(uint16_t type) {
  switch (type) {
    case 0x0800:
      return "IPv4";
    case 0x0806:
      return "ARP";
    case 0x0842:
      return "Wake-on-LAN";
    case 0x8035:
      return "RARP";
    case 0x86dd:
      return "IPv6";
    case 0x8809:
      return "slow protocols";
    case 0x8847:
      return "MPLS";
    case 0x8863:
      return "PPPoE discovery";
    case 0x8864:
      return "PPPoE session";
    case 0x888e:
      return "EAPOL";
    case 0x88cc:
      return "LLDP";
    case 0x88e5:
      return "MACsec";
    case 0x88f7:
      return "PTP";
    default:
      return fmt::format("0x{:04x}", type);
  }
}

std::string llc_text(Bytes payload) {
  Reader r(payload);
  const uint8_t destination = r.u8();
  const uint8_t source = r.u8();
  const uint8_t control = r.u8();
  if (!r.ok()) return "LLC, cut short";
  const Bytes rest = payload.subspan(r.at());
  if (destination == 0x42 && source == 0x42) return spanning_tree_text(rest);
  if (destination == 0xfe && source == 0xfe && !rest.empty() && rest[0] == 0x83) {
    return isis_text(rest);
  }
  if (destination == 0xaa && source == 0xaa) {
    const uint32_t organisation = r.u24();
    const uint16_t type = r.u16();
    return r.ok() ? fmt::format("SNAP {:06x} {}", organisation, ether_type_name(type))
                  : "SNAP, cut short";
  }
  return fmt::format("LLC {:02x} → {:02x} control {:02x}", source, destination, control);
}

std::string tag_text(const Packet& p) {
  if (p.tags == 0) return {};
  const unsigned priority = p.tag_control >> 13U;
  return fmt::format("{} VLAN {}{}: ", p.tags > 1 ? fmt::format("{} tags,", p.tags) : "802.1Q",
                     p.vlan(), priority != 0 ? fmt::format(" priority {}", priority) : "");
}

}  // namespace hoplab::journey
