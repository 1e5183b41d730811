// What the nodes say of themselves, before and after: silence, links, daemons, sessions, health.
#include <algorithm>
#include <array>

#include "controller/journey/keys.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

using States = std::array<const v1::NodeState*, 2>;

// The later snapshot first.
States states_of(const Node& node) {
  if (node.capture == nullptr) return {nullptr, nullptr};
  return {node.capture->has_after() ? &node.capture->after() : nullptr,
          node.capture->has_before() ? &node.capture->before() : nullptr};
}

void suspect_silence(Case& c) {
  for (uint32_t n = 0; n < c.lab.nodes.size(); ++n) {
    const Node& node = c.lab.nodes[n];
    if (node.silent.empty()) continue;
    Suspect& s = c.add(Rank::kNodeSilent, n, "node",
                       fact("cause.node_silent", {{"node", node.name}, {"reason", node.silent}}));
    c.prove(s, fact("evidence.silent", {{"reason", node.silent}}));
  }
}

const v1::LinkState* find_link_state(const v1::NodeState& state, const std::string& name) {
  for (const auto& link : state.links()) {
    if (link.name() == name) return &link;
  }
  return nullptr;
}

// What is wrong with one end of a wire, worst first; empty when nothing is.
std::string trouble(const v1::NodeState& state, const std::string& name) {
  const v1::LinkState* link = find_link_state(state, name);
  if (link == nullptr) return "missing";
  if (!link->admin_up()) return "administratively down";
  return link->carrier() ? "" : "no carrier";
}

void suspect_interface(Case& c, uint32_t i) {
  const Interface& here = c.lab.interfaces[i];
  if (here.peer == kNone || c.lab.silent(here.node)) return;
  // The wire of a node that is gone has gone with it.
  if (c.lab.silent(c.lab.interfaces[here.peer].node)) return;
  std::string state;
  for (const v1::NodeState* snapshot : states_of(c.lab.nodes[here.node])) {
    if (snapshot == nullptr || snapshot->links().empty()) continue;
    state = trouble(*snapshot, here.name);
    if (!state.empty()) break;
  }
  if (state.empty()) return;
  Suspect* s = c.find_link(i, Rank::kLinkDown, Rank::kLinkDown);
  // The end that is down is named first, not the one that lost its carrier for it.
  const bool cause = state != "no carrier";
  if (s == nullptr || (cause && s->interface != i &&
                       s->culprit.evidence(0).fact().args().at("state") == "no carrier")) {
    v1::Fact because =
        state == "missing"
            ? fact("cause.link_missing", {{"link", c.lab.link_name(i)}})
            : fact("cause.link_down", {{"link", c.lab.link_name(i)}, {"state", state}});
    if (s == nullptr) {
      s = &c.add_link(Rank::kLinkDown, i, "physical", std::move(because));
    } else {
      const v1::Culprit old = s->culprit;
      std::erase_if(c.suspects, [&](const Suspect& x) { return &x == s; });
      s = &c.add_link(Rank::kLinkDown, i, "physical", std::move(because));
      *s->culprit.mutable_evidence() = old.evidence();
    }
  }
  c.prove(*s, fact("evidence.link_state", {{"node", c.lab.nodes[here.node].name},
                                           {"interface", here.name},
                                           {"state", state}}));
}

void suspect_daemons(Case& c, uint32_t n) {
  const Node& node = c.lab.nodes[n];
  // A client's programs come and go with its requests.
  if (node.role == v1::CLIENT || !node.silent.empty()) return;
  for (const v1::NodeState* state : states_of(node)) {
    if (state == nullptr) continue;
    for (const auto& daemon : state->health().daemons()) {
      if (daemon.running() || daemon.last_exit().empty()) continue;
      const std::string program = "program " + daemon.name();
      const bool meant = std::ranges::any_of(state->health().conditions(), [&](const auto& x) {
        return x.name() == program && x.ok();
      });
      if (meant) continue;  // a program that was to run once
      const bool known = std::ranges::any_of(c.suspects, [&](const Suspect& s) {
        return s.node == n && s.rank == Rank::kDaemonDown &&
               s.culprit.cause().args().at("daemon") == daemon.name();
      });
      if (known) continue;
      Suspect& s = c.add(
          Rank::kDaemonDown, n, "application",
          fact("cause.daemon_down",
               {{"node", node.name}, {"daemon", daemon.name()}, {"detail", daemon.last_exit()}}));
      c.prove(s,
              fact("evidence.daemon", {{"daemon", daemon.name()}, {"exit", daemon.last_exit()}}));
    }
  }
}

bool shut(const std::string& state) { return state.starts_with("Idle (Admin"); }

void suspect_sessions(Case& c, uint32_t n) {
  const Node& node = c.lab.nodes[n];
  if (!node.silent.empty()) return;
  for (const v1::NodeState* state : states_of(node)) {
    if (state == nullptr) continue;
    for (const auto& peer : state->bgp_peers()) {
      if (peer.state() == "Established") continue;
      uint32_t other = c.lab.node(peer.node());
      if (other == kNone) other = c.lab.owner(address_of(peer.address()));
      const std::string name = other == kNone ? peer.address() : c.lab.name(other);
      const bool admin = shut(peer.state());
      const Rank rank = admin ? Rank::kSessionShut : Rank::kSessionDown;
      const bool known = std::ranges::any_of(c.suspects, [&](const Suspect& s) {
        if (s.rank != Rank::kSessionShut && s.rank != Rank::kSessionDown) return false;
        const bool same_pair =
            (s.node == n && s.culprit.peer_node() == name) || (s.node == other && s.peer == n);
        return same_pair && (s.rank <= rank);
      });
      if (known) continue;
      // Shut on this side explains what the other side only lost.
      std::erase_if(c.suspects, [&](const Suspect& s) {
        return admin && s.rank == Rank::kSessionDown &&
               ((s.node == other && s.peer == n) || (s.node == n && s.peer == other));
      });
      Suspect& s =
          c.add(rank, n, "network",
                admin ? fact("cause.bgp_admin_down", {{"node", node.name}, {"peer", name}})
                      : fact("cause.bgp_down",
                             {{"node", node.name}, {"peer", name}, {"state", peer.state()}}));
      s.peer = other;
      s.culprit.set_peer_node(name);
      c.prove(s,
              fact("evidence.bgp", {{"node", node.name}, {"peer", name}, {"state", peer.state()}}));
    }
  }
}

void suspect_backends(Case& c, uint32_t n) {
  const Node& node = c.lab.nodes[n];
  for (const v1::NodeState* state : states_of(node)) {
    if (state == nullptr) continue;
    for (const auto& backend : state->backends()) {
      if (!backend.status().starts_with("DOWN")) continue;
      const uint32_t server = c.lab.node(backend.node());
      if (c.find_node(server, Rank::kNodeSilent, Rank::kBackendDown) != nullptr) continue;
      const size_t slash = backend.check().rfind("/5");
      const bool answers = slash != std::string::npos;
      Suspect& s = c.add(
          answers ? Rank::kServiceBroken : Rank::kBackendDown, server, "application",
          answers
              ? fact("cause.web_status",
                     {{"node", backend.node()}, {"status", backend.check().substr(slash + 1, 3)}})
              : fact("cause.backend_down", {{"node", backend.node()}, {"check", backend.check()}}));
      s.culprit.set_node(backend.node());
      c.prove(s, fact("evidence.backend", {{"balancer", node.name}, {"check", backend.check()}}));
    }
  }
}

// Conditions that speak of something of their own; the others (adjacencies, prefixes, back ends,
// interfaces, programs) are read from the state itself.
void suspect_conditions(Case& c, uint32_t n) {
  const Node& node = c.lab.nodes[n];
  if (!node.silent.empty() || node.role == v1::CLIENT) return;
  const States states = states_of(node);
  const v1::NodeState* state = states[0] != nullptr ? states[0] : states[1];
  if (state == nullptr) return;
  for (const auto& condition : state->health().conditions()) {
    if (condition.ok()) continue;
    const std::string& name = condition.name();
    // Where a sentence of ours stands for it, that is said in the reader's language.
    const bool keyed = find_key(condition.key()) != nullptr;
    const std::string detail = keyed ? condition.detail() : name + ": " + condition.detail();
    const auto said = [&](v1::Fact f) {
      if (!keyed) return f;
      v1::Fact part = fact(condition.key());
      *part.mutable_args() = condition.args();
      (*f.mutable_said())["detail"] = std::move(part);
      return f;
    };
    if (name.starts_with("interface ") || name.starts_with("program ")) continue;
    if (name.starts_with("back end ")) continue;
    if (name.starts_with("BGP ") && state->bgp_peers_size() > 0) continue;
    v1::Fact proof = said(fact("evidence.condition", {{"condition", name}, {"detail", detail}}));
    if (Suspect* known = c.find_node(n, Rank::kNodeSilent, Rank::kServiceBroken)) {
      c.prove(*known, std::move(proof));
      continue;
    }
    Rank rank = Rank::kCondition;
    const char* layer = "node";
    v1::Fact cause = said(
        fact("cause.condition", {{"node", node.name}, {"condition", name}, {"detail", detail}}));
    if (detail.find("SERVFAIL") != std::string::npos) {
      rank = Rank::kServiceBroken;
      layer = "name";
      const std::string zone = name.starts_with("zone ") ? name.substr(5) : ".";
      cause = fact("cause.dns_servfail", {{"node", node.name}, {"name", zone}});
    } else if (name == "page" && condition.key() == "condition.page_status") {
      rank = Rank::kServiceBroken;
      layer = "application";
      cause = fact("cause.web_status",
                   {{"node", node.name}, {"status", condition.args().at("status")}});
    }
    Suspect& s = c.add(rank, n, layer, std::move(cause));
    c.prove(s, std::move(proof));
    const size_t with = name.find(" with ");
    if (with == std::string::npos || name.starts_with("BGP ")) continue;
    s.peer = c.lab.node(name.substr(with + 6));
    if (s.peer == kNone) continue;
    s.culprit.set_peer_node(c.lab.name(s.peer));
    s.culprit.set_layer("network");
  }
}

}  // namespace

void suspect_nodes(Case& c) {
  suspect_silence(c);
  for (uint32_t i = 0; i < c.lab.interfaces.size(); ++i) suspect_interface(c, i);
  const auto each = [&](auto collect) {
    for (uint32_t n = 0; n < c.lab.nodes.size(); ++n) collect(c, n);
  };
  each(suspect_daemons);
  each(suspect_sessions);
  each(suspect_conditions);
  each(suspect_backends);
}

}  // namespace hoplab::journey
