// Questions tests ask of a journey.
#pragma once

#include <string>
#include <vector>

#include "proto/journey.pb.h"

namespace hoplab::test {

// Names of all nodes that hops of the journey were made on, out and back.
bool visits(const v1::Journey& journey, const std::string& node);
// Every culprit, for messages.
std::string explain(const v1::Journey& journey);
bool blames_node(const v1::Journey& journey, const std::string& node);
bool blames_link(const v1::Journey& journey, const std::string& a, const std::string& b);
// All exchanges of a kind ("dns", "dora", "icmp"), in the order of the report.
std::vector<v1::Exchange> exchanges(const v1::Journey& journey, const std::string& kind);
const v1::Phase* phase(const v1::Journey& journey, v1::Phase::Kind kind);

}  // namespace hoplab::test
