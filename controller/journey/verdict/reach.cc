// Whether a broken thing lies between a node and where its packets were bound: then a missing route
// is its doing. The way is looked for over the wires of the lab, through nodes that forward.
#include <vector>

#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool forwards(const Node& node) {
  return node.role == v1::ROUTER || node.role == v1::GATEWAY || node.role == v1::SWITCH;
}

bool runs_routing(const Node& node) { return node.role == v1::ROUTER; }

bool breaks_wire(const Case& c, const Suspect& cause, uint32_t from) {
  const uint32_t to = c.lab.interfaces[from].peer;
  const uint32_t a = c.lab.interfaces[from].node;
  const uint32_t b = c.lab.interfaces[to].node;
  switch (cause.rank) {
    case Rank::kLinkDown:
    case Rank::kTooBig:  // adjacencies do not form between ends of different MTU
      return cause.interface == from || cause.interface == to;
    case Rank::kSessionShut:
    case Rank::kSessionDown:
      return (cause.node == a && cause.peer == b) || (cause.node == b && cause.peer == a);
    case Rank::kNodeSilent:
    case Rank::kDaemonDown:
      return cause.node == a || cause.node == b;
    default:
      return false;
  }
}

// Without the wires that `broken` says of an interface.
template <typename Broken>
bool connected(const Case& c, Broken broken, uint32_t from, uint32_t to) {
  std::vector<bool> seen(c.lab.nodes.size());
  std::vector<uint32_t> open = {from};
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (at == to) return true;
    if (at != from && !forwards(c.lab.nodes[at])) continue;
    for (const uint32_t i : c.lab.nodes[at].interfaces) {
      const uint32_t peer = c.lab.interfaces[i].peer;
      if (peer == kNone || broken(i)) continue;
      const uint32_t next = c.lab.interfaces[peer].node;
      if (!seen[next]) open.push_back(next);
      seen[next] = true;
    }
  }
  return false;
}

constexpr auto no_wire = [](uint32_t) { return false; };

}  // namespace

bool explains_no_way(const Case& c, const Suspect& cause, const Suspect& suspect) {
  if (&cause == &suspect || suspect.destination.is_unspecified() || suspect.node == kNone)
    return false;
  const bool session = cause.rank == Rank::kSessionShut || cause.rank == Rank::kSessionDown;
  const bool daemon = cause.rank == Rank::kDaemonDown && cause.node != kNone &&
                      runs_routing(c.lab.nodes[cause.node]);
  if (!session && !daemon && cause.rank != Rank::kLinkDown && cause.rank != Rank::kTooBig &&
      cause.rank != Rank::kNodeSilent) {
    return false;
  }
  const uint32_t owner = c.lab.owner(suspect.destination);
  if (owner == kNone || !connected(c, no_wire, suspect.node, owner)) return false;
  return !connected(
      c, [&](uint32_t i) { return breaks_wire(c, cause, i); }, suspect.node, owner);
}

bool lies_between(const Case& c, const Suspect& cause, uint32_t from, uint32_t to) {
  if (cause.node == from || cause.node == to) return true;
  const auto broken = [&](uint32_t i) {
    const uint32_t peer = c.lab.interfaces[i].peer;
    if (cause.interface != kNone && cause.peer != kNone) {
      return i == cause.interface || peer == cause.interface;
    }
    return c.lab.interfaces[i].node == cause.node || c.lab.interfaces[peer].node == cause.node;
  };
  return connected(c, no_wire, from, to) && !connected(c, broken, from, to);
}

}  // namespace hoplab::journey
