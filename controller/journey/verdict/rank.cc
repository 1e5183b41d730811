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

// What befell packets that another had led astray.
bool is_led_astray(const Case& c, const Suspect& s, const Suspect& by) {
  const bool elsewhere =
      is_structural(s.rank) || s.rank == Rank::kMangled || s.rank == Rank::kLinkDelay;
  if (by.misled.empty() || &s == &by || !s.misled.empty() || elsewhere) return false;
  return !s.trips.empty() && std::ranges::all_of(s.trips, [&](uint32_t t) {
    const uint32_t exchange = c.story.forest.trips[t].exchange;
    return exchange != kNone && by.misled[exchange];
  });
}

// Neighbours of an AS that do not hear each other.
bool is_igp(const Suspect& s) {
  if (s.rank != Rank::kCondition || s.peer == kNone) return false;
  const std::string& name = s.culprit.cause().args().at("condition");
  return name.starts_with("OSPF ") || name.starts_with("IS-IS ");
}

// Routes and sessions inside an AS rest on its neighbours hearing each other; each of two
// neighbours complains of the other.
bool rests_on(const Case& c, const Suspect& s, const Suspect& other) {
  if (!is_igp(other) || &s == &other || s.node == kNone) return false;
  if (is_igp(s)) return &other < &s && s.node == other.peer && s.peer == other.node;
  if (!is_adjacency(s) || c.lab.nodes[s.node].asn != c.lab.nodes[other.node].asn) return false;
  return s.rank != Rank::kSessionDown || s.peer == kNone ||
         c.lab.nodes[s.peer].asn == c.lab.nodes[s.node].asn;
}

// The cause a suspect is but a consequence of; nullptr when it stands for itself.
Suspect* cause_of(Case& c, const Suspect& s) {
  for (Suspect& other : c.suspects) {
    if (is_led_astray(c, s, other)) return &other;
  }
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
  for (Suspect& other : c.suspects) {
    if (rests_on(c, s, other)) return &other;
  }
  return nullptr;
}

// A back end that its balancer cannot reach for what lies between them.
bool is_cut_off(const Case& c, const Suspect& s, const Suspect& by) {
  if (s.rank != Rank::kBackendDown || s.node == kNone) return false;
  const std::string& layer = by.culprit.layer();
  if (layer != "physical" && layer != "link" && layer != "network" && layer != "node") return false;
  for (uint32_t n = 0; n < c.lab.nodes.size(); ++n) {
    const v1::NodeSpec* spec = c.lab.nodes[n].spec;
    if (spec == nullptr || !spec->has_load_balancer()) continue;
    const auto& backends = spec->load_balancer().backends();
    const bool its = std::ranges::any_of(
        backends, [&](const v1::Backend& b) { return b.node() == c.lab.name(s.node); });
    if (its && lies_between(c, by, n, s.node)) return true;
  }
  return false;
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

void follow(Suspect& cause, const Suspect& s) {
  const v1::Culprit& from = s.culprit;
  const bool told = std::ranges::any_of(cause.culprit.consequences(), [&](const auto& x) {
    return x.node() == from.node() && x.interface() == from.interface() &&
           same_fact(x.cause(), from.cause());
  });
  if (told || s.untold) return;
  v1::Consequence& x = *cause.culprit.add_consequences();
  x.set_node(from.node());
  x.set_interface(from.interface());
  x.set_peer_node(from.peer_node());
  x.set_peer_interface(from.peer_interface());
  x.set_layer(from.layer());
  *x.mutable_cause() = from.cause();
  for (const auto& e : from.evidence()) {
    if (e.trip() == 0) continue;
    x.set_trip(e.trip());
    x.set_hop(e.hop());
    break;
  }
}

void rank_suspects(Case& c, v1::Verdict& verdict) {
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
    follow(*cause, *s);
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
      const bool follows = s != first && (symptom || is_cut_off(c, *s, *first));
      if (follows) follow(*first, *s);
      return follows;
    });
  }
  for (const auto& [s, cause] : explained) {
    if (is_adjacency(*s)) follow(*cause, *s);
  }
  for (Suspect* s : left) say_once(s->culprit);
  std::ranges::stable_sort(left, {}, [](const Suspect* s) {
    return std::tuple(!s->culprit.on_path(), s->rank, !s->met);
  });
  for (const Suspect* s : left) {
    if (!s->untold) *verdict.add_culprits() = s->culprit;
  }
}

}  // namespace hoplab::journey
