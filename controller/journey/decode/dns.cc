#include "controller/journey/decode/dns.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

namespace hoplab::journey {
namespace {

constexpr uint16_t kA = 1, kNs = 2, kCname = 5, kPtr = 12, kAaaa = 28, kOpt = 41;

// A name at `at`; false when it runs out of the message, loops, or is too long. Leaves `at` behind
// the name as it stands in the message.
bool read_name(Bytes message, size_t& at, std::string& name) {
  name.clear();
  size_t position = at;
  bool jumped = false;
  for (int jumps = 0;;) {
    if (position >= message.size()) return false;
    const uint8_t length = message[position];
    if ((length & 0xc0U) == 0xc0U) {
      if (position + 1 >= message.size() || ++jumps > 32) return false;
      if (!jumped) at = position + 2;
      jumped = true;
      position = (length & 0x3fU) << 8U | message[position + 1];
      continue;
    }
    if ((length & 0xc0U) != 0) return false;
    ++position;
    if (length == 0) break;
    if (position + length > message.size() || name.size() + length + 1 > 255) return false;
    for (size_t i = 0; i < length; ++i) {
      const char c = static_cast<char>(message[position + i]);
      if (c >= 'A' && c <= 'Z') {
        name += static_cast<char>(c - 'A' + 'a');
      } else if (c > ' ' && c < 127) {
        name += c;
      } else {
        name += '?';
      }
    }
    name += '.';
    position += length;
  }
  if (name.empty()) name.push_back('.');
  if (!jumped) at = position;
  return true;
}

std::string record_data(Bytes message, size_t at, uint16_t type, uint16_t length) {
  const Bytes data = message.subspan(at, length);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (type == kA && length == 4) {
    return fmt::format("{}.{}.{}.{}", data[0], data[1], data[2], data[3]);
  }
  if (type == kAaaa && length == 16 &&
      inet_ntop(AF_INET6, data.data(), text.data(), text.size()) != nullptr) {
    return text.data();
  }
  std::string name;
  if ((type == kNs || type == kCname || type == kPtr) && read_name(message, at, name)) return name;
  return fmt::format("\\# {}", length);
}

}  // namespace

std::optional<DnsMessage> decode_dns(Bytes message) {
  DnsMessage m;
  Reader header(message);
  m.id = header.u16();
  const uint16_t flags = header.u16();
  const uint16_t questions = header.u16();
  const std::array<uint16_t, 3> counts = {header.u16(), header.u16(), header.u16()};
  if (!header.ok() || questions > 1) return std::nullopt;
  m.response = (flags & 0x8000U) != 0;
  m.authoritative = (flags & 0x0400U) != 0;
  m.truncated = (flags & 0x0200U) != 0;
  m.recursion_desired = (flags & 0x0100U) != 0;
  m.rcode = flags & 15U;
  size_t at = header.at();
  if (questions == 1) {
    if (!read_name(message, at, m.name)) return std::nullopt;
    Reader r(message, at);
    m.type = r.u16();
    r.skip(2);
    if (!r.ok()) return std::nullopt;
    at = r.at();
  }
  for (size_t section = 0; section < counts.size(); ++section) {
    for (unsigned i = 0; i < counts[section]; ++i) {
      DnsRecord record;
      record.section = static_cast<DnsRecord::Section>(section);
      if (!read_name(message, at, record.name)) return m;
      Reader r(message, at);
      record.type = r.u16();
      r.skip(2);
      record.ttl = r.u32();
      const uint16_t length = r.u16();
      if (!r.ok() || length > r.left()) return m;
      if (record.type == kOpt) {
        m.edns = true;
      } else if (m.records.size() < 64) {
        record.data = record_data(message, r.at(), record.type, length);
        m.records.push_back(std::move(record));
      }
      at = r.at() + length;
    }
  }
  return m;
}

const DnsRecord* DnsMessage::first_answer() const {
  for (const DnsRecord& r : records) {
    if (r.section == DnsRecord::kAnswer && r.type == type) return &r;
  }
  for (const DnsRecord& r : records) {
    if (r.section == DnsRecord::kAnswer) return &r;
  }
  return nullptr;
}

bool DnsMessage::is_referral() const {
  if (!response || authoritative || rcode != 0 || first_answer() != nullptr) return false;
  for (const DnsRecord& r : records) {
    if (r.section == DnsRecord::kAuthority && r.type == kNs) return true;
  }
  return false;
}

std::string dns_type_name(uint16_t type) {
  switch (type) {
    case kA:
      return "A";
    case kNs:
      return "NS";
    case kCname:
      return "CNAME";
    case 6:
      return "SOA";
    case kPtr:
      return "PTR";
    case 15:
      return "MX";
    case 16:
      return "TXT";
    case kAaaa:
      return "AAAA";
    case 33:
      return "SRV";
    case 43:
      return "DS";
    case 46:
      return "RRSIG";
    case 48:
      return "DNSKEY";
    case 64:
      return "SVCB";
    case 65:
      return "HTTPS";
    case 255:
      return "ANY";
    default:
      return fmt::format("TYPE{}", type);
  }
}

std::string dns_rcode_name(uint8_t rcode) {
  static constexpr std::array kNames = {"NOERROR",  "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return rcode < kNames.size() ? kNames[rcode] : fmt::format("RCODE{}", rcode);
}

bool dns_within(std::string_view name, std::string_view zone) {
  if (zone == "." || name == zone) return true;
  return name.size() > zone.size() && name.ends_with(zone) &&
         name[name.size() - zone.size() - 1] == '.';
}

}  // namespace hoplab::journey
