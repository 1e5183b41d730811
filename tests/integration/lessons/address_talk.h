// What lessons about addresses look at in a journey: exchanges, their facts and packets, decisions.
#pragma once

#include <google/protobuf/util/json_util.h>

#include <map>
#include <string>
#include <vector>

#include "tests/integration/lessons/lesson.h"

namespace hoplab::test {

inline v1::Journey request(const std::string& lab, const std::string& client,
                           const std::string& url,
                           const std::vector<std::string>& options = {"--cold"}) {
  std::vector<std::string> words = {"request", client, url, "--lab", lab, "--format", "json"};
  words.insert(words.end(), options.begin(), options.end());
  const Outcome outcome = hoplab(words);
  v1::Journey journey;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &journey).ok())
      << outcome.out << outcome.err;
  EXPECT_EQ(outcome.exit_code, 0) << explain(journey) << outcome.err;
  EXPECT_EQ(journey.completeness().left_over(), 0U) << journey.completeness().DebugString();
  return journey;
}

// The first exchange of that kind; an empty one where the test has failed.
inline v1::Exchange first(const v1::Journey& journey, const std::string& kind) {
  const auto found = exchanges(journey, kind);
  EXPECT_FALSE(found.empty()) << "no " << kind;
  return found.empty() ? v1::Exchange{} : found.front();
}

// The one exchange of that kind.
inline v1::Exchange only(const v1::Journey& journey, const std::string& kind) {
  EXPECT_EQ(exchanges(journey, kind).size(), 1U) << kind;
  return first(journey, kind);
}

// The arguments of the exchange's facts with that key, joined: "a=1 b=2".
inline std::vector<std::string> facts(const v1::Exchange& exchange, const std::string& key) {
  std::vector<std::string> all;
  for (const auto& fact : exchange.facts()) {
    if (fact.key() != key) continue;
    const std::map<std::string, std::string> sorted(fact.args().begin(), fact.args().end());
    std::string text;
    for (const auto& [name, value] : sorted) {
      text += (text.empty() ? "" : " ") + name + "=" + value;
    }
    all.push_back(text);
  }
  return all;
}

inline std::string argument(const v1::Exchange& exchange, const std::string& key,
                            const std::string& name) {
  for (const auto& fact : exchange.facts()) {
    if (fact.key() == key) return fact.args().at(name);
  }
  ADD_FAILURE() << "no " << key << " in " << exchange.DebugString();
  return {};
}

// What the frames of an exchange were as they left: "sw 192.168.10.2:67 > 192.168.10.100:68".
inline std::vector<std::string> packets(const v1::Journey& journey, const v1::Exchange& exchange) {
  std::vector<std::string> all;
  for (const auto& trip : journey.trips()) {
    if (std::ranges::find(exchange.trips(), trip.id()) == exchange.trips().end()) continue;
    const auto& h = trip.hops(0).out_headers();
    all.push_back(trip.origin() + " " + h.source() + ":" + std::to_string(h.source_port()) + " > " +
                  h.destination() + ":" + std::to_string(h.destination_port()));
  }
  return all;
}

// Keys of the decisions made at a node, anywhere in the journey.
inline std::vector<std::string> decisions_at(const v1::Journey& journey, const std::string& node) {
  std::vector<std::string> keys;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      if (hop.node() != node) continue;
      for (const auto& decision : hop.decisions()) {
        for (const auto* fact : {&decision.check(), &decision.result(), &decision.consequence()}) {
          if (!fact->key().empty()) keys.push_back(fact->key());
        }
      }
    }
  }
  return keys;
}

// The link-local address of a node's eth0, as the node itself has it.
inline std::string link_local(const std::string& shown) {
  const size_t begin = shown.find("fe80::");
  return begin == std::string::npos ? "none" : shown.substr(begin, shown.find('/', begin) - begin);
}

}  // namespace hoplab::test
