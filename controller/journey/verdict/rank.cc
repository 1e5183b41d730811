// Which suspects are culprits: explained ones go, met ones come first, causes before symptoms.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <tuple>

#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool same_fact(const v1::Fact& a, const v1::Fact& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

bool is_adjacency(const Suspect& s) {
  if (s.rank == Rank::kSessionDown) return true;
  if (s.rank != Rank::kCondition) return false;
  const std::string& name = s.culprit.cause().args().at("condition");
  return name.starts_with("OSPF ") || name.starts_with("IS-IS ") || name.starts_with("BGP ") ||
         name.starts_with("prefix ") || name.starts_with("back end") || name.starts_with("port ");
}

// Does a broken thing lie where this request failed? `way_explained`: packets that found no way are
// explained, by another session than those not met.
bool touches(const Case& c, const Suspect& s, bool way_explained) {
  if (s.met) return true;
  if (c.worked) {
    return (s.rank == Rank::kDaemonDown || s.rank == Rank::kNodeSilent) && s.node != kNone &&
           c.visited[s.node];
  }
  if (s.rank == Rank::kSessionShut || s.rank == Rank::kSessionDown) {
    if (way_explained) return false;
    return (s.node != kNone && c.ended[s.node]) || (s.peer != kNone && c.ended[s.peer]);
  }
  if (s.interface != kNone) return c.ended[s.node] || (s.peer != kNone && c.ended[s.peer]);
  if (s.node == kNone) return false;
  if (c.ended[s.node]) return true;
  if (s.rank != Rank::kNodeSilent) return false;
  // A node that is gone is missed by those it was wired to.
  return std::ranges::any_of(c.lab.nodes[s.node].interfaces, [&](uint32_t i) {
    const uint32_t peer = c.lab.interfaces[i].peer;
    return peer != kNone && c.ended[c.lab.interfaces[peer].node];
  });
}

// The cause a suspect is but a consequence of; nullptr when it stands for itself.
Suspect* cause_of(Case& c, const Suspect& s) {
  for (Rank rank = Rank::kNodeSilent; rank <= Rank::kSessionDown;
       rank = static_cast<Rank>(static_cast<uint8_t>(rank) + 1)) {
    for (Suspect& other : c.suspects) {
      if (other.rank == rank && explains_no_way(c, other, s)) return &other;
    }
  }
  for (Suspect& other : c.suspects) {
    // The failure of a name server shows in every cache that asked it.
    if (s.rank == Rank::kPassedOn && other.rank < Rank::kPassedOn && other.met &&
        other.culprit.layer() == "name") {
      return &other;
    }
    if (&other == &s || is_symptom(other.rank) || other.rank >= s.rank) continue;
    const bool same_place = other.node == s.node || (s.peer != kNone && other.node == s.peer) ||
                            (other.peer != kNone && other.peer == s.node);
    // A link that is down loses what is sent over it; a dead node takes its links along.
    if (s.interface != kNone && other.rank == Rank::kLinkDown && other.interface != kNone &&
        (other.interface == s.interface || c.lab.interfaces[other.interface].peer == s.interface)) {
      return &other;
    }
    if (s.rank == Rank::kLinkLoss && other.rank == Rank::kNodeSilent && same_place) return &other;
    // Frames larger than the wire takes are lost on it.
    if (s.rank == Rank::kLinkLoss && other.rank == Rank::kTooBig &&
        (other.interface == s.interface || c.lab.interfaces[other.interface].peer == s.interface)) {
      return &other;
    }
    // Who lost the way to a site misses its prefix, and so do those that would learn it.
    if (is_adjacency(s) && other.culprit.cause().key() == "cause.lost_site" &&
        s.rank == Rank::kCondition &&
        s.culprit.cause().args().at("condition") ==
            "prefix " + other.culprit.cause().args().at("prefix")) {
      return &other;
    }
    // Adjacencies fall with whatever carries them, wherever that is.
    if (is_adjacency(s) && (is_structural(other.rank) || other.rank == Rank::kTooBig)) {
      return &other;
    }
    if (is_symptom(s.rank) && !is_adjacency(s) && same_place) return &other;
  }
  return nullptr;
}

// The cause at the end of the chain.
Suspect* root_cause_of(Case& c, const Suspect& s) {
  Suspect* cause = cause_of(c, s);
  for (int depth = 0; cause != nullptr && depth < 8; ++depth) {
    Suspect* deeper = cause_of(c, *cause);
    if (deeper == nullptr || deeper == &s) break;
    cause = deeper;
  }
  return cause;
}

// What a suspect was suspected of, said as evidence for its cause.
void absorb(Suspect& cause, const Suspect& s) {
  constexpr int kLines = 16;
  if (cause.culprit.evidence_size() >= kLines) return;
  v1::Evidence& e = *cause.culprit.add_evidence();
  if (s.culprit.evidence_size() > 0) e = s.culprit.evidence(0);
  *e.mutable_fact() = s.culprit.cause();
}

// Two suspects of one thing are one.
void merge_same(Case& c) {
  std::vector<Suspect> once;
  for (Suspect& s : c.suspects) {
    const auto same = std::ranges::find_if(once, [&](const Suspect& x) {
      return x.rank == s.rank && x.node == s.node && x.interface == s.interface &&
             same_fact(x.culprit.cause(), s.culprit.cause());
    });
    if (same == once.end()) {
      once.push_back(std::move(s));
      continue;
    }
    same->met = same->met || s.met;
    for (const auto& e : s.culprit.evidence()) *same->culprit.add_evidence() = e;
  }
  c.suspects = std::move(once);
}

}  // namespace

void rank_suspects(Case& c, v1::Verdict& verdict) {
  constexpr size_t kAdjacencies = 4;
  merge_same(c);
  std::vector<std::pair<const Suspect*, Suspect*>> explained;  // with its cause
  std::vector<Suspect*> left;
  for (Suspect& s : c.suspects) {
    if (Suspect* cause = root_cause_of(c, s)) {
      explained.emplace_back(&s, cause);
    } else {
      left.push_back(&s);
    }
  }
  bool way_explained = false;
  for (const auto& [s, cause] : explained) {
    if (is_adjacency(*s)) continue;
    way_explained = way_explained || !s->destination.is_unspecified();
    if (s->met) cause->met = true;
    absorb(*cause, *s);
  }
  for (Suspect* s : left) s->culprit.set_on_path(touches(c, *s, way_explained));

  const auto met_cause = [](const Suspect* s) {
    return s->culprit.on_path() && !is_symptom(s->rank) && s->rank != Rank::kLinkDelay;
  };
  if (std::ranges::any_of(left, met_cause)) {
    Suspect* first = *std::ranges::min_element(
        left, {}, [&](const Suspect* s) { return std::tuple(!met_cause(s), s->rank, !s->met); });
    std::erase_if(left, [&](Suspect* s) {
      const bool symptom = is_symptom(s->rank) && s->culprit.on_path();
      if (symptom) absorb(*first, *s);
      return symptom;
    });
  }
  for (Suspect* of : left) {
    size_t fallen = 0;
    for (const auto& [s, cause] : explained) {
      if (cause == of && is_adjacency(*s) && fallen++ < kAdjacencies) absorb(*of, *s);
    }
    say_once(of->culprit);
  }
  std::ranges::stable_sort(left, {}, [](const Suspect* s) {
    return std::tuple(!s->culprit.on_path(), s->rank, !s->met);
  });
  for (const Suspect* s : left) *verdict.add_culprits() = s->culprit;
}

}  // namespace hoplab::journey
