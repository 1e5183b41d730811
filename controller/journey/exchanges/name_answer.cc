// What an answer says: section by section, with its size, its age, and where it comes from.
#include <algorithm>
#include <charconv>
#include <optional>

#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {
namespace {

constexpr size_t kMostRecords = 6;        // of a section
constexpr uint16_t kPlainUdpBytes = 512;  // RFC 1035, section 4.2.1

std::string text(uint64_t number) { return std::to_string(number); }

bool about_signatures(const DnsRecord& r) {
  return r.type == kDnsRrsig || r.type == kDnsNsec || r.type == kDnsNsec3 || r.type == kDnsDs;
}

// The TTL its zone gives a record; nothing when no server of the lab has it.
std::optional<uint32_t> zone_ttl(const Lab& lab, const DnsRecord& record) {
  for (const Node& node : lab.nodes) {
    if (node.spec == nullptr || !node.spec->has_dns_server()) continue;
    for (const auto& zone : node.spec->dns_server().zones()) {
      for (const auto& r : zone.records()) {
        if (r.name() == record.name && r.type() == dns_type_name(record.type)) return r.ttl();
      }
    }
  }
  return std::nullopt;
}

// The last number of an SOA.
uint32_t soa_minimum(const DnsRecord& soa) {
  const size_t space = soa.data.rfind(' ');
  uint32_t minimum = 0;
  if (space == std::string::npos) return 0;
  std::from_chars(soa.data.data() + space + 1, soa.data.data() + soa.data.size(), minimum);
  return minimum;
}

const DnsRecord* soa_of(const DnsMessage& m) {
  for (const DnsRecord& r : m.records) {
    if (r.section == DnsRecord::kAuthority && r.type == kDnsSoa) return &r;
  }
  return nullptr;
}

void tell_section(const DnsMessage& m, DnsRecord::Section section, std::string_view key,
                  Facts& facts) {
  size_t told = 0;
  size_t more = 0;
  for (const DnsRecord& r : m.records) {
    if (r.section != section || about_signatures(r)) continue;
    if (++told > kMostRecords) {
      ++more;
      continue;
    }
    facts.push_back(fact(key, {{"name", r.name},
                               {"type", dns_type_name(r.type)},
                               {"data", r.data},
                               {"ttl", text(r.ttl)}}));
  }
  if (more > 0) facts.push_back(fact("fact.dns_more_records", {{"count", text(more)}}));
}

// Mail goes to the server of the lowest preference first.
void tell_mail(const DnsMessage& m, Facts& facts) {
  const DnsRecord* best = nullptr;
  uint32_t lowest = 0;
  for (const DnsRecord& r : m.records) {
    if (r.section != DnsRecord::kAnswer || r.type != kDnsMx) continue;
    uint32_t preference = 0;
    std::from_chars(r.data.data(), r.data.data() + r.data.size(), preference);
    if (best != nullptr && preference >= lowest) continue;
    best = &r;
    lowest = preference;
  }
  if (best == nullptr) return;
  facts.push_back(fact("fact.dns_mx", {{"name", best->name},
                                       {"server", best->data.substr(best->data.find(' ') + 1)},
                                       {"preference", text(lowest)}}));
}

void tell_absence(const Lab& lab, const Question& q, Facts& facts) {
  const DnsRecord* soa = soa_of(q.answer);
  if (soa == nullptr || (q.answer.rcode != 0 && q.answer.rcode != 3)) return;
  if (q.answer.rcode == 0 && q.answer.first_answer() != nullptr) return;
  if (q.cache_hit) {
    facts.push_back(fact("fact.dns_negative_hit", {{"server", server_name(lab, q)},
                                                   {"name", q.query.name},
                                                   {"type", dns_type_name(q.query.type)},
                                                   {"left", text(soa->ttl)}}));
    return;
  }
  facts.push_back(
      fact("fact.dns_negative",
           {{"zone", soa->name}, {"seconds", text(std::min(soa->ttl, soa_minimum(*soa)))}}));
}

void tell_age(const Lab& lab, const Question& q, Facts& facts) {
  const DnsMessage& m = q.answer;
  if (q.server == kNone || !is_cache(lab.nodes[q.server])) return;
  if (m.authoritative || (m.rcode != 0 && m.rcode != 3)) return;
  facts.push_back(fact("fact.dns_from_cache", {{"server", server_name(lab, q)}}));
  const DnsRecord* record = m.first_answer();
  if (!q.cache_hit || record == nullptr) return;
  const auto whole = zone_ttl(lab, *record);
  if (!whole || *whole < record->ttl) return;
  facts.push_back(fact("fact.dns_ttl_left", {{"name", record->name},
                                             {"type", dns_type_name(record->type)},
                                             {"left", text(record->ttl)},
                                             {"whole", text(*whole)}}));
}

void tell_size(const Lab& lab, const Question& q, Facts& facts) {
  if (q.answer_bytes == 0) return;
  if (q.over_tcp) {
    facts.push_back(fact("fact.dns_tcp_bytes", {{"bytes", text(q.answer_bytes)}}));
    return;
  }
  const bool large = q.answer_bytes > kPlainUdpBytes;
  if (!large && !q.answer.truncated) return;
  const std::string client = q.client == kNone ? "" : lab.name(q.client);
  if (q.query.edns) {
    facts.push_back(fact("fact.dns_size_edns", {{"bytes", text(q.answer_bytes)},
                                                {"client", client},
                                                {"limit", text(q.query.opt.udp_size)}}));
  } else {
    facts.push_back(
        fact("fact.dns_size_plain", {{"bytes", text(q.answer_bytes)}, {"client", client}}));
  }
}

}  // namespace

void tell_question(const Question& q, Facts& facts) {
  facts.push_back(fact("fact.dns_question", {{"name", q.query.name},
                                             {"class", dns_class_name(q.query.question_class)},
                                             {"type", dns_type_name(q.query.type)}}));
}

void tell_sections(const Lab& lab, const Question& q, Facts& facts) {
  if (!q.answered) return;
  const DnsMessage& m = q.answer;
  for (const DnsRecord& r : m.records) {
    if (r.section != DnsRecord::kAnswer || r.type != kDnsCname || q.query.type == kDnsCname) {
      continue;
    }
    facts.push_back(fact("fact.dns_cname", {{"alias", r.name}, {"name", r.data}}));
  }
  if (q.query.type == kDnsMx) tell_mail(m, facts);
  if (!m.is_referral()) tell_section(m, DnsRecord::kAuthority, "fact.dns_authority", facts);
  tell_section(m, DnsRecord::kAdditional, "fact.dns_additional", facts);
  tell_absence(lab, q, facts);
  tell_age(lab, q, facts);
  tell_size(lab, q, facts);
  for (const auto& [code, why] : q.extended_errors) {
    facts.push_back(fact("fact.dns_extended_error",
                         {{"server", server_name(lab, q)}, {"code", text(code)}, {"why", why}}));
  }
}

}  // namespace hoplab::journey
