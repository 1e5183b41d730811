#include "tests/bench/growth.h"

#include <fmt/format.h>

#include <iostream>

#include "tests/bench/memory.h"

namespace hoplab::bench {

std::string lans(int nodes) {
  std::string text = "name: lans\nsystems:\n  lans:\n    prefix: 10.0.0.0/12\n    nodes:\n";
  std::string links = "links:\n";
  for (int lan = 1; lan <= nodes / 10; ++lan) {
    text += fmt::format("      r{0}: router\n      d{0}: dhcp_server\n", lan);
    text += fmt::format("      s{0}: {{ role: switch, subnet: 10.{0}.0.0/24 }}\n", lan);
    links += fmt::format("  - [r{0}, s{0}]\n  - [d{0}, s{0}]\n", lan);
    if (lan > 1) links += fmt::format("  - [r{}, r1]\n", lan);
    for (int host = 1; host <= 7; ++host) {
      const std::string name = fmt::format("{}{}-{}", host <= 3 ? 'c' : 'w', lan, host);
      text += fmt::format("      {}: {}\n", name, host <= 3 ? "client" : "web_server");
      links += fmt::format("  - [{}, s{}]\n", name, lan);
    }
  }
  return text + links;
}

std::vector<Size> measure_growth(const Session& session, const std::vector<int>& sizes,
                                 int rounds) {
  constexpr const char* kLab = "bench-lans";
  std::vector<Size> measured;
  for (const int nodes : sizes) {
    std::cerr << fmt::format("growth: {} nodes\n", nodes);
    const auto file = session.write_topology(fmt::format("lans-{}", nodes), lans(nodes));
    Size size{.nodes = nodes};
    Samples up;
    Samples agents;
    for (int round = 0; round < rounds; ++round) {
      up.push_back(session.up(file, kLab));
      double total = 0;
      for (const auto& container : session.containers(kLab)) total += pss_of(container.pid);
      agents.push_back(total);
      session.down(kLab);
    }
    size.up = median(up);
    size.agents_kib = median(agents);
    measured.push_back(size);
  }
  return measured;
}

}  // namespace hoplab::bench
