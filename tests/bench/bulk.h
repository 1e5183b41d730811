// What armed captures cost a bulk flow across five routers, and what the rings lost: TCP, and UDP
// of small packets, each with captures armed and not, in turn.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/session.h"

namespace hoplab::bench {

struct BulkRow {
  std::string what;
  Samples idle;  // throughput, not armed, in `unit`
  Samples armed;
  std::string unit;
  uint64_t frames = 0;      // taken by the rings, last round
  uint64_t ring_drops = 0;  // of all interfaces, all rounds
};

std::vector<BulkRow> measure_bulk(const Session& session, int rounds);

}  // namespace hoplab::bench
