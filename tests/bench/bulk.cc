#include "tests/bench/bulk.h"

#include <fmt/format.h>

#include <functional>
#include <iostream>

#include "controller/lab/agents.h"
#include "controller/lab/paths.h"
#include "controller/lab/recorder.h"
#include "controller/topology/plan.h"
#include "tests/bench/flow.h"

namespace hoplab::bench {
namespace {

constexpr const char* kLab = "bench-bulk";
constexpr int kRouters = 5;
// Whole frames of twelve taps are kept until the journey is made, so the volume is bounded.
constexpr uint64_t kTcpBytes = 60'000'000;
constexpr double kUdpSeconds = 0.5;
constexpr uint32_t kUdpPayload = 18;  // the smallest Ethernet frame

std::string chain() {
  std::string text =
      "name: chain\nsystems:\n  chain:\n    prefix: 10.0.0.0/16\n    nodes:\n"
      "      client: client\n      server: web_server\n";
  std::string links = "links:\n  - [client, r1]\n";
  for (int r = 1; r <= kRouters; ++r) {
    text += fmt::format("      r{}: router\n", r);
    links += r < kRouters ? fmt::format("  - [r{}, r{}]\n", r, r + 1)
                          : fmt::format("  - [r{}, server]\n", r);
  }
  return text + links;
}

struct Lab {
  FlowEnds ends;
  lab::Agents agents;
  std::vector<std::string> nodes;
};

void find_lab(const Session& session, Lab& lab) {
  const lab::Paths paths(kLab);
  for (const auto& container : session.containers(kLab)) {
    const std::string& node = container.labels.at(lab::kNodeLabel);
    lab.nodes.push_back(node);
    lab.agents.add(node, paths.agent_target(node));
    if (node == "client") lab.ends.sender = container.pid;
    if (node == "server") lab.ends.receiver = container.pid;
  }
  const auto state = value_of(lab.agents.call<v1::SnapshotRequest, v1::NodeState>(
      "server", &v1::Agent::StubInterface::async_interface::Snapshot, {}, lab::Duration(5000)));
  for (const auto& link : state.links()) {
    if (link.name() == "lo" || link.addresses().empty()) continue;
    lab.ends.address = link.addresses(0).substr(0, link.addresses(0).find('/'));
  }
  if (lab.ends.address.empty()) throw Failure("the server has no address");
}

void with_captures(const Lab& lab, BulkRow& row, const std::function<void()>& flow) {
  lab::Recorder recorder(lab.agents, lab.nodes);
  recorder.begin(lab::Duration(5000));
  flow();
  row.frames = 0;
  for (const auto& capture : recorder.finish(lab::Duration(120'000))) {
    if (!capture.unreachable().empty())
      throw Failure(capture.node() + ": " + capture.unreachable());
    row.frames += static_cast<uint64_t>(capture.frames_size());
    for (const auto& counters : capture.summary().interfaces()) {
      row.ring_drops += counters.ring_drops();
    }
  }
}

BulkRow measure(const Lab& lab, int rounds, std::string what, std::string unit,
                const std::function<double()>& flow) {
  BulkRow row;
  row.what = std::move(what);
  row.unit = std::move(unit);
  flow();  // caches, ARP
  for (int round = 0; round < rounds; ++round) {
    throw_if_interrupted();
    row.idle.push_back(flow());
    with_captures(lab, row, [&] { row.armed.push_back(flow()); });
  }
  return row;
}

}  // namespace

std::vector<BulkRow> measure_bulk(const Session& session, int rounds) {
  std::cerr << fmt::format("bulk: {} routers\n", kRouters);
  session.up(session.write_topology("chain", chain()), kLab);
  Lab lab;
  find_lab(session, lab);
  std::vector<BulkRow> rows;
  rows.push_back(measure(lab, rounds, "TCP, one connection", "Mbit/s", [&] {
    const Delivered d = send_tcp(lab.ends, kTcpBytes);
    return static_cast<double>(d.bytes) * 8 / d.seconds / 1e6;
  }));
  rows.push_back(measure(lab, rounds, "UDP, 60-byte frames", "thousand packets/s", [&] {
    const Delivered d = send_udp(lab.ends, kUdpPayload, kUdpSeconds);
    return static_cast<double>(d.packets) / d.seconds / 1e3;
  }));
  session.down(kLab);
  return rows;
}

}  // namespace hoplab::bench
