#include "controller/journey/decode/dhcp.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

constexpr uint8_t kPad = 0, kMask = 1, kRouter = 3, kNameServers = 6, kHostName = 12, kDomain = 15,
                  kMtu = 26, kRequested = 50, kLease = 51, kOverload = 52, kType = 53, kServer = 54,
                  kAskedFor = 55, kMessage = 56, kRenewal = 58, kRebinding = 59, kEnd = 255;
constexpr size_t kSnameAt = 44, kFileAt = 108, kCookieAt = 236;

// An option may be split over several of its code: they are put together in order.
void collect_options(Bytes field, DhcpMessage& m) {
  Reader r(field);
  while (r.left() > 0) {
    const uint8_t code = r.u8();
    if (code == kPad) continue;
    if (code == kEnd) return;
    const uint8_t length = r.u8();
    const Bytes value = r.take(length);
    if (!r.ok()) {
      m.malformed = true;
      return;
    }
    auto& whole = m.options[code];
    whole.insert(whole.end(), value.begin(), value.end());
  }
}

// A mask of ones followed by zeros; 0 for any other.
uint8_t mask_length(uint32_t mask) {
  const int ones = std::countl_one(mask);
  return static_cast<uint8_t>(std::popcount(mask) == ones ? ones : 0);
}

void read_option(uint8_t code, Bytes bytes, DhcpMessage& m) {
  Reader value(bytes);
  switch (code) {
    case kMask: {
      const uint32_t mask = value.u32();
      m.prefix_length = mask_length(mask);
      if (m.prefix_length == 0 && mask != 0) m.malformed = true;
      break;
    }
    case kRouter:
      m.router = value.u32();
      break;
    case kNameServers:
      if (bytes.size() % 4 != 0) m.malformed = true;
      while (value.left() >= 4) m.name_servers.push_back(value.u32());
      break;
    case kHostName:
      m.host_name = printable_text(bytes, 255);
      break;
    case kDomain:
      m.domain = printable_text(bytes, 255);
      break;
    case kMtu:
      m.mtu = value.u16();
      break;
    case kRequested:
      m.requested = value.u32();
      break;
    case kLease:
      m.lease_seconds = value.u32();
      break;
    case kType:
      m.type = value.u8();
      break;
    case kServer:
      m.server = value.u32();
      break;
    case kAskedFor:
      m.asked_for.assign(bytes.begin(), bytes.end());
      break;
    case kMessage:
      m.message = printable_text(bytes, 255);
      break;
    case kRenewal:
      m.renewal_seconds = value.u32();
      break;
    case kRebinding:
      m.rebinding_seconds = value.u32();
      break;
    default:
      break;
  }
  if (!value.ok()) m.malformed = true;
}

void read_options(Bytes payload, DhcpMessage& m) {
  collect_options(payload.subspan(kCookieAt + 4), m);
  if (const auto it = m.options.find(kOverload); it != m.options.end() && !it->second.empty()) {
    const uint8_t where = it->second.front();
    if ((where & 1U) != 0) collect_options(payload.subspan(kFileAt, 128), m);
    if ((where & 2U) != 0) collect_options(payload.subspan(kSnameAt, 64), m);
  }
  for (const auto& [code, value] : m.options) read_option(code, value, m);
}

}  // namespace

std::optional<DhcpMessage> decode_dhcp(Bytes payload) {
  DhcpMessage m;
  Reader r(payload);
  const uint8_t operation = r.u8();
  r.skip(2);  // hardware type and length
  m.hops = r.u8();
  m.xid = r.u32();
  m.seconds = r.u16();
  m.broadcast = (r.u16() & 0x8000U) != 0;
  m.client_address = r.u32();
  m.your_address = r.u32();
  m.next_server = r.u32();
  m.relay = r.u32();
  m.client_mac = r.u48();
  r.skip(10 + 64 + 128);
  if (!r.ok() || (operation != 1 && operation != 2)) return std::nullopt;
  m.reply = operation == 2;
  // Without the cookie it is BOOTP with a vendor area of its own, or none.
  if (r.left() >= 4 && r.u32() == 0x63825363) read_options(payload, m);
  return m;
}

const char* dhcp_name(uint8_t type) {
  static constexpr std::array kNames = {"BOOTP", "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                        "ACK",   "NAK",      "RELEASE", "INFORM"};
  return type < kNames.size() ? kNames[type] : "message of unknown type";
}

std::string dhcp_title(const DhcpMessage& m) {
  if (m.type != DhcpMessage::kBootp) return dhcp_name(m.type);
  return m.reply ? "BOOTP reply" : "BOOTP request";
}

std::string dhcp_info(const DhcpMessage& m) {
  std::string text = (m.type == DhcpMessage::kBootp ? "" : "DHCP ") + dhcp_title(m);
  text += fmt::format(" xid 0x{:08x}", m.xid);
  if (m.your_address != 0) text.append(" ").append(address_text(m.your_address));
  if (m.your_address != 0 && m.prefix_length != 0) text += fmt::format("/{}", m.prefix_length);
  if (m.requested != 0) text.append(" asks for ").append(address_text(m.requested));
  if (m.client_address != 0) text.append(" has ").append(address_text(m.client_address));
  if (m.server != 0) text.append(" server ").append(address_text(m.server));
  if (m.lease_seconds != 0) text += fmt::format(" lease {} s", m.lease_seconds);
  if (m.relay != 0) text.append(" relayed by ").append(address_text(m.relay));
  if (m.broadcast) text += " (broadcast)";
  if (!m.message.empty()) text += fmt::format(" \"{}\"", m.message);
  if (m.malformed) text += ", malformed option";
  return text;
}

}  // namespace hoplab::journey
