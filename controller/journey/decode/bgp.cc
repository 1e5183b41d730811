#include "controller/journey/decode/bgp.h"

#include <algorithm>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/bgp_update.h"

namespace hoplab::journey {
namespace {

constexpr size_t kHeader = 19;
constexpr uint8_t kCapabilities = 2, kFourOctetAs = 65;

bool read_capabilities(Reader r, BgpOpen& open) {
  while (r.left() > 0) {
    BgpCapability capability;
    capability.code = r.u8();
    const uint8_t length = r.u8();
    capability.value = r.take(length);
    if (!r.ok()) return false;
    if (capability.code == kFourOctetAs && capability.value.size() == 4) {
      open.asn = Reader(capability.value).u32();
    }
    open.capabilities.push_back(capability);
  }
  return true;
}

void read_open(Bytes body, BgpMessage& m) {
  Reader r(body);
  m.open.version = r.u8();
  m.open.asn = r.u16();
  m.open.hold_seconds = r.u16();
  m.open.identifier = r.u32();
  const uint8_t length = r.u8();
  Reader parameters(r.take(length));
  if (!r.ok()) {
    m.malformed = "OPEN lengths";
    return;
  }
  while (parameters.left() > 0) {
    const uint8_t type = parameters.u8();
    const uint8_t size = parameters.u8();
    const Bytes value = parameters.take(size);
    if (!parameters.ok() || (type == kCapabilities && !read_capabilities(Reader(value), m.open))) {
      m.malformed = "OPEN parameters";
      return;
    }
  }
}

void read_notification(Bytes body, BgpMessage& m) {
  Reader r(body);
  m.notification.code = r.u8();
  m.notification.subcode = r.u8();
  if (!r.ok()) {
    m.malformed = "NOTIFICATION cut short";
    return;
  }
  const bool shutdown =
      m.notification.code == 6 && (m.notification.subcode == 2 || m.notification.subcode == 4);
  if (!shutdown || r.left() == 0) return;
  const uint8_t length = r.u8();
  m.notification.reason = printable_text(r.take(length), 255);
  if (!r.ok()) m.malformed = "shutdown reason";
}

void read_body(Bytes body, BgpMessage& m) {
  switch (m.type) {
    case BgpMessage::kOpen:
      return read_open(body, m);
    case BgpMessage::kUpdate:
      return read_bgp_update(body, m);
    case BgpMessage::kNotification:
      return read_notification(body, m);
    case BgpMessage::kKeepalive:
      if (!body.empty()) m.malformed = "KEEPALIVE with a body";
      return;
    case BgpMessage::kRouteRefresh:
      if (body.size() < 4) m.malformed = "ROUTE-REFRESH cut short";
      return;
    default:
      m.malformed = "unknown type";
  }
}

}  // namespace

std::vector<BgpMessage> decode_bgp(Bytes stream) {
  std::vector<BgpMessage> messages;
  for (size_t at = 0; at + kHeader <= stream.size();) {
    const Bytes marker = stream.subspan(at, 16);
    if (!std::ranges::all_of(marker, [](uint8_t b) { return b == 0xff; })) break;
    Reader r(stream, at + 16);
    BgpMessage m;
    m.at = at;
    m.length = r.u16();
    m.type = r.u8();
    if (m.length < kHeader) {
      m.malformed = "length";
      messages.push_back(std::move(m));
      break;
    }
    m.whole = m.length <= stream.size() - at;
    if (m.whole) read_body(stream.subspan(at + kHeader, m.length - kHeader), m);
    at += m.length;
    messages.push_back(std::move(m));
  }
  return messages;
}

}  // namespace hoplab::journey
