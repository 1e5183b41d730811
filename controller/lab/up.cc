// Lab::up: containers are made by a few threads at once; a wire is laid as soon as both of its ends
// run; each node gets its intent at once and waits for its interfaces itself. Then health decides.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "controller/lab/lab.h"

namespace hoplab::lab {
namespace {

// More does not help: the engine serialises much of the work (measured: tests/bench).
constexpr size_t kWorkers = 12;

// Runs `task(i)` for i in 0..count on a few threads; the first error wins and stops the rest.
template <typename Task>
Status in_parallel(size_t count, const Stop& stop, Task task) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status result;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < std::min(count, kWorkers); ++i) {
    threads.emplace_back([&] {
      for (size_t index = next++; index < count; index = next++) {
        Status status = stop() ? Status(fail(ErrorKind::kInterrupted, "interrupted")) : task(index);
        if (status) continue;
        const std::lock_guard lock(mutex);
        if (result) result = std::move(status);
        next = count;
      }
    });
  }
  threads.clear();
  return result;
}

v1::UpEvent event_of(const std::string& step, size_t done, size_t total) {
  v1::UpEvent event;
  event.set_step(step);
  event.set_done(static_cast<uint32_t>(done));
  event.set_total(static_cast<uint32_t>(total));
  return event;
}

}  // namespace

Result<bool> Lab::up(Duration timeout, const Progress& progress, const Stop& stop) {
  const auto deadline = Clock::now() + timeout;
  std::atomic<bool> changed = false;
  std::vector<const topology::NodePlan*> held;  // their intent waits for other nodes (`after`)
  for (const auto& node : plan_.nodes) {
    if (!node.start_after.empty()) held.push_back(&node);
  }
  {
    const std::lock_guard structure(structure_);
    const auto listed = runtime_.list(kLabLabel, plan_.lab);
    if (!listed) return std::unexpected(listed.error());
    std::map<std::string, runtime::Container> existing;
    for (const auto& container : *listed) existing.emplace(container.name, container);
    {
      std::ofstream intent(paths_.intent());
      for (const auto& node : plan_.nodes) intent << paths_.container(node.name) << '\n';
      if (!intent.flush()) {
        return fail(ErrorKind::kEnvironment, "write " + paths_.intent().string(),
                    "is the disk full?");
      }
    }

    std::mutex mutex;  // guards the three below and the order of progress
    std::set<const topology::LinkPlan*> wired;
    std::set<std::string> running;
    size_t links_done = 0;
    const Status made = in_parallel(plan_.nodes.size(), stop, [&](size_t index) -> Status {
      const auto& node = plan_.nodes[index];
      const auto found = existing.find(paths_.container(node.name));
      const auto created = ensure_container(
          node, found == existing.end() ? std::nullopt : std::optional(found->second));
      if (!created) {
        Error error = created.error();
        error.what = "node " + node.name + ": " + error.what;
        return std::unexpected(std::move(error));
      }
      if (*created) changed = true;
      agents_.add(node.name, paths_.agent_target(node.name));
      health_.follow(node.name);

      std::vector<const topology::LinkPlan*> due;
      {
        const std::lock_guard lock(mutex);
        running.insert(node.name);
        for (const auto* link : links_[node.name]) {
          if (running.contains(link->node_a) && running.contains(link->node_b) &&
              wired.insert(link).second) {
            due.push_back(link);
          }
        }
        progress(event_of("containers", running.size(), plan_.nodes.size()));
      }
      for (const auto* link : due) {
        const auto connected = wire(*link);
        if (!connected) return std::unexpected(connected.error());
        if (*connected) changed = true;
        const std::lock_guard lock(mutex);
        progress(event_of("links", ++links_done, plan_.links.size()));
      }
      return node.start_after.empty() ? configure({node.name}) : Status();
    });
    if (!made) return std::unexpected(made.error());
  }

  size_t ready = 0;
  std::string waiting;
  Status released;
  const auto is_ready = [](const auto& board, const std::string& name) {
    const auto entry = board.find(name);
    return entry != board.end() && entry->second.health.state() == v1::Health::READY;
  };
  const bool converged = health_.wait(
      deadline,
      [&](const auto& board, const auto& changed_nodes) {
        std::erase_if(held, [&](const topology::NodePlan* node) {
          const bool due = std::ranges::all_of(
              node->start_after, [&](const auto& other) { return is_ready(board, other); });
          if (due && released) released = configure({node->name});
          return due;
        });
        if (!released) return true;
        v1::UpEvent event;
        ready = 0;
        waiting.clear();
        std::string clients;  // they wait for what the others give them
        for (const auto& node : plan_.nodes) {
          const auto entry = board.find(node.name);
          if (is_ready(board, node.name)) {
            ++ready;
            continue;
          }
          std::string& of = node.role == v1::CLIENT ? clients : waiting;
          of += (of.empty() ? "" : "; ") + node.name + ": " +
                (entry == board.end() || !entry->second.reachable
                     ? "its agent does not answer"
                     : entry->second.health.waiting_for());
        }
        if (!clients.empty()) waiting += (waiting.empty() ? "" : "; ") + clients;
        event = event_of("convergence", ready, plan_.nodes.size());
        for (const auto& name : changed_nodes) {
          const auto entry = board.find(name);
          if (entry == board.end()) continue;
          v1::NodeProgress& node_progress = *event.add_nodes();
          node_progress.set_node(name);
          node_progress.set_state(entry->second.health.state());
          node_progress.set_waiting_for(entry->second.health.waiting_for());
        }
        progress(event);
        return ready == plan_.nodes.size();
      },
      stop);
  if (!released) return std::unexpected(released.error());
  if (!converged) {
    if (stop()) return fail(ErrorKind::kInterrupted, "interrupted while waiting for " + waiting);
    return fail(ErrorKind::kTimeout,
                "not ready after " + std::to_string(timeout.count() / 1000) + " s: " + waiting,
                "a longer --timeout may do; `hoplab validate` checks the topology");
  }
  {
    const std::lock_guard lock(mutex_);
    if (started_ns_ == 0) {
      started_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
    }
  }
  std::ofstream(paths_.ready()) << "";
  return changed.load();
}

}  // namespace hoplab::lab
