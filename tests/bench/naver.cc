#include "tests/bench/naver.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "controller/lab/container_spec.h"
#include "controller/topology/plan.h"
#include "tests/bench/floor.h"
#include "tests/bench/memory.h"
#include "tests/integration/lab/hoplab.h"

namespace hoplab::bench {
namespace {

constexpr const char* kLab = "bench-naver";
constexpr const char* kUrl = "https://www.naver.com/";

double image_megabytes(const std::string& reference) {
  return std::stod(output_of("docker image inspect --format '{{.Size}}' " + reference)) / 1e6;
}

// "hoplab/web_server:latest" → "web_server".
std::string role_of_image(const std::string& image) {
  const size_t slash = image.find('/') + 1;
  return image.substr(slash, image.find(':') - slash);
}

void measure_memory(const Session& session, const topology::Plan& plan, Figures& figures) {
  for (const auto& container : session.containers(kLab)) {
    const auto* node = plan.find(container.labels.at(lab::kNodeLabel));
    if (node == nullptr) throw Failure("a container of no node: " + container.name);
    figures.agent_pss_kib.push_back(pss_of(container.pid));
    double daemons = 0;
    for (const pid_t pid : descendants_of(container.pid)) daemons += pss_of(pid);
    figures.roles[role_of_image(lab::image_of(*node))].daemons_kib.push_back(daemons);
  }
}

double report_latency_ms() {
  throw_if_interrupted();
  const test::Outcome outcome =
      test::hoplab({"request", "client", kUrl, "--lab", kLab, "--format", "json"});
  const auto printed = std::chrono::duration_cast<std::chrono::nanoseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
  v1::Journey journey;
  const auto parsed = google::protobuf::util::JsonStringToMessage(outcome.out, &journey);
  if (outcome.exit_code != 0 || !parsed.ok() || journey.ended_ns() == 0) {
    throw Failure(fmt::format("request ended with {}: {}", outcome.exit_code, outcome.err));
  }
  return static_cast<double>(printed - journey.ended_ns()) / 1e6;
}

// An agent with its intent and its daemons, in the only container of a lab.
double agent_alone(const Session& session) {
  constexpr const char* kPair = "bench-pair";
  session.up(session.write_topology("pair", R"(name: pair
systems:
  pair: { prefix: 10.1.0.0/16, nodes: { r1: router, r2: router } }
links:
  - [r1, r2]
)"),
             kPair);
  const auto containers = session.containers(kPair);
  if (containers.size() != 2) throw Failure("a pair is two containers");
  check(session.engine().remove(containers[1].name));
  const double alone = rss_of(containers[0].pid);
  session.down(kPair);
  return alone;
}

void measure_removal(const Session& session, Figures& figures) {
  std::string command = "docker rm -f";
  for (const auto& container : session.containers(kLab)) command += " " + container.name;
  const Stopwatch watch;
  output_of(command);
  figures.docker_rm.push_back(watch.seconds());
  session.down(kLab);  // its controller and its folder
}

}  // namespace

Figures measure_naver(const Session& session, const std::filesystem::path& topology, int rounds) {
  const auto plan = topology::load(topology, kLab);
  if (!plan) throw Failure(topology::to_string(plan.error().front()));
  Figures figures;
  for (int round = 1; round <= rounds; ++round) {
    std::cerr << fmt::format("naver: round {} of {}\n", round, rounds);
    figures.containers.push_back(containers_floor(session, topology));
    figures.routers.push_back(routers_floor(session));
    figures.up.push_back(session.up(topology, kLab));
    for (int i = 0; i < 3; ++i) figures.report_ms.push_back(report_latency_ms());
    if (round == 1) {
      measure_memory(session, *plan, figures);
      figures.other_agents = count_running(kAgent) - plan->nodes.size();
    }
    figures.down.push_back(session.down(kLab));
    figures.up.push_back(session.up(topology, kLab));
    measure_removal(session, figures);
  }
  figures.agent_alone_kib = agent_alone(session);
  for (auto& [role, of_role] : figures.roles) {
    of_role.image_mb = image_megabytes("hoplab/" + role + ":latest");
  }
  figures.base_mb = image_megabytes("hoplab/base:latest");
  return figures;
}

}  // namespace hoplab::bench
