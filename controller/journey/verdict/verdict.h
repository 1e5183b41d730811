// Did it work; if not, who is at fault. From evidence only: frames, snapshots, daemon events, the
// client's result — never from the list of faults somebody says are active. Suspects are collected
// from each kind of evidence, then ranked, causes before what they explain; a suspect that another
// explains is dropped or becomes evidence for it. Nobody named is better than the wrong one.
#pragma once

#include <string>
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
  kLinkLoss,
  kLinkDelay,
  kServiceBroken,  // SERVFAIL, 503: the service answers, and answers wrong
  kDropped,
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
inline bool is_structural(Rank rank) { return rank <= Rank::kLinkLoss; }

struct Suspect {
  Rank rank = Rank::kCondition;
  uint32_t node = kNone;
  uint32_t interface = kNone;  // of a link
  uint32_t peer = kNone;       // the other node of a link or session
  bool met = false;            // this request met it, as seen
  uint32_t destination = 0;    // of packets that ended here for want of a way to it
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
  std::vector<bool> visited;  // nodes that handled a packet of the journey
  std::vector<bool> crossed;  // interfaces a packet of the journey left or entered by
  std::vector<bool> ended;    // nodes where a packet of it ended without arriving, or asked
                              // and never answered

  Suspect& add(Rank rank, uint32_t node, const char* layer, v1::Fact cause);
  // For a link: both ends named.
  Suspect& add_link(Rank rank, uint32_t interface, const char* layer, v1::Fact cause);
  [[nodiscard]] Suspect* find_link(uint32_t interface, Rank from, Rank to);
  [[nodiscard]] Suspect* find_node(uint32_t node, Rank from, Rank to);
  // Trip and hop of the journey that frame belongs to go into the evidence.
  void prove(Suspect& suspect, v1::Fact fact, uint32_t trip = kNone, uint32_t frame = kNone) const;

 private:
  const std::vector<uint32_t>& trip_ids_;
};

void suspect_links(Case& c);     // loss, delay
void suspect_nodes(Case& c);     // silent nodes, links that are down, daemons, sessions, health
void suspect_services(Case& c);  // SERVFAIL, 503, refusals, silence
void suspect_endings(Case& c);   // where packets ended inside nodes
void rank_suspects(Case& c, v1::Verdict& verdict);

// Whether a broken thing explains that a suspect's node had no way to where its packets were bound.
bool explains_no_way(const Case& c, const Suspect& cause, const Suspect& suspect);
// Each thing once: equal evidence becomes one line with a count.
void say_once(v1::Culprit& culprit);

}  // namespace hoplab::journey
