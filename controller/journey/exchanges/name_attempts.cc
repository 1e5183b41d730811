// How a question was put: again and again, to the next server, over TCP, with less of the name.
#include <algorithm>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {
namespace {

constexpr size_t kLookBack = 64;  // questions

bool same(const Question& a, const Question& b) {
  return a.client == b.client && a.query.name == b.query.name && a.query.type == b.query.type &&
         a.query.opcode == b.query.opcode;
}

// A node that answers under several names is told by its address.
std::string told_apart(const Lab& lab, const Question& q, const Question& other) {
  return q.server == other.server ? address_text(q.server_address) : server_name(lab, q);
}

// The last time the same was asked before, of this server or of another.
const Question* asked_before(const std::vector<Question>& all, const Question& q,
                             bool same_server) {
  const auto index = static_cast<size_t>(&q - all.data());
  for (size_t back = 1; back <= std::min(index, kLookBack); ++back) {
    const Question& other = all[index - back];
    if (same(other, q) && (other.server_address == q.server_address) == same_server) return &other;
  }
  return nullptr;
}

void tell_repetition(const Lab& lab, const Question& q, Facts& facts) {
  for (size_t i = 1; i < q.asked_at.size(); ++i) {
    facts.push_back(
        fact("fact.dns_again", {{"client", lab.name(q.client)},
                                {"server", server_name(lab, q)},
                                {"delay", duration_text(q.asked_at[i] - q.asked_at[i - 1])}}));
  }
}

void tell_next_server(const Lab& lab, const std::vector<Question>& all, const Question& q,
                      Facts& facts) {
  const Question* other = asked_before(all, q, false);
  if (other == nullptr || other->parent != q.parent) return;
  const bool unanswered = !other->answered || other->end > q.start;
  if (unanswered) {
    facts.push_back(fact("fact.dns_next_server", {{"client", lab.name(q.client)},
                                                  {"silent", told_apart(lab, *other, q)},
                                                  {"delay", duration_text(q.start - other->start)},
                                                  {"server", told_apart(lab, q, *other)}}));
  } else if (other->answer.rcode == 2 || other->answer.rcode == 5) {
    facts.push_back(
        fact("fact.dns_next_after_error", {{"client", lab.name(q.client)},
                                           {"failed", told_apart(lab, *other, q)},
                                           {"rcode", dns_rcode_name(other->answer.rcode)},
                                           {"server", told_apart(lab, q, *other)}}));
  }
}

void tell_tcp(const Lab& lab, const std::vector<Question>& all, const Question& q, Facts& facts) {
  if (!q.over_tcp) return;
  const Question* before = asked_before(all, q, true);
  if (before == nullptr || !before->answer.truncated) return;
  facts.push_back(
      fact("fact.dns_over_tcp", {{"client", lab.name(q.client)}, {"server", server_name(lab, q)}}));
}

// RFC 9156: a resolver on its way down tells each server only the labels it must know.
void tell_minimisation(const Lab& lab, const std::vector<Question>& all, const Question& q,
                       Facts& facts) {
  if (q.parent == kNone || q.client == kNone || !is_cache(lab.nodes[q.client]) ||
      forwards_names(lab.nodes[q.client]) || q.query.type == kDnsDnskey || q.query.type == kDnsDs) {
    return;
  }
  const std::string& wanted = all[q.parent].query.name;
  if (q.query.name != wanted && q.query.name != "." && dns_within(wanted, q.query.name)) {
    facts.push_back(
        fact("fact.dns_minimised",
             {{"server", server_name(lab, q)}, {"name", q.query.name}, {"whole", wanted}}));
  } else if (q.query.name == wanted && q.answered && q.answer.is_referral()) {
    facts.push_back(
        fact("fact.dns_whole_name", {{"server", server_name(lab, q)}, {"name", wanted}}));
  }
}

}  // namespace

void tell_attempts(const Lab& lab, const std::vector<Question>& all, const Question& q,
                   Facts& facts) {
  if (q.client == kNone) return;
  tell_repetition(lab, q, facts);
  tell_next_server(lab, all, q, facts);
  tell_tcp(lab, all, q, facts);
  tell_minimisation(lab, all, q, facts);
}

}  // namespace hoplab::journey
