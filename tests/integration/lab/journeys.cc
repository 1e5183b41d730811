#include "tests/integration/lab/journeys.h"

#include <algorithm>

namespace hoplab::test {

bool visits(const v1::Journey& journey, const std::string& node) {
  return std::ranges::any_of(journey.trips(), [&](const auto& trip) {
    return std::ranges::any_of(trip.hops(), [&](const auto& hop) { return hop.node() == node; });
  });
}

std::string explain(const v1::Journey& journey) {
  std::string text = v1::Verdict::Result_Name(journey.verdict().result()) + " (" +
                     journey.verdict().summary().key() + ")\n";
  for (const auto& culprit : journey.verdict().culprits()) {
    text += "  " + culprit.node() + ":" + culprit.interface() + " " + culprit.peer_node() + " [" +
            culprit.layer() + "] " + culprit.cause().key();
    for (const auto& [name, value] : culprit.cause().args()) text += " " + name + "=" + value;
    text += "\n";
  }
  return text;
}

// Only the first culprit counts: further ones are what else is not as it should be.
bool blames_node(const v1::Journey& journey, const std::string& node) {
  const auto& culprits = journey.verdict().culprits();
  return !culprits.empty() && culprits[0].node() == node;
}

bool blames_link(const v1::Journey& journey, const std::string& a, const std::string& b) {
  const auto& culprits = journey.verdict().culprits();
  if (culprits.empty()) return false;
  const auto& first = culprits[0];
  return (first.node() == a && first.peer_node() == b) ||
         (first.node() == b && first.peer_node() == a);
}

std::vector<v1::Exchange> exchanges(const v1::Journey& journey, const std::string& kind) {
  std::vector<v1::Exchange> found;
  for (const auto& phase : journey.phases()) {
    for (const auto& exchange : phase.exchanges()) {
      if (exchange.kind() == kind) found.push_back(exchange);
    }
  }
  return found;
}

const v1::Phase* phase(const v1::Journey& journey, v1::Phase::Kind kind) {
  const auto found = std::ranges::find(journey.phases(), kind, &v1::Phase::kind);
  return found == journey.phases().end() ? nullptr : &*found;
}

}  // namespace hoplab::test
