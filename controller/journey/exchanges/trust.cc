// The chain of trust as it was on the wire: DS in the parent, DNSKEY in the zone, RRSIG beside what
// is asked for (RFC 4033 to 4035).
#include <algorithm>
#include <set>
#include <sstream>

#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {
namespace {

using Tags = std::set<uint32_t>;

uint32_t number(const std::string& word) {
  uint32_t value = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value;
}

uint32_t ds_tag(const DnsRecord& ds) { return number(ds.data.substr(0, ds.data.find(' '))); }

std::string text(const Tags& tags) {
  std::string list;
  for (const uint32_t tag : tags) append_item(list, std::to_string(tag));
  return list;
}

bool fits(const Tags& vouched, const Tags& keys) {
  return std::ranges::any_of(vouched, [&](uint32_t tag) { return keys.contains(tag); });
}

struct Signature {
  std::string covered, until, signer;
  std::string tag;
};
Signature signature_of(const DnsRecord& rrsig) {
  std::istringstream words(rrsig.data);
  Signature s;
  std::string skip;
  words >> s.covered >> skip >> skip >> skip >> s.until >> skip >> s.tag >> s.signer;
  return s;
}

void tell_signatures(const Question& q, Facts& facts) {
  for (const DnsRecord& r : q.answer.records) {
    if (r.type != kDnsRrsig || r.section != DnsRecord::kAnswer) continue;
    const Signature s = signature_of(r);
    facts.push_back(fact("fact.dnssec_signature", {{"name", r.name},
                                                   {"type", s.covered},
                                                   {"signer", s.signer},
                                                   {"key", s.tag},
                                                   {"until", s.until}}));
  }
}

void tell_vouched(const Lab& lab, const Question& q, Facts& facts) {
  Tags tags;
  std::string child;
  for (const DnsRecord& r : q.answer.records) {
    if (r.type != kDnsDs) continue;
    tags.insert(ds_tag(r));
    child = r.name;
  }
  if (!tags.empty()) {
    facts.push_back(fact("fact.dnssec_ds",
                         {{"server", server_name(lab, q)}, {"zone", child}, {"key", text(tags)}}));
    return;
  }
  const bool proof = std::ranges::any_of(q.answer.records, [](const DnsRecord& r) {
    return r.type == kDnsNsec || r.type == kDnsNsec3;
  });
  if (!proof || !q.answer.is_referral()) return;
  for (const DnsRecord& r : q.answer.records) {
    if (r.section != DnsRecord::kAuthority || r.type != kDnsNs) continue;
    facts.push_back(
        fact("fact.dnssec_unsigned", {{"server", server_name(lab, q)}, {"zone", r.name}}));
    return;
  }
}

void tell_keys(const Trust& trust, const Question& q, Facts& facts) {
  if (q.query.type != kDnsDnskey) return;
  const auto keys = trust.keys.find(q.query.name);
  if (keys == trust.keys.end()) return;
  facts.push_back(fact("fact.dnssec_keys", {{"zone", q.query.name}, {"key", text(keys->second)}}));
  const auto vouched = trust.vouched.find(q.query.name);
  if (vouched == trust.vouched.end()) return;
  facts.push_back(fact(
      fits(vouched->second, keys->second) ? "fact.dnssec_fits" : "fact.dnssec_differs",
      {{"zone", q.query.name}, {"vouched", text(vouched->second)}, {"key", text(keys->second)}}));
}

// The zones on the way to a name whose keys were asked for, from the root down.
std::string chain(const Trust& trust, const std::string& name) {
  std::string path;
  std::vector<std::string> zones;
  for (const auto& [zone, keys] : trust.keys) {
    if (dns_within(name, zone)) zones.push_back(zone);
  }
  std::ranges::sort(zones, {}, &std::string::size);
  for (const std::string& zone : zones) {
    append_item(path, zone + " (" + text(trust.keys.at(zone)) + ")", " → ");
  }
  return path;
}

void tell_verdict(const Lab& lab, const Trust& trust, const Question& q, Facts& facts) {
  if (q.parent != kNone) return;
  if (q.answer.authentic_data) {
    facts.push_back(fact("fact.dnssec_checked", {{"server", server_name(lab, q)}}));
  }
  const std::string path = chain(trust, q.query.name);
  if (!path.empty()) facts.push_back(fact("fact.dnssec_chain", {{"path", path}}));
  if (q.answer.rcode != 2) return;
  if (const std::string zone = broken_trust(trust, q.query.name); !zone.empty()) {
    facts.push_back(
        fact("fact.dnssec_servfail", {{"server", server_name(lab, q)}, {"zone", zone}}));
  }
}

}  // namespace

Trust gather_trust(const std::vector<Question>& all) {
  Trust trust;
  for (const Question& q : all) {
    if (!q.answered) continue;
    for (const DnsRecord& r : q.answer.records) {
      if (r.type == kDnsDs) trust.vouched[r.name].insert(ds_tag(r));
      if (r.type == kDnsDnskey) trust.keys[r.name].insert(r.key_tag);
    }
  }
  return trust;
}

std::string broken_trust(const Trust& trust, const std::string& name) {
  for (const auto& [zone, keys] : trust.keys) {
    const auto vouched = trust.vouched.find(zone);
    if (vouched == trust.vouched.end() || !dns_within(name, zone)) continue;
    if (!fits(vouched->second, keys)) return zone;
  }
  return {};
}

void tell_trust(const Lab& lab, const Trust& trust, const Question& q, Facts& facts) {
  if (!q.answered) return;
  tell_signatures(q, facts);
  tell_vouched(lab, q, facts);
  tell_keys(trust, q, facts);
  tell_verdict(lab, trust, q, facts);
}

}  // namespace hoplab::journey
