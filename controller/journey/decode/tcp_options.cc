#include <fmt/format.h>

#include <algorithm>

#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/packet.h"

namespace hoplab::journey {
namespace {

constexpr uint8_t kEndOfList = 0, kNoOperation = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4,
                  kSack = 5, kTimestamps = 8;

// What RFC 9293, RFC 7323 and RFC 2018 allow.
bool length_fits(uint8_t kind, uint8_t length) {
  switch (kind) {
    case kMss:
      return length == 4;
    case kWindowScale:
      return length == 3;
    case kSackPermitted:
      return length == 2;
    case kSack:
      return length % 8 == 2 && length <= 34;
    case kTimestamps:
      return length == 10;
    default:
      return true;
  }
}

void read_option(uint8_t kind, Reader value, TcpOptions& options) {
  switch (kind) {
    case kMss:
      options.mss = value.u16();
      break;
    case kWindowScale:
      options.window_scale = std::min<int>(value.u8(), 14);
      break;
    case kSackPermitted:
      options.sack_permitted = true;
      break;
    case kSack:
      options.sack_blocks = 0;  // of a second SACK option only the last counts
      while (value.left() >= 8) {
        options.sack[options.sack_blocks++] = {.left = value.u32(), .right = value.u32()};
      }
      break;
    case kTimestamps:
      options.timestamps = true;
      options.timestamp_value = value.u32();
      options.timestamp_echo = value.u32();
      break;
    default:
      options.other[options.others++] = kind;
  }
}

std::string kind_name(uint8_t kind) {
  switch (kind) {
    case 19:
      return "MD5 signature";
    case 28:
      return "user timeout";
    case 29:
      return "TCP-AO";
    case 30:
      return "MPTCP";
    case 34:
      return "Fast Open";
    default:
      return fmt::format("option {}", kind);
  }
}

}  // namespace

TcpOptions tcp_options(const Packet& p) {
  TcpOptions options;
  if (!p.is(kTcp) || p.payload < p.l4 + 20 || p.payload > p.bytes.size()) return options;
  // Of a header whose data offset lies, nothing tells where the options end.
  if (p.payload - p.l4 != (p.bytes[p.l4 + 12U] >> 4U) * 4U) {
    options.malformed = true;
    return options;
  }
  Reader r(p.bytes.first(p.payload), p.l4 + 20U);
  while (r.left() > 0) {
    const uint8_t kind = r.u8();
    if (kind == kEndOfList) break;
    if (kind == kNoOperation) continue;
    const uint8_t length = r.u8();
    if (!r.ok() || length < 2 || length - 2U > r.left() || !length_fits(kind, length)) {
      options.malformed = true;
      break;
    }
    read_option(kind, Reader(r.take(length - 2U)), options);
  }
  return options;
}

std::string tcp_options_text(const TcpOptions& o) {
  std::string text;
  if (o.mss != 0) append_item(text, fmt::format("MSS {}", o.mss), " ");
  if (o.window_scale >= 0) {
    append_item(text, fmt::format("WS {}", 1U << static_cast<unsigned>(o.window_scale)), " ");
  }
  if (o.sack_permitted) append_item(text, "SACK", " ");
  if (o.timestamps) {
    append_item(text, fmt::format("TS {} echo {}", o.timestamp_value, o.timestamp_echo), " ");
  }
  for (size_t i = 0; i < o.sack_blocks; ++i) {
    append_item(text, fmt::format("SACK {}–{}", o.sack[i].left, o.sack[i].right), " ");
  }
  for (size_t i = 0; i < o.others; ++i) append_item(text, kind_name(o.other[i]), " ");
  if (o.malformed) append_item(text, "malformed option", " ");
  return text;
}

}  // namespace hoplab::journey
