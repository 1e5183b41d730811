#include "controller/journey/decode/dns.h"

#include "controller/journey/decode/dns_wire.h"

namespace hoplab::journey {
namespace {

void read_flags(uint16_t flags, DnsMessage& m) {
  m.response = (flags & 0x8000U) != 0;
  m.opcode = flags >> 11U & 15U;
  m.authoritative = (flags & 0x0400U) != 0;
  m.truncated = (flags & 0x0200U) != 0;
  m.recursion_desired = (flags & 0x0100U) != 0;
  m.recursion_available = (flags & 0x0080U) != 0;
  m.authentic_data = (flags & 0x0020U) != 0;
  m.checking_disabled = (flags & 0x0010U) != 0;
  m.rcode = flags & 15U;
}

// OPT puts the size into the class and the rest of its fixed part into the TTL.
void read_opt(uint16_t udp_size, uint32_t fixed, Bytes data, DnsMessage& m) {
  m.edns = true;
  m.opt.udp_size = udp_size;
  m.rcode = static_cast<uint16_t>(m.rcode | fixed >> 24U << 4U);
  m.opt.version = fixed >> 16U & 255U;
  m.opt.dnssec_ok = (fixed & 0x8000U) != 0;
  Reader r(data);
  while (r.left() > 0 && r.ok()) {
    DnsOption option;
    option.code = r.u16();
    option.value = r.take(r.u16());
    if (r.ok()) m.opt.options.push_back(option);
  }
  m.opt.malformed = !r.ok();
}

bool read_question(Bytes message, size_t& at, bool first, DnsMessage& m) {
  std::string name;
  if (!read_dns_name(message, at, name)) return false;
  Reader r(message, at);
  const uint16_t type = r.u16();
  const uint16_t question_class = r.u16();
  if (!r.ok()) return false;
  at = r.at();
  if (first) {
    m.name = std::move(name);
    m.type = type;
    m.question_class = question_class;
  }
  return true;
}

uint16_t key_tag(Bytes key) {
  uint32_t sum = 0;
  for (size_t i = 0; i < key.size(); ++i) {
    sum += (i & 1U) != 0 ? key[i] : static_cast<uint32_t>(key[i]) << 8U;
  }
  return static_cast<uint16_t>(sum + (sum >> 16U));
}

bool read_record(Bytes message, size_t& at, DnsRecord::Section section, DnsMessage& m) {
  DnsRecord record;
  record.section = section;
  if (!read_dns_name(message, at, record.name)) return false;
  Reader r(message, at);
  record.type = r.u16();
  record.record_class = r.u16();
  record.ttl = r.u32();
  const uint16_t length = r.u16();
  const size_t data = r.at();
  r.skip(length);
  if (!r.ok()) return false;
  at = r.at();
  if (record.type == kDnsOpt) {
    if (!m.edns) read_opt(record.record_class, record.ttl, message.subspan(data, length), m);
    return true;
  }
  if (record.type == kDnsDnskey) record.key_tag = key_tag(message.subspan(data, length));
  record.data = dns_record_data(message, data, record.type, length);
  m.records.push_back(std::move(record));
  return true;
}

}  // namespace

std::optional<DnsMessage> decode_dns(Bytes message) {
  DnsMessage m;
  m.size = message.size();
  Reader header(message);
  m.id = header.u16();
  read_flags(header.u16(), m);
  m.questions = header.u16();
  for (uint16_t& count : m.counts) count = header.u16();
  if (!header.ok()) return std::nullopt;
  size_t at = header.at();
  for (unsigned i = 0; i < m.questions; ++i) {
    if (!read_question(message, at, i == 0, m)) return std::nullopt;
  }
  for (size_t section = 0; section < m.counts.size() && !m.cut_short; ++section) {
    for (unsigned i = 0; i < m.counts[section] && !m.cut_short; ++i) {
      m.cut_short = !read_record(message, at, static_cast<DnsRecord::Section>(section), m);
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
    if (r.section == DnsRecord::kAuthority && r.type == kDnsNs) return true;
  }
  return false;
}

bool dns_within(std::string_view name, std::string_view zone) {
  if (zone == "." || name == zone) return true;
  return name.size() > zone.size() && name.ends_with(zone) &&
         name[name.size() - zone.size() - 1] == '.';
}

}  // namespace hoplab::journey
