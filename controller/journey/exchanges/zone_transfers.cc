// Zones between their servers: NOTIFY (RFC 1996), whole (AXFR, RFC 5936), changes (IXFR, RFC 1995).
#include <sstream>

#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {
namespace {

// The third word of an SOA's data; "" when there is none.
std::string serial_of(const DnsRecord& soa) {
  std::istringstream words(soa.data);
  std::string word;
  for (int i = 0; i < 3; ++i) words >> word;
  return words ? word : std::string();
}

const DnsRecord* first_soa(const DnsMessage& m) {
  for (const DnsRecord& r : m.records) {
    if (r.type == kDnsSoa) return &r;
  }
  return nullptr;
}

std::string serial_in(const DnsMessage& m) {
  const DnsRecord* soa = first_soa(m);
  return soa == nullptr ? "?" : serial_of(*soa);
}

std::vector<const DnsRecord*> answers(const DnsMessage& m) {
  std::vector<const DnsRecord*> records;
  for (const DnsRecord& r : m.records) {
    if (r.section == DnsRecord::kAnswer) records.push_back(&r);
  }
  return records;
}

void tell_whole(const Question& q, const std::vector<const DnsRecord*>& records, Facts& facts) {
  facts.push_back(fact("fact.dns_axfr", {{"zone", q.query.name},
                                         {"records", std::to_string(records.size())},
                                         {"serial", serial_in(q.answer)},
                                         {"bytes", std::to_string(q.answer_bytes)}}));
}

// New SOA, then for each step: old SOA, what goes, the step's SOA, what comes; new SOA again.
void tell_changes(const Question& q, const std::vector<const DnsRecord*>& records, Facts& facts) {
  if (records.size() == 1) {
    facts.push_back(
        fact("fact.dns_ixfr_none", {{"zone", q.query.name}, {"serial", serial_in(q.answer)}}));
    return;
  }
  if (records.size() > 1 && records[1]->type != kDnsSoa) return tell_whole(q, records, facts);
  bool coming = true;
  size_t removed = 0;
  size_t added = 0;
  for (size_t i = 1; i + 1 < records.size(); ++i) {
    if (records[i]->type == kDnsSoa) {
      coming = !coming;
      continue;
    }
    ++(coming ? added : removed);
    facts.push_back(fact(coming ? "fact.dns_ixfr_adds" : "fact.dns_ixfr_removes",
                         {{"name", records[i]->name},
                          {"type", dns_type_name(records[i]->type)},
                          {"data", records[i]->data}}));
  }
  facts.push_back(fact("fact.dns_ixfr", {{"zone", q.query.name},
                                         {"from", serial_in(q.query)},
                                         {"serial", serial_in(q.answer)},
                                         {"removed", std::to_string(removed)},
                                         {"added", std::to_string(added)},
                                         {"bytes", std::to_string(q.answer_bytes)}}));
}

}  // namespace

bool is_transfer(const Question& q) {
  return q.query.opcode == kDnsNotify || q.query.type == kDnsAxfr || q.query.type == kDnsIxfr;
}

void tell_transfer(const Lab& lab, const Question& q, Facts& facts) {
  if (q.query.opcode == kDnsNotify) {
    facts.push_back(fact("fact.dns_notify", {{"client", lab.name(q.client)},
                                             {"server", server_name(lab, q)},
                                             {"zone", q.query.name},
                                             {"serial", serial_in(q.query)}}));
    if (q.answered && q.answer.rcode == 0) {
      facts.push_back(fact("fact.dns_notify_heard", {{"server", server_name(lab, q)}}));
    }
    return;
  }
  if (!q.answered) return;
  if (q.answer.rcode != 0) {
    facts.push_back(fact("fact.dns_transfer_refused", {{"server", server_name(lab, q)},
                                                       {"client", lab.name(q.client)},
                                                       {"zone", q.query.name},
                                                       {"rcode", dns_rcode_name(q.answer.rcode)}}));
    return;
  }
  const auto records = answers(q.answer);
  if (q.query.type == kDnsAxfr) {
    tell_whole(q, records, facts);
  } else {
    tell_changes(q, records, facts);
  }
}

}  // namespace hoplab::journey
