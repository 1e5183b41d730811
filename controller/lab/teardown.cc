#include "controller/lab/teardown.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "controller/lab/controller_lock.h"

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;
constexpr size_t kWorkers = 16;

std::set<std::string> intended(const Paths& paths) {
  std::set<std::string> names;
  std::ifstream in(paths.intent());
  for (std::string name; std::getline(in, name);) {
    if (!name.empty()) names.insert(name);
  }
  return names;
}

}  // namespace

TeardownReport remove_everything(runtime::Runtime& runtime, const Paths& paths) {
  TeardownReport report;
  std::mutex mutex;
  const auto problem = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    report.problems.push_back(text);
  };

  std::set<std::string> listed;
  const auto containers = runtime.list(kLabLabel, paths.lab());
  if (!containers) {
    problem("list the lab's containers: " + containers.error().what);
    return report;
  }
  for (const auto& container : *containers) listed.insert(container.name);
  // A lab whose start was cut off may have containers the engine is only now making.
  std::set<std::string> in_flight;
  if (!fs::exists(paths.ready())) {
    for (const auto& name : intended(paths)) {
      if (!listed.contains(name)) in_flight.insert(name);
    }
  }

  std::vector<std::string> names(listed.begin(), listed.end());
  names.insert(names.end(), in_flight.begin(), in_flight.end());
  std::atomic<size_t> next = 0;
  std::atomic<size_t> removed = 0;
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < std::min(kWorkers, names.size()); ++i) {
      threads.emplace_back([&] {
        for (size_t index = next++; index < names.size(); index = next++) {
          const std::string& name = names[index];
          const bool seen = listed.contains(name);
          const Status done = seen ? runtime.remove(name) : runtime.settle(name);
          if (!done) problem("remove container " + name + ": " + done.error().what);
          if (done && seen) ++removed;
        }
      });
    }
  }
  report.containers = removed;

  std::error_code error;
  report.existed = !listed.empty() || fs::exists(paths.directory(), error);
  if (report.problems.empty()) {
    fs::remove_all(paths.directory(), error);
    if (error) problem("remove " + paths.directory().string() + ": " + error.message());
    fs::remove(paths.root(), error);  // only when no other lab is left in it
  }

  const auto left = runtime.list(kLabLabel, paths.lab());
  if (!left) {
    problem("look for what is left: " + left.error().what);
  } else {
    for (const auto& container : *left) problem("container " + container.name + " is still there");
  }
  return report;
}

TeardownReport tear_down(runtime::Runtime& runtime, const Paths& paths) {
  std::error_code error;
  if (fs::exists(paths.directory(), error)) {
    if (Status ended = ControllerLock::end_holder(paths, std::chrono::seconds(10)); !ended) {
      TeardownReport report;
      report.existed = true;
      report.problems.push_back(ended.error().what);
      return report;
    }
    // Held until all is gone, so that nobody adopts a lab that is being taken away.
    const auto lock = ControllerLock::try_acquire(paths);
    return remove_everything(runtime, paths);
  }
  return remove_everything(runtime, paths);
}

}  // namespace hoplab::lab
