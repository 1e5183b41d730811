// Which suspects are culprits: explained ones go, met ones come first, causes before symptoms.
#include <algorithm>
#include <tuple>

#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool is_adjacency(const Suspect& s) {
  if (s.rank == Rank::kSessionDown) return true;
  if (s.rank != Rank::kCondition) return false;
  const std::string& name = s.culprit.cause().args().at("condition");
  return name.starts_with("OSPF ") || name.starts_with("BGP ") || name.starts_with("prefix ") ||
         name.starts_with("back end") || name.starts_with("port ");
}

// Does a broken thing lie where this request failed?
bool touches(const Case& c, const Suspect& s) {
  if (s.met) return true;
  if (c.worked) {
    return (s.rank == Rank::kDaemonDown || s.rank == Rank::kNodeSilent) && s.node != kNone &&
           c.visited[s.node];
  }
  if (s.rank == Rank::kSessionShut || s.rank == Rank::kSessionDown) {
    return (s.node != kNone && c.ended[s.node]) || (s.peer != kNone && c.ended[s.peer]);
  }
  if (s.interface != kNone) {
    return c.ended[s.node] || (s.peer != kNone && c.ended[s.peer]) || c.crossed[s.interface];
  }
  if (s.node == kNone) return false;
  if (c.visited[s.node] || c.ended[s.node]) return true;
  if (s.rank != Rank::kNodeSilent) return false;
  // A node that is gone is missed by those it was wired to.
  return std::ranges::any_of(c.lab.nodes[s.node].interfaces, [&](uint32_t i) {
    const uint32_t peer = c.lab.interfaces[i].peer;
    return peer != kNone && c.ended[c.lab.interfaces[peer].node];
  });
}

// The cause a suspect is but a consequence of; nullptr when it stands for itself.
Suspect* cause_of(Case& c, const Suspect& s) {
  for (Suspect& other : c.suspects) {
    if (&other == &s || is_symptom(other.rank) || other.rank >= s.rank) continue;
    const bool same_place = other.node == s.node || (s.peer != kNone && other.node == s.peer) ||
                            (other.peer != kNone && other.peer == s.node);
    // A link that is down loses what is sent over it; a dead node takes its links along.
    if (s.interface != kNone && other.rank == Rank::kLinkDown && other.interface != kNone &&
        (other.interface == s.interface || c.lab.interfaces[other.interface].peer == s.interface)) {
      return &other;
    }
    if (s.rank == Rank::kLinkLoss && other.rank == Rank::kNodeSilent && same_place) return &other;
    // Adjacencies fall with whatever carries them, wherever that is.
    if (is_adjacency(s) && is_structural(other.rank)) return &other;
    if (is_symptom(s.rank) && !is_adjacency(s) && same_place) return &other;
  }
  return nullptr;
}

}  // namespace

void rank_suspects(Case& c, v1::Verdict& verdict) {
  std::vector<const Suspect*> explained;
  for (const Suspect& s : c.suspects) {
    if (Suspect* cause = cause_of(c, s)) {
      explained.push_back(&s);
      if (s.met && !is_adjacency(s)) cause->met = true;
      if (is_adjacency(s) && cause->culprit.evidence_size() >= 8) continue;
      for (const auto& e : s.culprit.evidence()) *cause->culprit.add_evidence() = e;
    }
  }
  std::vector<Suspect*> left;
  for (Suspect& s : c.suspects) {
    if (std::ranges::find(explained, &s) == explained.end()) left.push_back(&s);
  }
  for (Suspect* s : left) s->culprit.set_on_path(touches(c, *s));

  const auto met_cause = [](const Suspect* s) {
    return s->culprit.on_path() && !is_symptom(s->rank) && s->rank != Rank::kLinkDelay;
  };
  if (!c.worked && std::ranges::none_of(left, met_cause)) {
    // Nothing broken was met: when only one thing is broken at all, it is what took the way.
    std::vector<Suspect*> broken;
    for (Suspect* s : left) {
      if (is_structural(s->rank) || s->rank == Rank::kSessionShut) broken.push_back(s);
    }
    if (broken.size() == 1) broken.front()->culprit.set_on_path(true);
  }
  if (std::ranges::any_of(left, met_cause)) {
    Suspect* first = *std::ranges::min_element(
        left, {}, [&](const Suspect* s) { return std::pair(!met_cause(s), s->rank); });
    std::erase_if(left, [&](Suspect* s) {
      const bool symptom = is_symptom(s->rank) && s->culprit.on_path();
      if (symptom && first->culprit.evidence_size() < 16) {
        for (const auto& e : s->culprit.evidence()) *first->culprit.add_evidence() = e;
      }
      return symptom;
    });
  }
  std::ranges::stable_sort(
      left, {}, [](const Suspect* s) { return std::tuple(!s->culprit.on_path(), s->rank); });
  for (const Suspect* s : left) *verdict.add_culprits() = s->culprit;
}

}  // namespace hoplab::journey
