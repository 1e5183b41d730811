// Figures of the lab that ships: start and end, memory, images, the report.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "tests/bench/session.h"

namespace hoplab::bench {

struct RoleFigures {
  Samples daemons_kib;  // PSS of all processes below a node's agent, one sample a node
  double image_mb = 0;  // as the engine counts it, the base's layers included
};

struct Figures {
  Samples up;          // seconds, to converged
  Samples containers;  // the two parts of its floor
  Samples routers;
  Samples down;
  Samples docker_rm;
  Samples report_ms;      // the client has its answer → the program that printed it has ended
  Samples agent_pss_kib;  // one sample a node
  double agent_alone_kib = 0;
  size_t other_agents = 0;  // ran meanwhile from the same file, and made PSS look smaller
  std::map<std::string, RoleFigures> roles;
  double base_mb = 0;
};

// Each round measures floor and lab one after the other, so that a machine that drifts does so for
// both.
Figures measure_naver(const Session& session, const std::filesystem::path& topology, int rounds);

}  // namespace hoplab::bench
