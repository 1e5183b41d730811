// One question for a name with all that came of it, and what can be told about it. The finder of
// names.cc collects questions; each teller looks at one side of them and adds facts. Internal to
// this folder; pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/journey/decode/dns.h"
#include "controller/journey/story.h"

namespace hoplab::journey {

struct Question {
  DnsMessage query;
  DnsMessage answer;  // of a transfer: the records of all its messages
  bool answered = false;
  bool over_tcp = false;
  bool cache_hit = false;  // the server asked nobody
  uint32_t client = kNone;
  uint32_t server = kNone;
  IpAddress server_address;
  int64_t start = 0;
  int64_t end = INT64_MAX;        // of the answer
  std::vector<int64_t> asked_at;  // every time it was sent
  uint32_t asked_frame = kNone;   // where the query arrived
  uint32_t query_root = kNone;
  uint32_t answer_root = kNone;
  size_t answer_bytes = 0;                                        // of all messages
  std::vector<std::pair<uint16_t, std::string>> extended_errors;  // RFC 8914
  std::vector<uint32_t> trips;
  uint32_t draft = kNone;
  uint32_t parent = kNone;         // question
  std::vector<uint32_t> children;  // questions
};

// A message of a connection. Its EDNS options are left out: they would point nowhere.
struct FlowMessage {
  DnsMessage message;
  std::vector<uint32_t> trips;  // that carried it
};

// What one side of a connection sent, message by message. name_stream.cc
std::vector<FlowMessage> messages_of(const Story& story, const std::vector<uint32_t>& trips,
                                     uint32_t sender);

inline constexpr uint8_t kDnsNotify = 4;
inline constexpr uint16_t kDnsIxfr = 251;
inline constexpr uint16_t kDnsAxfr = 252;

bool is_cache(const Node& node);
// A cache that sends everything on to another.
bool forwards_names(const Node& node);
// The most specific zone a server was given that holds the name; "" when none does.
std::string served_zone(const Node& node, const std::string& name);
std::string server_name(const Lab& lab, const Question& q);

using Facts = std::vector<v1::Fact>;
// Name, class and type; the sections of the answer; how large, how old, from where. name_answer.cc
void tell_question(const Question& q, Facts& facts);
void tell_sections(const Lab& lab, const Question& q, Facts& facts);
// Sent again, another server, over TCP, less of the name; `all` in order of their start, `q` one of
// them. name_attempts.cc
void tell_attempts(const Lab& lab, const std::vector<Question>& all, const Question& q,
                   Facts& facts);
// NOTIFY, AXFR, IXFR. zone_transfers.cc
bool is_transfer(const Question& q);
void tell_transfer(const Lab& lab, const Question& q, Facts& facts);
// Signatures, keys, and who vouches for them, as all answers together show it. trust.cc
struct Trust {
  std::map<std::string, std::set<uint32_t>> vouched;  // zone → key tags of its DS records
  std::map<std::string, std::set<uint32_t>> keys;     // zone → tags of its keys
};
Trust gather_trust(const std::vector<Question>& all);
void tell_trust(const Lab& lab, const Trust& trust, const Question& q, Facts& facts);
// The zone on the way to the name whose keys are not those its parent vouches for; "" when there
// is none.
std::string broken_trust(const Trust& trust, const std::string& name);

}  // namespace hoplab::journey
