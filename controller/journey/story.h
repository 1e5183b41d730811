// What the engine works on between frames and report: the forest of trips, the exchanges found so
// far, and what was learnt about single frames on the way.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controller/journey/correlate/trips.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

// A key of keys.h with its arguments.
v1::Fact fact(std::string_view key,
              std::initializer_list<std::pair<std::string_view, std::string>> args = {});
v1::Explanation explain(v1::Fact check, v1::Fact result, v1::Fact consequence = {});

// "31 µs", "4.2 ms", "1.25 s"
std::string duration_text(int64_t nanoseconds);

struct Draft {  // an exchange being put together
  std::string kind;
  v1::Phase::Kind phase = v1::Phase::OTHER;
  uint32_t parent = kNone;  // draft
  uint32_t client = kNone;  // nodes
  uint32_t server = kNone;
  std::vector<uint32_t> trips;
  v1::Exchange::Status status = v1::Exchange::OK;
  v1::Fact title;
  std::vector<v1::Fact> facts;
  // For the phases and the verdict.
  std::string name;  // DNS: the question
  uint16_t type = 0;
  int rcode = -1;  // DNS: of the answer; -1: none came
  int http_status = 0;
  bool refused = false;
  // By ARP or by Neighbor Discovery.
  [[nodiscard]] bool asks_for_mac() const { return kind == "arp" || kind == "nd"; }
};

// One TCP connection, NAT looked through.
struct Flow {
  uint32_t client = kNone;  // node that began it
  uint32_t server = kNone;
  Tuple tuple;  // as the client sent it
  Tuple outer;  // as the server saw it
  std::vector<uint32_t> trips;
  uint32_t syn_sequence = 0;
  uint16_t mss = 0;  // the smaller of those the two sides announced; 0: not seen
  bool has_syn = false;
  bool closing = false;  // FIN or RST seen
  bool earlier = false;  // begun before the recording: not of this request
  uint32_t retransmissions = 0;
  bool claimed = false;
};

// A packet that left only after its next hop's MAC had been asked for, by ARP or Neighbor
// Discovery.
struct ArpWait {
  IpAddress address;
  uint64_t mac = 0;  // 0: nobody answered
  uint32_t tries = 0;
};

struct Story {
  explicit Story(Forest& f) : forest(f), lab(f.lab) {}

  Forest& forest;
  const Lab& lab;
  std::vector<Draft> drafts;
  std::vector<Flow> flows;
  std::vector<uint32_t> flow_of_trip;                                    // kNone: none
  std::unordered_map<uint32_t, ArpWait> arp_waits;                       // by frame
  std::unordered_map<uint32_t, std::vector<v1::Explanation>> decisions;  // by frame
  std::unordered_map<uint32_t, v1::Fact> summaries;                      // by trip
  std::unordered_map<uint32_t, uint32_t> hop_of_frame;                   // hop ids, once written

  uint32_t add(Draft draft);  // and claims its trips
  void claim(uint32_t draft, uint32_t trip);
  [[nodiscard]] bool claimed(uint32_t trip) const {
    return forest.trips[trip].exchange != kNone || forest.trips[trip].background != nullptr;
  }
  void decide(uint32_t frame, v1::Explanation explanation) {
    decisions[frame].push_back(std::move(explanation));
  }
  [[nodiscard]] int64_t start_of(const Draft& draft) const;
  [[nodiscard]] int64_t end_of(const Draft& draft) const;
};

}  // namespace hoplab::journey
