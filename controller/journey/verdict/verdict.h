// Did it work; if not, who is at fault. From evidence only: frames, snapshots, daemon events, the
// client's result — never from the list of faults somebody says are active. Suspects are collected
// from each kind of evidence, then ranked, causes before what they explain; a suspect that another
// explains is dropped or becomes evidence for it. Nobody named is better than the wrong one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/journey/decisions/decide.h"
#include "controller/journey/story.h"

namespace hoplab::journey {

v1::Verdict judge(const Story& story, const std::vector<uint32_t>& trip_ids,
                  const v1::Journey& journey);

// From the surest cause to the vaguest symptom.
enum class Rank : uint8_t {
  kNodeSilent,
  kLinkDown,
  kDaemonDown,
  kSessionShut,
  kMangled,   // a node changes packets it should leave alone
  kWrongMac,  // a node sends to a MAC nobody has
  kTooBig,    // a packet larger than the next wire takes
  kLinkLoss,
  kServiceBroken,  // SERVFAIL, 503: the service answers, and answers wrong
  kDropped,
  kLinkDelay,
  kRefused,
  kBackendDown,  // from here on: what others may explain
  kSessionDown,
  kCondition,
  kNoAnswer,
  kNoRoute,
  kPassedOn,  // a cache that hands on the failure of those it asked
};
inline bool is_symptom(Rank rank) { return rank >= Rank::kRefused; }
// A broken thing (not a service that misbehaves): it may explain symptoms elsewhere.
inline bool is_structural(Rank rank) {
  return rank <= Rank::kSessionShut || rank == Rank::kLinkLoss;
}
// Seen in the packets themselves, at that place.
inline bool is_proven(Rank rank) {
  return rank == Rank::kMangled || rank == Rank::kWrongMac || rank == Rank::kTooBig ||
         rank == Rank::kDropped;
}

struct Suspect {
  Rank rank = Rank::kCondition;
  uint32_t node = kNone;
  uint32_t interface = kNone;   // of a link
  uint32_t peer = kNone;        // the other node of a link or session
  bool met = false;             // this request met it, as seen
  IpAddress destination;        // of packets that ended here for want of a way to it
  bool untold = false;          // it explains others, but is not sure enough to be named
  std::vector<bool> misled;     // exchanges that went astray by its doing; empty: none
  std::vector<uint32_t> trips;  // of its evidence
  v1::Culprit culprit;
};

// What all collectors read, and where they put what they find.
class Case {
 public:
  Case(const Story& story, const std::vector<uint32_t>& trip_ids);

  const Story& story;
  const Lab& lab;
  Decider decider;
  bool worked = false;
  std::vector<Suspect> suspects;
  std::vector<bool> decisive;  // exchanges that tell why it failed; all of them when it worked
  std::vector<bool> visited;   // nodes that handled a packet of the journey
  std::vector<bool> ended;     // nodes where a packet that counts ended without arriving, or that
                               // asked and were never answered
  std::vector<bool> torn;      // trips that are the two halves of one changed packet

  // Whether a trip is evidence: of this request and, when that failed, of what it failed of.
  [[nodiscard]] bool counts(uint32_t trip) const {
    const uint32_t exchange = story.forest.trips[trip].exchange;
    return exchange != kNone && decisive[exchange];
  }

  Suspect& add(Rank rank, uint32_t node, const char* layer, v1::Fact cause);
  // For a link: both ends named.
  Suspect& add_link(Rank rank, uint32_t interface, const char* layer, v1::Fact cause);
  [[nodiscard]] Suspect* find_link(uint32_t interface, Rank from, Rank to);
  [[nodiscard]] Suspect* find_node(uint32_t node, Rank from, Rank to);
  [[nodiscard]] Suspect* find_cause(uint32_t node, std::string_view key);
  // Trip and hop of the journey that frame belongs to go into the evidence.
  void prove(Suspect& suspect, v1::Fact fact, uint32_t trip = kNone, uint32_t frame = kNone) const;

 private:
  const std::vector<uint32_t>& trip_ids_;
};

std::vector<bool> decisive_exchanges(const Story& story);
// And whatever the chosen exchanges made necessary.
void spread(std::vector<bool>& chosen, const Story& story);

void suspect_links(Case& c);        // loss, delay
void suspect_nodes(Case& c);        // silent nodes, links that are down, daemons, sessions, health
void suspect_rewrites(Case& c);     // packets changed on the way
void suspect_translation(Case& c);  // packets that a gateway should have changed
void suspect_endings(Case& c);      // where packets ended inside nodes
void suspect_services(Case& c);     // SERVFAIL, 503, refusals, alerts
void suspect_false_names(Case& c);  // addresses that no zone has
void suspect_redirects(Case& c);    // who leads packets to somebody they are not meant for
void suspect_unanswered(Case& c);   // what arrived and was not answered, or was never sent
void rank_suspects(Case& c, v1::Verdict& verdict);
// What a suspect was suspected of, told as a consequence of its cause.
void follow(Suspect& cause, const Suspect& s);

// RFC 792: type 3, code 3; RFC 4443: type 1, code 4.
bool is_port_unreachable(const Packet& packet);
// The suspect that asks that server for names, which answers none; nullptr: nobody does.
Suspect* asker_of(Case& c, uint32_t asker, uint32_t server);

// Why a node had no way to an address, where its own state tells.
struct NoWay {
  Rank rank;
  const char* layer;
  v1::Fact cause;
  v1::Fact proof;
  uint32_t interface = kNone;  // it would have left by
  IpAddress destination;
  uint32_t by = kNone;  // another node's doing
};
std::optional<NoWay> no_way(Case& c, uint32_t node, const IpAddress& destination);
void suspect_no_way(Case& c, uint32_t node, NoWay why, uint32_t trip, uint32_t frame);

// Whether a broken thing explains that a suspect's node had no way to where its packets were bound.
bool explains_no_way(const Case& c, const Suspect& cause, const Suspect& suspect);
// Whether it is one of two nodes, or they have no way to each other without it.
bool lies_between(const Case& c, const Suspect& cause, uint32_t from, uint32_t to);
// Each thing once: equal evidence becomes one line with a count.
void say_once(v1::Culprit& culprit);

}  // namespace hoplab::journey
