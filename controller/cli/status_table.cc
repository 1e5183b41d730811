#include "controller/cli/status_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "controller/fault/describe.h"
#include "controller/report/table.h"

namespace hoplab::cli {
namespace {

std::string lower(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

std::string health_of(const v1::NodeStatus& node) {
  if (node.container_state() != "running") return node.container_state();
  if (!node.agent_reachable()) return "agent silent";
  return lower(v1::Health::State_Name(node.health().state()));
}

// "bgpd, ospfd, zebra", with what is not as it should be spelt out.
std::string daemons_of(const v1::NodeStatus& node) {
  std::string text;
  for (const auto& daemon : node.health().daemons()) {
    if (!text.empty()) text += ", ";
    text += daemon.name();
    if (!daemon.running()) text += " DOWN";
    if (daemon.restarts() > 0) text += fmt::format(" (restarted {}×)", daemon.restarts());
  }
  return text;
}

std::string addresses_of(const v1::NodeStatus& node) {
  std::string text;
  for (const auto& address : node.addresses()) text += (text.empty() ? "" : " ") + address;
  return text;
}

}  // namespace

void print_status(const v1::LabList& labs, std::ostream& out) {
  if (labs.labs().empty()) {
    out << "no lab is running\n";
    return;
  }
  for (const auto& lab : labs.labs()) {
    out << fmt::format("{}  ({}, {} nodes)\n", lab.lab(), lab.topology(), lab.nodes_size());
    std::vector<std::vector<std::string>> rows;
    for (const auto& node : lab.nodes()) {
      const bool ready = node.health().state() == v1::Health::READY;
      rows.push_back({node.node(), lower(v1::Role_Name(node.role())), node.system(),
                      health_of(node), addresses_of(node), daemons_of(node),
                      ready ? "" : node.health().waiting_for()});
    }
    report::print_table({"NODE", "ROLE", "SYSTEM", "HEALTH", "ADDRESSES", "DAEMONS", "WAITS FOR"},
                        rows, {}, out);
    for (const auto& fault : lab.faults()) {
      out << "fault " << fault.id() << ": " << fault::describe(fault) << '\n';
    }
  }
}

}  // namespace hoplab::cli
