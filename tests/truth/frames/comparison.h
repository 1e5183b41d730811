// What tcpdump saw against what the journey says: each frame of the request in exactly one hop, and
// no frame in a hop that was not on the wire.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "proto/journey.pb.h"
#include "tests/truth/frames/ownership.h"

namespace hoplab::truth {

struct Counts {
  uint64_t dumped = 0;    // by tcpdump, while the journey lasted
  uint64_t request = 0;   // of those: of the request
  uint64_t lab = 0;       // the lab's own life
  uint64_t either = 0;    // ARP of which neither can be shown
  uint64_t matched = 0;   // frames in hops that tcpdump saw
  uint64_t missing = 0;   // of the request, in no hop
  uint64_t invented = 0;  // in a hop, not on the wire
  uint64_t twice = 0;     // in two hops
  uint64_t foreign = 0;   // in a hop, but shown to be the lab's own
};

struct Comparison {
  std::map<std::string, Counts> by_interface;  // "node:interface"
  Counts total;
  int64_t largest_difference_ns = 0;  // between tcpdump's time and the engine's
  std::vector<std::string> wrong;     // each frame that should not be, in words
};

// `dumped`: the whole lab, in order of time, from before the journey until after it.
Comparison compare(const std::vector<Sighting>& dumped, const v1::Bundle& bundle,
                   const v1::Journey& journey);

void print(const Comparison& comparison, std::ostream& out);

}  // namespace hoplab::truth
