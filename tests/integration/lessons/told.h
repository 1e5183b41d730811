// What a journey tells of the exchanges between two nodes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/integration/lab/journeys.h"

namespace hoplab::test {

using Arguments = std::map<std::string, std::string>;

// The arguments of every fact of that key, in the order of the report; an empty node name is any.
inline std::vector<Arguments> told(const v1::Journey& journey, const std::string& key,
                                   const std::string& client = {}, const std::string& server = {}) {
  std::vector<Arguments> found;
  for (const auto& phase : journey.phases()) {
    for (const auto& exchange : phase.exchanges()) {
      if (!client.empty() && exchange.client() != client) continue;
      if (!server.empty() && exchange.server() != server) continue;
      for (const auto& fact : exchange.facts()) {
        if (fact.key() == key) found.emplace_back(fact.args().begin(), fact.args().end());
      }
    }
  }
  return found;
}

// The values of one argument of them.
inline std::vector<std::string> told(const v1::Journey& journey, const std::string& key,
                                     const std::string& client, const std::string& server,
                                     const std::string& argument) {
  std::vector<std::string> values;
  for (const auto& arguments : told(journey, key, client, server)) {
    const auto found = arguments.find(argument);
    values.push_back(found == arguments.end() ? std::string() : found->second);
  }
  return values;
}

}  // namespace hoplab::test
