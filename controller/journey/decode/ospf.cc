#include "controller/journey/decode/ospf.h"

#include <fmt/format.h>

#include <array>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

constexpr size_t kLsaHeader = 20;

OspfLsaHeader read_lsa_header(Reader& r, uint8_t version) {
  OspfLsaHeader h;
  h.age = r.u16() & 0x7fffU;  // the upper bit says that it does not age
  h.type = r.u16();
  if (version == 2) h.type &= 0xffU;  // the upper half holds options
  h.id = r.u32();
  h.advertising_router = r.u32();
  h.sequence = r.u32();
  r.skip(2);
  h.length = r.u16();
  return h;
}

void read_hello(Reader& r, OspfPacket& p) {
  if (p.version == 2) {
    p.mask = r.u32();
    p.hello_seconds = r.u16();
    p.options = r.u8();
    p.priority = r.u8();
    p.dead_seconds = r.u32();
  } else {
    p.interface_id = r.u32();
    p.priority = r.u8();
    p.options = r.u24();
    p.hello_seconds = r.u16();
    p.dead_seconds = r.u16();
  }
  p.designated_router = r.u32();
  p.backup = r.u32();
  while (r.ok() && r.left() >= 4) p.neighbors.push_back(r.u32());
}

void read_lsa_headers(Reader& r, OspfPacket& p) {
  while (r.ok() && r.left() > 0) {
    const OspfLsaHeader header = read_lsa_header(r, p.version);
    if (r.ok()) p.lsas.push_back(header);
  }
}

void read_description(Reader& r, OspfPacket& p) {
  if (p.version == 3) {
    r.skip(1);
    p.options = r.u24();
  }
  p.mtu = r.u16();
  if (p.version == 2) p.options = r.u8();
  if (p.version == 3) r.skip(1);
  const uint8_t flags = r.u8();
  p.initial = (flags & 4U) != 0;
  p.more = (flags & 2U) != 0;
  p.master = (flags & 1U) != 0;
  p.sequence = r.u32();
  read_lsa_headers(r, p);
}

void read_requests(Reader& r, OspfPacket& p) {
  while (r.ok() && r.left() > 0) {
    OspfRequest request;
    request.type = p.version == 2 ? r.u32() : r.u32() & 0xffffU;
    request.id = r.u32();
    request.advertising_router = r.u32();
    if (r.ok()) p.requests.push_back(request);
  }
}

void read_update(Reader& r, OspfPacket& p) {
  p.announced = r.u32();
  for (uint32_t i = 0; i < p.announced && r.ok(); ++i) {
    const OspfLsaHeader header = read_lsa_header(r, p.version);
    if (!r.ok()) break;
    p.lsas.push_back(header);
    if (header.length < kLsaHeader) {
      p.malformed = "LSA length";
      return;
    }
    r.skip(header.length - kLsaHeader);
  }
}

void read_body(Reader& r, OspfPacket& p) {
  switch (p.type) {
    case OspfPacket::kHello:
      return read_hello(r, p);
    case OspfPacket::kDatabaseDescription:
      return read_description(r, p);
    case OspfPacket::kRequest:
      return read_requests(r, p);
    case OspfPacket::kUpdate:
      return read_update(r, p);
    case OspfPacket::kAcknowledge:
      return read_lsa_headers(r, p);
    default:
      p.malformed = "unknown type";
  }
}

std::string lsa_text(uint8_t version, const OspfLsaHeader& h) {
  return fmt::format("{} {} from {}{}", ospf_lsa_name(version, h.type), address_text(h.id),
                     address_text(h.advertising_router), h.age >= 3600 ? " (flushed)" : "");
}

// At most three of a list, and how many more there are.
template <typename List, typename Text>
std::string some_of(const List& list, Text text) {
  std::string out;
  for (size_t i = 0; i < list.size() && i < 3; ++i) out += (i == 0 ? ": " : ", ") + text(list[i]);
  if (list.size() > 3) out += fmt::format(" and {} more", list.size() - 3);
  return out;
}

std::string body_text(const OspfPacket& p) {
  const auto lsa = [&](const OspfLsaHeader& h) { return lsa_text(p.version, h); };
  switch (p.type) {
    case OspfPacket::kHello: {
      std::string text;
      if (p.designated_router != 0) text.append(" DR ").append(address_text(p.designated_router));
      if (p.backup != 0) text.append(" BDR ").append(address_text(p.backup));
      return text + fmt::format(" every {} s, dead after {} s, {} neighbor{}", p.hello_seconds,
                                p.dead_seconds, p.neighbors.size(),
                                p.neighbors.size() == 1 ? "" : "s");
    }
    case OspfPacket::kDatabaseDescription:
      return fmt::format(" MTU {} seq {}{}{}{}", p.mtu, p.sequence, p.initial ? " I" : "",
                         p.more ? " M" : "", p.master ? " MS" : "") +
             some_of(p.lsas, lsa);
    case OspfPacket::kRequest:
      return some_of(p.requests, [&](const OspfRequest& q) {
        return fmt::format("{} {} from {}", ospf_lsa_name(p.version, q.type), address_text(q.id),
                           address_text(q.advertising_router));
      });
    default:
      return some_of(p.lsas, lsa);
  }
}

}  // namespace

std::optional<OspfPacket> decode_ospf(Bytes payload) {
  OspfPacket p;
  Reader r(payload);
  p.version = r.u8();
  p.type = r.u8();
  p.length = r.u16();
  p.router = r.u32();
  p.area = r.u32();
  r.skip(2);
  if (p.version == 2) {
    p.authentication = r.u16();
    r.skip(8);
  } else {
    p.instance = r.u8();
    r.skip(1);
  }
  if (!r.ok() || (p.version != 2 && p.version != 3)) return std::nullopt;
  if (p.length < r.at() || p.length > payload.size()) p.malformed = "length";
  // A cryptographic digest stands behind the packet; lengths that lie leave what is there.
  const size_t end = p.malformed == nullptr ? p.length : payload.size();
  Reader body(payload.first(end), r.at());
  read_body(body, p);
  if (!body.ok() && p.malformed == nullptr) p.malformed = "cut short";
  return p;
}

std::string ospf_type_name(uint8_t type) {
  static constexpr std::array kNames = {"Hello", "Database Description", "LS Request", "LS Update",
                                        "LS Acknowledge"};
  return type >= 1 && type <= kNames.size() ? kNames[type - 1U] : fmt::format("type {}", type);
}

std::string ospf_lsa_name(uint8_t version, uint32_t type) {
  static constexpr std::array kVersion2 = {"router",   "network", "summary",      "ASBR summary",
                                           "external", "group",   "NSSA external"};
  static constexpr std::array kVersion3 = {
      "router",        "network", "inter-area prefix", "inter-area router", "external", "group",
      "NSSA external", "link",    "intra-area prefix"};
  const uint32_t number = version == 2 ? type : type & 0x1fffU;
  if (version == 2 && number >= 1 && number <= kVersion2.size()) return kVersion2[number - 1];
  if (version == 2 && number >= 9 && number <= 11) return "opaque";
  if (version == 3 && number >= 1 && number <= kVersion3.size()) return kVersion3[number - 1];
  return fmt::format("LSA type {}", type);
}

std::string ospf_info(Bytes payload) {
  const auto p = decode_ospf(payload);
  if (!p) {
    if (payload.size() < 2) return "OSPF, cut short";
    return fmt::format("OSPFv{}, {}", payload[0],
                       payload[0] == 2 || payload[0] == 3 ? "cut short" : "unknown version");
  }
  std::string text = fmt::format("OSPFv{} {} from {} area {}", p->version, ospf_type_name(p->type),
                                 address_text(p->router), address_text(p->area));
  text += body_text(*p);
  if (p->malformed != nullptr) text += fmt::format(", malformed: {}", p->malformed);
  return text;
}

}  // namespace hoplab::journey
