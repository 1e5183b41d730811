// hoplab_bench: what a lab costs, against what it cannot cost less than; one Markdown table.
#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <numeric>
#include <thread>

#include "tests/bench/bulk.h"
#include "tests/bench/growth.h"
#include "tests/bench/lessons.h"
#include "tests/bench/naver.h"

namespace hoplab::bench {
namespace {

constexpr const char* kTopology = HOPLAB_SOURCE_DIR "/topologies/naver.yaml";

double mean(const Samples& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

void row(const std::string& what, const std::string& measured, const std::string& against,
         const std::string& ratio, const std::string& aim) {
  fmt::print("| {} | {} | {} | {} | {} |\n", what, measured, against, ratio, aim);
}

std::string seconds(double value) { return fmt::format("{:.2f} s", value); }
std::string mebibytes(double kib) { return fmt::format("{:.2f} MiB", kib / 1024); }
std::string spread(const Samples& samples) {
  const auto [low, high] = std::ranges::minmax(samples);
  return fmt::format("{} ({:.2f}–{:.2f})", seconds(median(samples)), low, high);
}

void print_machine(double load_before, int rounds) {
  utsname kernel{};
  ::uname(&kernel);
  fmt::print("{} CPUs, Linux {}, Docker {}; load before {:.1f}; {} round{}\n\n",
             std::thread::hardware_concurrency(), kernel.release,
             output_of("docker version --format '{{.Server.Version}}' | tr -d '\\n'"), load_before,
             rounds, rounds == 1 ? "" : "s");
}

void print_naver(const Figures& naver) {
  fmt::print(
      "| naver.yaml, {} nodes | median (range) | floor | ratio | aim |\n|---|---|---|---|---|\n",
      naver.agent_pss_kib.size());
  const double containers = median(naver.containers);
  const double routers = median(naver.routers);
  const double up = median(naver.up);
  row("`up` to converged", spread(naver.up),
      fmt::format("{} = {:.2f} containers + {:.2f} two bare routers", seconds(containers + routers),
                  containers, routers),
      fmt::format("{:.2f}", up / (containers + routers)), "≤ 1.5");
  row("`down`", spread(naver.down), seconds(median(naver.docker_rm)) + " `docker rm -f`",
      fmt::format("{:.2f}", median(naver.down) / median(naver.docker_rm)), "≤ 1.5");
  const auto [low, high] = std::ranges::minmax(naver.report_ms);
  row("report: client has its answer → JSON printed, program ended",
      fmt::format("{:.0f} ms ({:.0f}–{:.0f})", median(naver.report_ms), low, high), "", "",
      "≤ 200 ms");
  const double total = std::accumulate(naver.agent_pss_kib.begin(), naver.agent_pss_kib.end(), 0.0);
  row("agent, PSS, alone on the machine (its RSS)", mebibytes(naver.agent_alone_kib), "", "",
      "≤ 8 MiB");
  row("agent, PSS, each further one",
      mebibytes((total - naver.agent_alone_kib) /
                static_cast<double>(naver.agent_pss_kib.size() - 1)),
      "", "", "≤ 2 MiB");
  row("agents, PSS, all", mebibytes(total), "", "", "");

  fmt::print(
      "\n| role | nodes | daemons of a node, PSS (mean) | image | of it beyond the shared base "
      "|\n|---|---|---|---|---|\n");
  for (const auto& [role, of_role] : naver.roles) {
    row(role, fmt::format("{}", of_role.daemons_kib.size()), mebibytes(mean(of_role.daemons_kib)),
        fmt::format("{:.1f} MB", of_role.image_mb),
        fmt::format("{:.1f} MB", of_role.image_mb - naver.base_mb));
  }
  row("(base)", "", "", fmt::format("{:.1f} MB", naver.base_mb), "");
}

void print_growth(const std::vector<Size>& sizes) {
  fmt::print(
      "\n| LANs, nodes | `up` | `up` a node | agents, PSS | PSS a node |\n|---|---|---|---|---|\n");
  for (const Size& size : sizes) {
    row(fmt::format("{}", size.nodes), seconds(size.up),
        fmt::format("{:.0f} ms", 1000 * size.up / size.nodes), mebibytes(size.agents_kib),
        mebibytes(size.agents_kib / size.nodes));
  }
  const Size& first = sizes.front();
  const Size& last = sizes.back();
  // A fixed share of each start hides growth in the time a node; the slopes do not have it.
  const auto slope = [](const Size& a, const Size& b) {
    return 1000 * (b.up - a.up) / (b.nodes - a.nodes);
  };
  row(fmt::format("{} against {}, a node", last.nodes, first.nodes), "",
      fmt::format("{:.2f}", last.up / last.nodes / (first.up / first.nodes)), "",
      fmt::format("{:.2f}", last.agents_kib / last.nodes / (first.agents_kib / first.nodes)));
  row("each further node, first step → last", "",
      fmt::format("{:.0f} ms → {:.0f} ms", slope(sizes[0], sizes[1]),
                  slope(sizes[sizes.size() - 2], last)),
      "", "");
}

void print_bulk(const std::vector<BulkRow>& rows) {
  fmt::print(
      "\n| across five routers | not armed | armed | ratio | frames taken | ring drops |\n"
      "|---|---|---|---|---|---|\n");
  for (const BulkRow& x : rows) {
    fmt::print("| {} | {:.0f} {} | {:.0f} {} | {:.2f} | {} | {} |\n", x.what, median(x.idle),
               x.unit, median(x.armed), x.unit, median(x.armed) / median(x.idle), x.frames,
               x.ring_drops);
  }
}

int run_bulk(int rounds) {
  double load = 0;
  ::getloadavg(&load, 1);
  const Session session;
  const auto rows = measure_bulk(session, rounds);
  print_machine(load, rounds);
  print_bulk(rows);
  return 0;
}

int run_lessons(int rounds) {
  double load = 0;
  ::getloadavg(&load, 1);
  const Session session;
  const auto lessons = measure_lessons(session, rounds);
  print_machine(load, rounds);
  fmt::print("| lesson | `up` to converged, median (range) | aim |\n|---|---|---|\n");
  for (const auto& [lesson, up] : lessons) fmt::print("| {} | {} | < 15 s |\n", lesson, spread(up));
  return 0;
}

int run(bool quick, int rounds) {
  double load = 0;
  ::getloadavg(&load, 1);
  const Session session;
  const Figures naver = measure_naver(session, kTopology, rounds);
  const auto growth =
      measure_growth(session, quick ? std::vector{10, 20} : std::vector{10, 20, 40, 60}, rounds);
  print_machine(load, rounds);
  print_naver(naver);
  print_growth(growth);
  if (naver.other_agents > 0) {
    fmt::print(
        "\n{} agents of other labs ran meanwhile: PSS of several processes above is too small.\n",
        naver.other_agents);
  }
  return 0;
}

}  // namespace
}  // namespace hoplab::bench

int main(int argc, char** argv) {
  CLI::App app(
      "What a lab costs, against what it cannot cost less than. As root, on a quiet machine.");
  bool quick = false;
  int rounds = 3;
  app.add_flag("--quick", quick, "One round, and growth to 20 nodes only");
  app.add_option("--rounds", rounds, "Times each is measured")->check(CLI::PositiveNumber);
  bool bulk = false;
  app.add_flag("--bulk", bulk, "Only what captures cost a bulk flow");
  bool lessons = false;
  app.add_flag("--lessons", lessons, "Only how long each of topologies/lessons takes to converge");
  CLI11_PARSE(app, argc, argv);
  try {
    if (lessons) return hoplab::bench::run_lessons(quick ? 1 : rounds);
    if (bulk) return hoplab::bench::run_bulk(quick ? 1 : rounds);
    return hoplab::bench::run(quick, quick ? 1 : rounds);
  } catch (const std::exception& error) {
    std::cerr << "hoplab_bench: " << error.what() << '\n';
    return 1;
  }
}
