// DNS: a question, its answer, and whose question made it necessary: client → cache → resolver →
// root → TLD → authoritative. Over UDP, and over TCP where one segment holds the message.
#include <algorithm>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {
namespace {

constexpr uint16_t kExtendedError = 15;  // an EDNS option (RFC 8914)

std::string ns_names(const DnsMessage& m, std::string* zone) {
  std::string names;
  unsigned count = 0;
  for (const DnsRecord& r : m.records) {
    if (r.section != DnsRecord::kAuthority || r.type != 2) continue;
    if (zone != nullptr) *zone = r.name;
    if (++count <= 4) append_item(names, r.data);
  }
  return names;
}

class NameFinder {
 public:
  explicit NameFinder(Story& story) : story_(story), forest_(story.forest), lab_(story.lab) {}

  void add_datagram(uint32_t t) {
    const auto m = decode_dns(forest_.packet(t).payload_bytes());
    if (!m) return;
    const std::vector<Tuple> tuples = tuples_of(forest_, forest_.trips[t]);
    if (m->response) {
      answer(t, *m, tuples);
    } else {
      ask(t, *m, tuples);
    }
  }

  // Messages of a connection are as long as the two bytes before each say; a transfer's answer
  // may be several.
  void add_flow(Flow& flow) {
    if (flow.tuple.destination.port != 53) return;
    const size_t first = questions_.size();
    for (const FlowMessage& f : messages_of(story_, flow.trips, flow.client)) {
      Question& q = questions_.emplace_back();
      q.query = f.message;
      q.over_tcp = true;
      q.client = flow.client;
      q.server = flow.server;
      q.server_address = flow.tuple.destination.address;
      q.trips = f.trips;
      q.start = forest_.trips[f.trips.front()].start;
      q.asked_at.push_back(q.start);
      q.query_root = forest_.trips[f.trips.front()].root;
      q.asked_frame = forest_.trips[f.trips.back()].last;
    }
    if (questions_.size() == first) return;
    flow.claimed = true;
    for (const FlowMessage& f : messages_of(story_, flow.trips, flow.server)) {
      for (size_t i = first; i < questions_.size(); ++i) {
        Question& q = questions_[i];
        if (q.query.id != f.message.id || !f.message.response) continue;
        q.trips.insert(q.trips.end(), f.trips.begin(), f.trips.end());
        take_answer(q, f.trips.back(), f.message);
        break;
      }
    }
    share_rest(flow, first);
  }

  void finish() {
    std::ranges::stable_sort(questions_, {}, &Question::start);
    for (uint32_t i = 0; i < questions_.size(); ++i) claim(i);
    const Trust trust = gather_trust(questions_);
    for (Question& q : questions_) {
      if (q.draft == kNone) continue;
      Facts& facts = story_.drafts[q.draft].facts;
      if (!is_transfer(q)) tell_question(q, facts);
      describe(q);
      if (is_transfer(q)) {
        tell_transfer(lab_, q, facts);
      } else {
        tell_sections(lab_, q, facts);
        tell_trust(lab_, trust, q, facts);
      }
      tell_attempts(lab_, questions_, q, facts);
    }
  }

 private:
  // The handshake, acknowledgements and the close go with the connection's first question.
  void share_rest(const Flow& flow, size_t first) {
    std::vector<uint32_t> carried;
    for (size_t i = first; i < questions_.size(); ++i) {
      carried.insert(carried.end(), questions_[i].trips.begin(), questions_[i].trips.end());
    }
    std::ranges::sort(carried);
    Question& q = questions_[first];
    for (const uint32_t t : flow.trips) {
      if (!std::ranges::binary_search(carried, t)) q.trips.push_back(t);
    }
    std::ranges::sort(q.trips);
    q.start = forest_.trips[flow.trips.front()].start;
  }

  static uint64_t key(const Tuple& tuple, const DnsMessage& m) {
    return mix(tuple_key(tuple), m.id);
  }

  void ask(uint32_t t, const DnsMessage& m, const std::vector<Tuple>& tuples) {
    TripTree& trip = forest_.trips[t];
    uint32_t number = open_.find(key(tuples.front(), m));
    const bool again = number != kNone && !questions_[number].answered &&
                       questions_[number].query.name == m.name &&
                       questions_[number].query.type == m.type;
    if (!again) {
      number = static_cast<uint32_t>(questions_.size());
      Question& q = questions_.emplace_back();
      q.query = m;
      q.client = trip.origin;
      q.start = trip.start;
      q.query_root = trip.root;
      q.server_address = tuples.front().destination.address;
      q.server = trip.outcome == End::kDelivered ? trip.destination : lab_.owner(q.server_address);
    }
    trip.retransmission = again && !trip.copy;
    Question& q = questions_[number];
    if (!trip.copy) q.asked_at.push_back(trip.start);
    if (trip.outcome == End::kDelivered || q.asked_frame == kNone) q.asked_frame = trip.last;
    q.trips.push_back(t);
    for (const Tuple& tuple : tuples) open_.set(key(tuple, m), number);
    story_.summaries[t] =
        m.opcode == kDnsNotify
            ? fact("trip.dns_notify", {{"name", m.name}})
            : fact("trip.dns_query", {{"name", m.name}, {"type", dns_type_name(m.type)}});
  }

  void answer(uint32_t t, const DnsMessage& m, const std::vector<Tuple>& tuples) {
    for (const Tuple& tuple : tuples) {
      const uint32_t number = open_.find(key(tuple, m));
      if (number == kNone) continue;
      questions_[number].trips.push_back(t);
      take_answer(questions_[number], t, m);
      return;
    }
  }

  void take_answer(Question& q, uint32_t t, const DnsMessage& m) {
    const TripTree& trip = forest_.trips[t];
    q.answered = q.answered || trip.outcome == End::kDelivered;
    q.answer_bytes += m.size;
    if (is_transfer(q) && !q.answer.records.empty()) {
      q.answer.records.insert(q.answer.records.end(), m.records.begin(), m.records.end());
    } else {
      q.answer = m;
      q.answer_root = trip.root;
      keep_reasons(q, m);
    }
    q.end = trip.end;
    if (trip.origin != kNone) q.server = trip.origin;
    const std::string type = dns_type_name(q.query.type);
    std::string zone;
    if (m.is_referral()) {
      const std::string servers = ns_names(m, &zone);
      story_.summaries[t] =
          fact("trip.dns_referral", {{"name", q.query.name}, {"zone", zone}, {"servers", servers}});
    } else {
      story_.summaries[t] = fact("trip.dns_answer", {{"name", q.query.name},
                                                     {"type", type},
                                                     {"rcode", dns_rcode_name(m.rcode)},
                                                     {"answer", answer_text(m)}});
    }
  }

  // While the message is there that they point into.
  static void keep_reasons(Question& q, const DnsMessage& m) {
    for (const DnsOption& option : m.opt.options) {
      if (option.code != kExtendedError || option.value.size() < 2) continue;
      const auto code = static_cast<uint16_t>(option.value[0] << 8U | option.value[1]);
      q.extended_errors.emplace_back(code, printable_text(option.value.subspan(2), 120));
    }
  }

  static std::string answer_text(const DnsMessage& m) {
    const DnsRecord* record = m.first_answer();
    return record == nullptr ? "nothing" : record->data;
  }

  // The question of the journey that made this one necessary. getaddrinfo sends A and AAAA at once,
  // so two are open for one name: the same type decides, then the same name, then the name on whose
  // way this one lies, then any that is open, then the last one asked (a resolver may tidy up
  // afterwards).
  uint32_t parent_of(const Question& q) const {
    const auto it = asked_of_.find(q.client);
    if (it == asked_of_.end()) return kNone;
    uint32_t best = kNone;
    int best_match = 0;
    int looked = 0;
    for (auto i = it->second.rbegin(); i != it->second.rend() && looked < 64; ++i, ++looked) {
      const Question& candidate = questions_[*i];
      if (candidate.start > q.start) continue;
      const int match = kinship(candidate, q);
      if (match <= best_match) continue;
      best = *i;
      best_match = match;
    }
    return best;
  }
  static int kinship(const Question& candidate, const Question& q) {
    if (candidate.end < q.start) return 1;
    const bool same_type = candidate.query.type == q.query.type;
    if (candidate.query.name == q.query.name) return same_type ? 6 : 5;
    if (dns_within(candidate.query.name, q.query.name)) return same_type ? 4 : 3;
    return 2;
  }

  void claim(uint32_t number) {
    Question& q = questions_[number];
    uint32_t parent = kNone;
    if (q.client == kNone || lab_.client == kNone) return;
    if (q.client != lab_.client) {
      parent = parent_of(q);
      if (parent == kNone) return;
      q.parent = parent;
      questions_[parent].children.push_back(number);
    }
    Draft d;
    d.kind = "dns";
    const bool between_servers =
        is_transfer(q) ||
        (parent != kNone && story_.drafts[questions_[parent].draft].phase == v1::Phase::OTHER);
    d.phase = between_servers ? v1::Phase::OTHER : v1::Phase::NAME;
    d.parent = parent == kNone ? kNone : questions_[parent].draft;
    d.client = q.client;
    d.server = q.server;
    d.trips = q.trips;
    d.name = q.query.name;
    d.type = q.query.type;
    d.rcode = q.answered ? q.answer.rcode : -1;
    const bool failed = !q.answered || q.answer.rcode != 0;
    d.status = failed                  ? v1::Exchange::FAILED
               : q.asked_at.size() > 1 ? v1::Exchange::DEGRADED
                                       : v1::Exchange::OK;
    d.title = fact(q.query.opcode == kDnsNotify ? "exchange.dns_notify" : "exchange.dns",
                   {{"client", lab_.name(q.client)},
                    {"server", server_name(lab_, q)},
                    {"name", q.query.name},
                    {"type", dns_type_name(q.query.type)}});
    q.draft = story_.add(std::move(d));
    asked_of_[q.server].push_back(number);
    asked_by_[q.client].push_back(number);
  }

  void describe(Question& q) {
    Draft& d = story_.drafts[q.draft];
    const std::string server = server_name(lab_, q);
    const std::string type = dns_type_name(q.query.type);
    if (q.query_root != kNone) {
      story_.decide(q.query_root,
                    explain({}, fact("dns.asks", {{"name", q.query.name}, {"type", type}})));
    }
    if (q.server != kNone && is_cache(lab_.nodes[q.server])) describe_cache(q, d, server, type);
    if (!q.answered) {
      d.facts.push_back(fact("fact.dns_silent", {{"server", server}, {"name", q.query.name}}));
      return;
    }
    describe_answer(q, d, server, type);
  }

  // The question a cache sent on for this one: its own child, else one about the same that another
  // question had started (caches merge what is asked twice). kNone: none.
  uint32_t sent_on_for(const Question& q) const {
    for (const uint32_t child : q.children) {
      if (questions_[child].start <= q.end) return child;  // later ones refresh the cache
    }
    const auto it = asked_by_.find(q.server);
    if (it == asked_by_.end()) return kNone;
    for (const uint32_t number : it->second) {
      const Question& up = questions_[number];
      const bool same = up.query.name == q.query.name && up.query.type == q.query.type;
      if (same && up.start <= q.end && up.end >= q.start) return number;
    }
    return kNone;
  }

  // Whether the cache sent anything at all about the name between question and answer: then nobody
  // can say that it had the answer. Read from the frames and from the daemon's own events.
  bool was_busy_with(const Question& q) const {
    if (const auto it = asked_by_.find(q.server); it != asked_by_.end()) {
      for (const uint32_t number : it->second) {
        const Question& up = questions_[number];
        if (up.query.name == q.query.name && up.start >= q.start && up.start <= q.end) return true;
      }
    }
    const v1::NodeCapture* capture = lab_.nodes[q.server].capture;
    if (capture == nullptr) return false;
    return std::ranges::any_of(capture->events(), [&](const v1::DaemonEvent& event) {
      const std::string& type = event.dns().type();
      if (type != "FORWARDER_QUERY" && type != "RESOLVER_QUERY") return false;
      if (event.time_ns() < q.start || event.time_ns() > q.end) return false;
      const std::string& bytes = event.dns().query();
      const auto m = decode_dns({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
      return m && m->name == q.query.name;
    });
  }

  void describe_cache(Question& q, Draft& d, const std::string& server, const std::string& type) {
    const bool arrived = q.asked_frame != kNone && !forest_.frames[q.asked_frame].out;
    const v1::Fact asked = fact("dns.asks", {{"name", q.query.name}, {"type", type}});
    const uint32_t sent_on = sent_on_for(q);
    if (sent_on == kNone) {
      if (!q.answered || q.answer.rcode == 2 || q.answer.rcode == 5 || was_busy_with(q)) return;
      q.cache_hit = true;
      d.facts.push_back(fact("fact.dns_cache_hit", {{"server", server}, {"name", q.query.name}}));
      if (arrived) {
        story_.decide(
            q.asked_frame,
            explain(asked, fact("dns.cache_hit", {{"name", q.query.name}, {"type", type}})));
      }
      return;
    }
    const Question& first = questions_[sent_on];
    const bool forwarded = forwards_names(lab_.nodes[q.server]);
    d.facts.push_back(fact("fact.dns_cache_miss", {{"server", server}, {"name", q.query.name}}));
    if (forwarded) {
      d.facts.push_back(
          fact("fact.dns_forwarded", {{"server", server}, {"upstream", server_name(lab_, first)}}));
    }
    if (!arrived) return;
    std::string zone =
        first.server == kNone ? "" : served_zone(lab_.nodes[first.server], first.query.name);
    v1::Fact next = forwarded ? fact("dns.forward",
                                     {{"name", q.query.name}, {"server", server_name(lab_, first)}})
                              : fact("dns.recurse", {{"name", first.query.name},
                                                     {"server", server_name(lab_, first)},
                                                     {"zone", zone.empty() ? "?" : zone}});
    story_.decide(q.asked_frame,
                  explain(asked, fact("dns.cache_miss", {{"name", q.query.name}, {"type", type}}),
                          std::move(next)));
  }

  void describe_answer(const Question& q, Draft& d, const std::string& server,
                       const std::string& type) {
    const DnsMessage& m = q.answer;
    v1::Fact check;
    v1::Fact result;
    if (m.is_referral()) {
      std::string child;
      const std::string servers = ns_names(m, &child);
      const std::string zone =
          q.server == kNone ? "" : served_zone(lab_.nodes[q.server], q.query.name);
      d.facts.push_back(
          fact("fact.dns_referral", {{"server", server}, {"zone", child}, {"servers", servers}}));
      result = fact("dns.delegates",
                    {{"zone", zone.empty() ? "?" : zone}, {"child", child}, {"servers", servers}});
    } else if (m.rcode == 2) {
      result = fact("dns.servfail", {{"name", q.query.name}});
    } else if (m.rcode != 0 && !m.authoritative) {
      result = fact("dns.not_here", {{"name", q.query.name}, {"rcode", dns_rcode_name(m.rcode)}});
    } else {
      result =
          fact("dns.answered", {{"answer", answer_text(m)}, {"rcode", dns_rcode_name(m.rcode)}});
      if (m.authoritative) {
        std::string zone = q.server == kNone ? "" : served_zone(lab_.nodes[q.server], q.query.name);
        if (zone.empty()) zone = q.query.name;
        check = fact("dns.authoritative", {{"zone", zone}, {"name", q.query.name}});
        d.facts.push_back(fact("fact.dns_authoritative", {{"server", server}, {"zone", zone}}));
      }
    }
    if (q.answer_root != kNone) story_.decide(q.answer_root, explain(check, result));
    if (m.truncated) d.facts.push_back(fact("fact.dns_truncated", {{"server", server}}));
    if (m.rcode != 0) {
      d.facts.push_back(
          fact("fact.dns_rcode",
               {{"server", server}, {"rcode", dns_rcode_name(m.rcode)}, {"name", q.query.name}}));
    } else if (m.first_answer() == nullptr && !m.is_referral() && !is_transfer(q)) {
      d.facts.push_back(
          fact("fact.dns_no_data", {{"server", server}, {"name", q.query.name}, {"type", type}}));
    }
    for (const DnsRecord& r : m.records) {
      if (r.section != DnsRecord::kAnswer || is_transfer(q)) continue;
      if (r.type == kDnsRrsig && q.query.type != kDnsRrsig) continue;
      d.facts.push_back(fact("fact.dns_answer", {{"name", r.name},
                                                 {"type", dns_type_name(r.type)},
                                                 {"data", r.data},
                                                 {"ttl", std::to_string(r.ttl)}}));
    }
  }

  Story& story_;
  Forest& forest_;
  const Lab& lab_;
  std::vector<Question> questions_;
  FlatMap open_;  // tuple and id → question
  std::unordered_map<uint32_t, std::vector<uint32_t>>
      asked_of_;  // server → questions of the journey
  std::unordered_map<uint32_t, std::vector<uint32_t>> asked_by_;  // the same by who asked
};

}  // namespace

void find_names(Story& story, const std::vector<uint32_t>& dns_trips) {
  NameFinder finder(story);
  for (const uint32_t t : dns_trips) finder.add_datagram(t);
  for (Flow& flow : story.flows) finder.add_flow(flow);
  finder.finish();
}

}  // namespace hoplab::journey
