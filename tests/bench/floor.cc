#include "tests/bench/floor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "agents/common/netlink/configure.h"
#include "agents/common/netlink/namespace.h"
#include "agents/common/netlink/netlink.h"
#include "agents/router/fib.h"
#include "agents/router/render.h"
#include "controller/lab/container_spec.h"
#include "controller/lab/teardown.h"
#include "controller/topology/plan.h"
#include "controller/wiring/veth.h"

namespace hoplab::bench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWorkers = 12;  // as in controller/lab/up.cc
constexpr std::chrono::seconds kConvergence{60};
constexpr const char* kTwoRouters = R"(name: two-routers
systems:
  left:  { asn: 64501, prefix: 10.1.0.0/16, nodes: { r1: router } }
  right: { asn: 64502, prefix: 10.2.0.0/16, nodes: { r2: router } }
links:
  - [r1, r2]
)";

topology::Plan plan_of(std::expected<topology::Plan, std::vector<topology::Problem>> loaded) {
  if (!loaded) throw Failure(topology::to_string(loaded.error().front()));
  return std::move(*loaded);
}

// The plan's containers for as long as it lives, in the order of the plan.
class Containers {
 public:
  Containers(const Session& session, const topology::Plan& plan,
             std::vector<runtime::ContainerSpec> specs)
      : session_(session), paths_(plan.lab), running_(specs.size()) {
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    std::string problem;
    const Stopwatch watch;
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < std::min(kWorkers, specs.size()); ++i) {
        threads.emplace_back([&] {
          for (size_t index = next++; index < specs.size(); index = next++) {
            auto made = session.engine().create_and_start(specs[index]);
            const std::lock_guard lock(mutex);
            if (made) {
              running_[index] = std::move(*made);
            } else {
              problem = made.error().what;
            }
          }
        });
      }
    }
    seconds_ = watch.seconds();
    if (problem.empty()) return;
    remove();
    throw Failure(problem);
  }
  ~Containers() { remove(); }
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  [[nodiscard]] double seconds() const { return seconds_; }
  [[nodiscard]] int pid(size_t index) const { return running_[index].pid; }

 private:
  void remove() const { lab::remove_everything(session_.engine(), paths_); }
  const Session& session_;
  const lab::Paths paths_;
  std::vector<runtime::Container> running_;
  double seconds_ = 0;
};

// Waits for a line in the FIFO "go", then starts each daemon once those it needs answer.
std::string start_script(const v1::RouterSpec& router) {
  std::string script = fmt::format("mkdir -p {}\nread go < {}/go\n", router::kRunDirectory,
                                   router::kConfigDirectory);
  auto waiting = router::daemon_programs(router);
  std::set<std::string> started;
  while (!waiting.empty()) {
    const auto due = std::ranges::find_if(waiting, [&](const agent::Program& program) {
      return std::ranges::all_of(program.after,
                                 [&](const auto& other) { return started.contains(other); });
    });
    if (due == waiting.end()) throw Failure("the router's daemons wait for each other");
    for (const auto& other : due->after) {
      script += fmt::format("until [ -S {}/{}.vty ]; do sleep 0.02; done\n", router::kRunDirectory,
                            other);
    }
    script += fmt::format("{} &\n", fmt::join(due->argv, " "));
    started.insert(due->name);
    waiting.erase(due);
  }
  return script + "wait\n";
}

// A router of the plan without an agent: its daemons' files, and a shell in the agent's place.
runtime::ContainerSpec bare_router(const topology::NodePlan& node, const lab::Paths& paths) {
  const fs::path folder = paths.node(node.name);
  fs::create_directories(folder);
  for (const auto& file : router::config_files(node.spec, {})) {
    std::ofstream(folder / file.path.filename()) << file.content;
  }
  if (::mkfifo((folder / "go").c_str(), 0600) != 0) throw Failure("make " + folder.string());
  runtime::ContainerSpec spec = lab::container_spec(node, paths, kAgent);
  spec.entrypoint = {"/bin/sh", "-c", start_script(node.spec.router())};
  spec.mounts = {{folder.string(), router::kConfigDirectory, true}};
  return spec;
}

void configure(const topology::NodePlan& node, int pid) {
  const auto space = value_of(netlink::NetworkNamespace::of_process(pid));
  check(space.run([&]() -> Status {
    const auto netlink = netlink::Netlink::open();
    if (!netlink) return std::unexpected(netlink.error());
    const auto configured = netlink::configure_interfaces(node.spec, *netlink);
    if (!configured) return std::unexpected(configured.error());
    return {};
  }));
}

wiring::LinkEnd end_of(const std::string& node, const std::string& interface, net::Mac mac,
                       int pid) {
  return {.pid = pid, .node = node, .interface = interface, .mac = mac};
}

bool forwards_to_all(const topology::NodePlan& node, int pid) {
  const auto fib = router::read_fib("/proc/" + std::to_string(pid) + "/net/route");
  return fib && std::ranges::all_of(node.spec.router().expected_prefixes(), [&](const auto& text) {
           const auto prefix = net::parse_prefix(text);
           return prefix && fib->contains(*prefix);
         });
}

void open_gate(const fs::path& fifo, const Stopwatch& watch) {
  // Until the shell has opened its side there is no reader, and opening fails.
  int gate = -1;
  while ((gate = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
    if (watch.seconds() > 10) throw Failure("the bare router does not wait at " + fifo.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const bool written = ::write(gate, "\n", 1) == 1;
  ::close(gate);
  if (!written) throw Failure("write " + fifo.string());
}

}  // namespace

double containers_floor(const Session& session, const fs::path& topology) {
  throw_if_interrupted();
  const topology::Plan plan = plan_of(topology::load(topology, "bench-floor"));
  const lab::Paths paths(plan.lab);
  std::vector<runtime::ContainerSpec> specs;
  for (const auto& node : plan.nodes) {
    fs::create_directories(paths.node(node.name));
    specs.push_back(lab::container_spec(node, paths, kAgent));
  }
  return Containers(session, plan, std::move(specs)).seconds();
}

double routers_floor(const Session& session) {
  throw_if_interrupted();
  const topology::Plan plan =
      plan_of(topology::load_text(kTwoRouters, "two-routers.yaml", "bench-routers"));
  const lab::Paths paths(plan.lab);
  std::vector<runtime::ContainerSpec> specs;
  for (const auto& node : plan.nodes) {
    if (node.spec.router().expected_prefixes().empty()) throw Failure("nothing to converge on");
    specs.push_back(bare_router(node, paths));
  }
  const Containers containers(session, plan, std::move(specs));
  const auto wiring = value_of(wiring::VethWiring::open());
  const auto& link = plan.links.front();
  const auto pid_of = [&](const std::string& name) {
    return containers.pid(static_cast<size_t>(plan.find(name) - plan.nodes.data()));
  };
  value_of(
      wiring->connect({.a = end_of(link.node_a, link.interface_a, link.mac_a, pid_of(link.node_a)),
                       .b = end_of(link.node_b, link.interface_b, link.mac_b, pid_of(link.node_b)),
                       .mtu = link.mtu,
                       .alias = "hoplab:" + plan.lab}));
  for (const auto& node : plan.nodes) configure(node, pid_of(node.name));

  for (const auto& node : plan.nodes) {
    if (forwards_to_all(node, pid_of(node.name))) throw Failure("converged without daemons");
  }
  const Stopwatch watch;
  for (const auto& node : plan.nodes) open_gate(paths.node(node.name) / "go", watch);
  while (!std::ranges::all_of(
      plan.nodes, [&](const auto& node) { return forwards_to_all(node, pid_of(node.name)); })) {
    throw_if_interrupted();
    if (watch.seconds() > static_cast<double>(kConvergence.count())) {
      throw Failure("two bare routers do not converge");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return watch.seconds();
}

}  // namespace hoplab::bench
