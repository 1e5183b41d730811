#include "controller/journey/decode/bgp_update.h"

#include <fmt/format.h>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

constexpr uint8_t kOrigin = 1, kAsPath = 2, kNextHop = 3, kMed = 4, kLocalPreference = 5,
                  kCommunities = 8, kReach = 14, kUnreach = 15;

// A list of lengths and prefixes; false when it does not come out even.
bool read_prefixes(Reader r, bool ipv6, std::vector<std::string>& prefixes) {
  while (r.left() > 0) {
    const uint8_t length = r.u8();
    const Bytes bytes = r.take((length + 7U) / 8U);
    if (!r.ok() || length > (ipv6 ? 128 : 32)) return false;
    prefixes.push_back(prefix_text(bytes, length, ipv6));
  }
  return true;
}

std::optional<std::string> path_text(Bytes attribute, bool four_octets) {
  std::string text;
  Reader r(attribute);
  while (r.left() > 0) {
    const uint8_t kind = r.u8();  // AS_SET, AS_SEQUENCE and the two of confederations
    const uint8_t count = r.u8();
    if (kind < 1 || kind > 4) return std::nullopt;
    std::string segment;
    for (unsigned i = 0; i < count && r.ok(); ++i) {
      append_item(segment, std::to_string(four_octets ? r.u32() : r.u16()), " ");
    }
    if (!r.ok()) return std::nullopt;
    if (kind == 1) segment = fmt::format("{{{}}}", segment);
    if (kind == 3) segment = fmt::format("({})", segment);
    if (kind == 4) segment = fmt::format("[{}]", segment);
    append_item(text, segment, " ");
  }
  return text;
}

// Address families: IPv4 and IPv6 unicast; of others only the attribute's presence is told.
bool read_family(Reader& r, bool& ipv6) {
  const uint16_t family = r.u16();
  const uint8_t subsequent = r.u8();
  ipv6 = family == 2;
  return r.ok() && (family == 1 || family == 2) && subsequent == 1;
}

bool read_reach(Reader r, BgpUpdate& u) {
  bool ipv6 = false;
  const bool known = read_family(r, ipv6);
  const uint8_t length = r.u8();
  const Bytes next_hop = r.take(length);
  r.skip(1);
  if (!r.ok()) return false;
  if (!known) return true;
  // A global address, alone or with a link-local one behind it.
  u.next_hop = address_text(next_hop.first(next_hop.size() == 32 ? 16 : next_hop.size()));
  return read_prefixes(r, ipv6, u.announced);
}

bool read_unreach(Reader r, BgpUpdate& u) {
  bool ipv6 = false;
  const bool known = read_family(r, ipv6);
  if (!r.ok()) return false;
  if (r.left() == 0 && u.attributes.size() == 1) u.end_of_rib = true;
  return !known || read_prefixes(r, ipv6, u.withdrawn);
}

bool read_attribute(uint8_t type, Bytes value, BgpUpdate& u) {
  Reader r(value);
  u.attributes.push_back(type);
  switch (type) {
    case kOrigin:
      u.origin = r.u8();
      break;
    case kAsPath: {
      auto path = path_text(value, true);
      if (!path) path = path_text(value, false);
      if (!path) return false;
      u.as_path = *path;
      return true;
    }
    case kNextHop:
      u.next_hop = address_text(r.take(4));
      break;
    case kMed:
      u.med = r.u32();
      break;
    case kLocalPreference:
      u.local_preference = r.u32();
      break;
    case kCommunities:
      while (r.left() > 0 && r.ok()) u.communities.push_back(r.u32());
      break;
    case kReach:
      return read_reach(r, u);
    case kUnreach:
      return read_unreach(r, u);
    default:
      break;
  }
  return r.ok();
}

bool read_attributes(Reader r, BgpUpdate& u) {
  while (r.left() > 0) {
    const uint8_t flags = r.u8();
    const uint8_t type = r.u8();
    const uint16_t length = (flags & 0x10U) != 0 ? r.u16() : r.u8();
    const Bytes value = r.take(length);
    if (!r.ok() || !read_attribute(type, value, u)) return false;
  }
  return true;
}

}  // namespace

void read_bgp_update(Bytes body, BgpMessage& m) {
  BgpUpdate& u = m.update;
  Reader r(body);
  const uint16_t withdrawn_length = r.u16();
  const Bytes withdrawn = r.take(withdrawn_length);
  const uint16_t attributes_length = r.u16();
  const Bytes attributes = r.take(attributes_length);
  const Bytes announced = body.subspan(r.at());
  if (!r.ok()) {
    m.malformed = "UPDATE lengths";
    return;
  }
  u.end_of_rib = withdrawn.empty() && attributes.empty() && announced.empty();
  if (!read_prefixes(Reader(withdrawn), false, u.withdrawn)) m.malformed = "withdrawn routes";
  if (!read_attributes(Reader(attributes), u)) m.malformed = "path attributes";
  if (!read_prefixes(Reader(announced), false, u.announced)) m.malformed = "announced routes";
}

}  // namespace hoplab::journey
