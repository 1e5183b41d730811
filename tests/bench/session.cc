#include "tests/bench/session.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

#include "controller/lab/paths.h"
#include "controller/lab/teardown.h"
#include "tests/integration/lab/hoplab.h"

namespace hoplab::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "/run/hoplab-bench";
constexpr const char* kState = "/run/hoplab-bench/labs";
constexpr std::string_view kPrefix = "bench-";

volatile sig_atomic_t interrupted = 0;
void remember(int) { interrupted = 1; }

double timed(const std::vector<std::string>& arguments) {
  throw_if_interrupted();
  const Stopwatch watch;
  const test::Outcome outcome = test::hoplab(arguments, std::chrono::seconds(400));
  const double seconds = watch.seconds();
  if (outcome.exit_code == 0) return seconds;
  throw Failure(fmt::format("hoplab {} ended with {}:\n{}", fmt::join(arguments, " "),
                            outcome.exit_code, outcome.err));
}

}  // namespace

void throw_if_interrupted() {
  if (interrupted != 0) throw Failure("interrupted");
}

Session::Session() {
  if (const std::string reason = test::why_not(); !reason.empty()) throw Failure(reason);
  ::setenv("HOPLAB_STATE", kState, 1);
  struct sigaction action {};
  action.sa_handler = remember;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  engine_ = value_of(runtime::Engine::connect());
  clean();
  fs::create_directories(kState);
}

Session::~Session() { clean(); }

void Session::clean() const noexcept {
  try {
    std::set<std::string> labs;
    for (const auto& lab : lab::Paths::labs()) labs.insert(lab);
    if (const auto listed = engine_->list(lab::kLabLabel, ""); listed) {
      for (const auto& container : *listed) labs.insert(container.labels.at(lab::kLabLabel));
    }
    for (const auto& name : labs) {
      if (!name.starts_with(kPrefix)) continue;
      for (const auto& problem : lab::tear_down(*engine_, lab::Paths(name)).problems) {
        std::cerr << "left: " << problem << '\n';
      }
    }
    fs::remove_all(kFolder);
  } catch (const std::exception& error) {
    std::cerr << "cleaning up: " << error.what() << '\n';
  }
}

double Session::up(const fs::path& topology, const std::string& lab) const {
  return timed({"up", topology.string(), "--lab", lab, "--timeout", "300s"});
}

double Session::down(const std::string& lab) const { return timed({"down", lab}); }

fs::path Session::write_topology(const std::string& name, const std::string& text) const {
  const fs::path file = fs::path(kFolder) / (name + ".yaml");
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw Failure("write " + file.string());
  return file;
}

std::vector<runtime::Container> Session::containers(const std::string& lab) const {
  auto listed = value_of(engine_->list(lab::kLabLabel, lab));
  for (auto& container : listed) container.pid = value_of(engine_->inspect(container.name)).pid;
  return listed;
}

std::string output_of(const std::string& command) {
  throw_if_interrupted();
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw Failure("start " + command);
  std::string text;
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
    text.append(buffer, count);
  }
  const int state = ::pclose(pipe);
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) throw Failure("this failed: " + command);
  return text;
}

}  // namespace hoplab::bench
