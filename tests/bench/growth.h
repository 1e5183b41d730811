// How a lab's start and its agents' memory grow with its number of nodes.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/session.h"

namespace hoplab::bench {

struct Size {
  int nodes = 0;
  double up = 0;          // seconds; median
  double agents_kib = 0;  // PSS of all agents together
};

// LANs of ten nodes each (router, switch, DHCP server, three clients, four web servers), whose
// routers speak OSPF with the first. `nodes` is a multiple of ten.
std::string lans(int nodes);
std::vector<Size> measure_growth(const Session& session, const std::vector<int>& sizes, int rounds);

}  // namespace hoplab::bench
