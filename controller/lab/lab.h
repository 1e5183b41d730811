// One running instance of a topology, as the controller holds it: containers, wires, agents,
// health. Thread-safe. What changes the lab's structure (up, stop and start of a node, rewiring) is
// done one at a time; reading never waits for it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/lab/agents.h"
#include "controller/lab/health_board.h"
#include "controller/lab/paths.h"
#include "controller/runtime/runtime.h"
#include "controller/topology/plan.h"
#include "controller/wiring/wiring.h"
#include "proto/controller.pb.h"

namespace hoplab::lab {

using Progress = std::function<void(const v1::UpEvent&)>;
using Stop = std::function<bool()>;  // true: the user asked to stop

class Lab {
 public:
  // `agent` is the agent's binary on this host. The plan's certificates are filled in here.
  static Result<std::unique_ptr<Lab>> open(topology::Plan plan, Paths paths, std::string agent,
                                           runtime::Runtime& runtime, wiring::Wiring& wiring);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Makes what is missing and waits until every node is ready. True when something was made. On an
  // error what was made stays; the caller decides (see teardown.h).
  Result<bool> up(Duration timeout, const Progress& progress, const Stop& stop);
  // Takes a running lab over: follows the agents of the containers that are there.
  Status adopt();

  // Ends the node's container and its wires; starts it again with its wires, its neighbours' ends
  // configured anew. Both are idempotent.
  Status stop_node(const std::string& node);
  Status start_node(const std::string& node);
  // Until every node that runs is ready; the error names the first that is not, and what it awaits.
  Status wait_ready(Duration timeout, const Stop& stop);

  // wait_ready, and until nothing is left over of what disturbed the lab: every agent judges its
  // node anew, and says whether something may not stay as it is (a BGP session whose hold timer
  // runs).
  Status settle(Duration timeout, const Stop& stop);

  [[nodiscard]] v1::LabStatus status();
  [[nodiscard]] const topology::Plan& plan() const { return plan_; }
  [[nodiscard]] const Paths& paths() const { return paths_; }
  [[nodiscard]] const Agents& agents() const { return agents_; }
  [[nodiscard]] const HealthBoard& health() const { return health_; }
  [[nodiscard]] const topology::NodePlan* node(const std::string& name) const;
  // Nodes whose container runs, in the order of the topology. A paused one does not: its kernel
  // forwards as before, but nobody in it answers.
  [[nodiscard]] std::vector<std::string> running() const;
  // As the runtime calls it ("paused", "exited"); "missing" when it was never made.
  [[nodiscard]] std::string container_state(const std::string& node) const;
  [[nodiscard]] bool was_ready() const;
  // Of the node's container, in the host's pid namespace; 0 when it neither runs nor is paused.
  [[nodiscard]] int pid_of(const std::string& node) const;

 private:
  Lab(topology::Plan plan, Paths paths, std::string agent, runtime::Runtime& runtime,
      wiring::Wiring& wiring);

  Result<bool> ensure_container(const topology::NodePlan& node,
                                const std::optional<runtime::Container>& existing);
  Status attach(const std::string& node, int pid);    // agent, health; then the node's wires
  Result<bool> wire(const topology::LinkPlan& link);  // when both ends run
  Status configure(const std::vector<std::string>& nodes);
  void on_event(const runtime::ContainerEvent& event);
  [[nodiscard]] std::vector<std::string> rewire(const std::string& node, Status& status);

  topology::Plan plan_;
  std::map<std::string, const topology::NodePlan*> nodes_;               // by name
  std::map<std::string, std::vector<const topology::LinkPlan*>> links_;  // by either end's node
  const Paths paths_;
  const std::string agent_;
  runtime::Runtime& runtime_;
  wiring::Wiring& wiring_;
  Agents agents_;
  HealthBoard health_;
  std::mutex structure_;      // held by whoever changes the lab's structure
  mutable std::mutex mutex_;  // guards what follows; never held across a call outside
  std::map<std::string, runtime::Container> containers_;
  int64_t started_ns_ = 0;
  std::function<void()> unwatch_;
};

}  // namespace hoplab::lab
