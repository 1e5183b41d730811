#include "controller/lab/lab.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "controller/lab/complete_plan.h"
#include "controller/lab/container_spec.h"

namespace hoplab::lab {
namespace {

constexpr Duration kConfigureTimeout = std::chrono::seconds(20);
constexpr Duration kStopGrace = std::chrono::seconds(2);
constexpr Duration kFirstWord = std::chrono::seconds(2);

}  // namespace

Lab::Lab(topology::Plan plan, Paths paths, std::string agent, runtime::Runtime& runtime,
         wiring::Wiring& wiring)
    : plan_(std::move(plan)),
      paths_(std::move(paths)),
      agent_(std::move(agent)),
      runtime_(runtime),
      wiring_(wiring),
      health_(agents_) {
  for (const auto& node : plan_.nodes) nodes_[node.name] = &node;
  for (const auto& link : plan_.links) {
    links_[link.node_a].push_back(&link);
    links_[link.node_b].push_back(&link);
  }
}

Result<std::unique_ptr<Lab>> Lab::open(topology::Plan plan, Paths paths, std::string agent,
                                       runtime::Runtime& runtime, wiring::Wiring& wiring) {
  if (Status complete = complete_plan(plan, paths, runtime); !complete) {
    return std::unexpected(complete.error());
  }
  std::unique_ptr<Lab> lab(
      new Lab(std::move(plan), std::move(paths), std::move(agent), runtime, wiring));
  auto unwatch = runtime.watch(kLabLabel, lab->plan_.lab,
                               [lab = lab.get()](const auto& event) { lab->on_event(event); });
  if (!unwatch) return std::unexpected(unwatch.error());
  lab->unwatch_ = std::move(*unwatch);
  return lab;
}

Lab::~Lab() {
  if (unwatch_) unwatch_();
}

const topology::NodePlan* Lab::node(const std::string& name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

int Lab::pid_of(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(node);
  return found == containers_.end() ? 0 : found->second.pid;
}

std::vector<std::string> Lab::running() const {
  std::vector<std::string> names;
  for (const auto& node : plan_.nodes) {
    if (container_state(node.name) == "running") names.push_back(node.name);
  }
  return names;
}

std::string Lab::container_state(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(node);
  return found == containers_.end() ? "missing" : found->second.state;
}

bool Lab::was_ready() const { return std::filesystem::exists(paths_.ready()); }

Status Lab::adopt() {
  const std::lock_guard structure(structure_);
  const auto listed = runtime_.list(kLabLabel, plan_.lab);
  if (!listed) return std::unexpected(listed.error());
  for (const auto& container : *listed) {
    const auto label = container.labels.find(kNodeLabel);
    if (label == container.labels.end() || node(label->second) == nullptr) continue;
    auto details = runtime_.inspect(container.name);
    if (!details) return std::unexpected(details.error());
    {
      const std::lock_guard lock(mutex_);
      containers_[label->second] = *details;
      started_ns_ =
          started_ns_ == 0 ? details->started_ns : std::min(started_ns_, details->started_ns);
    }
    agents_.add(label->second, paths_.agent_target(label->second));
    if (details->pid != 0) health_.follow(label->second);
  }
  // Whoever asks next is told what the agents say, not that they were not heard yet.
  const auto running = this->running();
  health_.wait(
      Clock::now() + kFirstWord,
      [&](const auto& board, const auto&) {
        return std::ranges::all_of(running,
                                   [&](const auto& name) { return board.at(name).reachable; });
      },
      [] { return false; });
  return {};
}

Result<bool> Lab::ensure_container(const topology::NodePlan& node,
                                   const std::optional<runtime::Container>& existing) {
  Result<runtime::Container> container = fail(ErrorKind::kInternal, "");
  bool changed = true;
  if (existing && existing->state == "running") {
    container = runtime_.inspect(existing->name);
    changed = false;
  } else if (existing && existing->state == "paused") {
    container = runtime_.resume(existing->name);
  } else if (existing && existing->state != "created") {
    container = runtime_.start(existing->name);
  } else {
    if (existing) {  // made by an `up` that died before it was started: its mounts may be gone
      if (Status removed = runtime_.remove(existing->name); !removed) {
        return std::unexpected(removed.error());
      }
    }
    std::error_code error;
    std::filesystem::create_directories(paths_.node(node.name), error);
    if (error) {
      return fail(ErrorKind::kInternal,
                  "make " + paths_.node(node.name).string() + ": " + error.message());
    }
    container = runtime_.create_and_start(container_spec(node, paths_, agent_));
    if (!container && container.error().kind == ErrorKind::kInvalid) {
      // Somebody else's container has the name: nothing the topology could do about it.
      container.error().kind = ErrorKind::kEnvironment;
    }
  }
  if (!container) return std::unexpected(container.error());
  const std::lock_guard lock(mutex_);
  containers_[node.name] = std::move(*container);
  return changed;
}

Result<bool> Lab::wire(const topology::LinkPlan& link) {
  const int pid_a = pid_of(link.node_a);
  const int pid_b = pid_of(link.node_b);
  if (pid_a == 0 || pid_b == 0) return false;
  return wiring_.connect({.a = {pid_a, link.node_a, link.interface_a, link.mac_a},
                          .b = {pid_b, link.node_b, link.interface_b, link.mac_b},
                          .mtu = link.mtu,
                          .alias = "hoplab:" + plan_.lab});
}

Status Lab::configure(const std::vector<std::string>& nodes) {
  const auto replies = agents_.call_each<v1::NodeSpec, v1::ConfigureReply>(
      nodes, &v1::Agent::StubInterface::async_interface::Configure,
      [this](const std::string& name) { return node(name)->spec; }, kConfigureTimeout, true);
  for (const auto& [name, reply] : replies) {
    if (!reply) return std::unexpected(reply.error());
  }
  return {};
}

std::vector<std::string> Lab::rewire(const std::string& node, Status& status) {
  std::vector<std::string> touched = {node};
  for (const auto* link : links_[node]) {
    const auto wired = wire(*link);
    if (!wired) {
      status = std::unexpected(wired.error());
    } else if (*wired) {
      touched.push_back(link->node_a == node ? link->node_b : link->node_a);
    }
  }
  return touched;
}

Status Lab::attach(const std::string& node, int pid) {
  {
    const std::lock_guard lock(mutex_);
    containers_[node].pid = pid;
    containers_[node].state = "running";
  }
  agents_.add(node, paths_.agent_target(node));
  health_.follow(node);
  Status wired;
  std::vector<std::string> touched = rewire(node, wired);
  if (!wired) return wired;
  std::ranges::sort(touched);
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return configure(touched);
}

Status Lab::stop_node(const std::string& node) {
  const std::lock_guard structure(structure_);
  if (Status stopped = runtime_.stop(paths_.container(node), kStopGrace); !stopped) return stopped;
  const std::lock_guard lock(mutex_);
  containers_[node].pid = 0;
  containers_[node].state = "exited";
  return {};
}

Status Lab::start_node(const std::string& node) {
  const std::lock_guard structure(structure_);
  const auto started = runtime_.start(paths_.container(node));
  if (!started) return std::unexpected(started.error());
  {
    const std::lock_guard lock(mutex_);
    containers_[node] = *started;
  }
  return attach(node, started->pid);
}

// Someone else stopped, started, paused or resumed a container of ours: follow, and give one that
// was started its wires back. Our own starts are seen here too; they find the pid known and change
// nothing.
void Lab::on_event(const runtime::ContainerEvent& event) {
  if (!was_ready() || event.action == "destroy") return;
  const std::lock_guard structure(structure_);
  const auto details = runtime_.inspect(event.name);
  if (!details) return;
  const auto label = details->labels.find(kNodeLabel);
  if (label == details->labels.end() || node(label->second) == nullptr) return;
  const std::string& name = label->second;
  const bool same_process = details->pid == pid_of(name);
  if (same_process && details->state == container_state(name)) return;
  spdlog::warn("container of {} is {} now, and not by us", name, details->state);
  {
    const std::lock_guard lock(mutex_);
    containers_[name] = *details;
  }
  if (details->pid == 0 || same_process) return;
  if (Status attached = attach(name, details->pid); !attached) {
    spdlog::error("{} could not be wired again: {}", name, attached.error().what);
  }
}

v1::LabStatus Lab::status() {
  v1::LabStatus status;
  status.set_lab(plan_.lab);
  std::ifstream origin(paths_.topology_origin());
  std::getline(origin, *status.mutable_topology());
  const auto board = health_.all();
  const std::lock_guard lock(mutex_);
  status.set_started_ns(started_ns_);
  for (const auto& node : plan_.nodes) {
    v1::NodeStatus& entry = *status.add_nodes();
    entry.set_node(node.name);
    entry.set_role(node.role);
    entry.set_system(node.system);
    if (const auto found = containers_.find(node.name); found != containers_.end()) {
      entry.set_container(found->second.id.substr(0, 12));
      entry.set_container_state(found->second.state);
      entry.set_pid(found->second.pid);
    } else {
      entry.set_container_state("missing");
    }
    if (const auto found = board.find(node.name); found != board.end()) {
      entry.set_agent_reachable(found->second.reachable);
      *entry.mutable_health() = found->second.health;
    }
    for (const auto& interface : node.spec.interfaces()) {
      for (const auto& address : interface.addresses()) entry.add_addresses(address);
    }
    for (const auto& loopback : {node.spec.router().loopback(), node.spec.router().loopback6()}) {
      if (!loopback.empty()) entry.add_addresses(loopback);
    }
  }
  return status;
}

}  // namespace hoplab::lab
