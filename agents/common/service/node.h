// The node as its agent knows it: spec, role, programs, kernel state, captures and faults, behind
// the verbs of proto/agent.proto. gRPC is not in here (agent_service.cc puts it around).
//
// Threads: every public method is thread-safe. Configuring and judging happen on one worker; the
// role is called under one lock. The event loop has stopped before the node goes.
// Failure: a spec that cannot be carried out shows as an unmet condition and is tried again.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/capture/capture.h"
#include "agents/common/capture/event_hub.h"
#include "agents/common/link_emulation/emulator.h"
#include "agents/common/netlink/netlink.h"
#include "agents/common/role/role.h"
#include "agents/common/service/fault_keeper.h"
#include "agents/common/service/health.h"
#include "agents/common/service/kernel_watch.h"
#include "agents/common/service/worker.h"
#include "agents/common/supervisor/children.h"
#include "agents/common/supervisor/event_loop.h"
#include "agents/common/supervisor/output_log.h"
#include "agents/common/supervisor/supervisor.h"

namespace hoplab::agent {

class Node final : public Host {
 public:
  // The namespace of the calling thread is the node's.
  static Result<std::unique_ptr<Node>> open(EventLoop& loop, Children& children, OutputLog& log);
  ~Node() override;

  // The verbs of the service. Configure returns at once; true: the spec is new.
  Result<bool> configure(const hoplab::v1::NodeSpec& spec);
  [[nodiscard]] const HealthBoard& health() const { return health_; }
  Result<std::shared_ptr<Capture>> start_capture(const hoplab::v1::CaptureRequest& request);
  Status stop_capture(const std::string& capture_id);
  void end_capture(const std::string& capture_id, std::shared_ptr<Capture> capture);
  // With routes it takes health as it was judged last: a recording cannot wait. Without them it
  // judges anew, and strictly: what may not stay as it is (Role::unsettled) counts as well.
  hoplab::v1::NodeState snapshot(const hoplab::v1::SnapshotRequest& request);
  Status forget(const hoplab::v1::ForgetRequest& request);
  Result<hoplab::v1::RequestResult> request(const hoplab::v1::RequestSpec& spec);
  FaultKeeper& faults() { return *faults_; }
  OutputLog& log() { return log_; }
  EventLoop& loop() { return loop_; }
  Children& children() { return children_; }
  // Stops captures, then the programs; at most about the grace time.
  void shut_down(std::chrono::milliseconds grace);

  // Host, for the role.
  Result<CommandResult> run(const std::vector<std::string>& argv,
                            std::chrono::milliseconds timeout) override;
  Status hold_program(std::string_view name, int signal) override;
  Status release_program(std::string_view name) override;
  Status signal_program(std::string_view name, int signal) override;
  bool program_running(std::string_view name) const override;
  Status write(const ConfigFile& file) override;
  void emit(hoplab::v1::DaemonEvent event) override;
  void recheck() override;

 private:
  Node(EventLoop& loop, Children& children, OutputLog& log, netlink::Netlink netlink);

  // On the worker (node_bring_up.cc).
  std::optional<Timers::Clock::time_point> step();
  void judge_now();  // from any other thread: returns when step() was done
  Status bring_up(const hoplab::v1::NodeSpec& spec, std::vector<hoplab::v1::Condition>& conditions);
  Status start_role(const hoplab::v1::NodeSpec& spec);
  void tell_of_replaced_interfaces(const hoplab::v1::NodeSpec& spec);
  std::vector<hoplab::v1::Condition> role_conditions();

  void events_lost();  // on the loop's thread

  // Faults (node_faults.cc).
  Result<std::string> apply_fault(hoplab::v1::Fault& fault);
  Status undo_fault(const hoplab::v1::Fault& fault);
  Result<link_emulation::LinkEmulator*> emulator();
  void report(const link_emulation::AffectedFrame& frame);
  Status know_interface(const std::string& name) const;
  std::vector<std::string> kept_down() const;
  // Interfaces that went and came back get their impairments again.
  void renew_impairments();

  std::optional<hoplab::v1::NodeSpec> spec() const;

  EventLoop& loop_;
  Children& children_;
  OutputLog& log_;
  netlink::Netlink netlink_;
  std::mutex configuring_;  // one configure_interfaces at a time
  EventHub hub_;
  HealthBoard health_;
  Supervisor supervisor_;

  mutable std::mutex mutex_;  // spec_, role_ (the pointer), captures_, kept_down_
  std::optional<hoplab::v1::NodeSpec> spec_;
  std::map<std::string, std::shared_ptr<Capture>> captures_;
  std::vector<std::string> kept_down_;

  std::mutex role_mutex_;  // every call of the role
  std::unique_ptr<Role> role_;

  // Of the worker only.
  bool started_ = false;
  std::map<std::string, int> role_interfaces_;  // index of each when the role last heard of them
  bool was_ready_ = false;
  std::chrono::milliseconds pause_{0};
  std::vector<hoplab::v1::Condition> last_role_conditions_;
  std::string last_problem_;
  std::atomic<bool> links_changed_ = true;

  std::mutex emulator_mutex_;
  std::unique_ptr<link_emulation::LinkEmulator> emulator_;

  Worker worker_;
  std::unique_ptr<FaultKeeper> faults_;
  std::unique_ptr<KernelWatch> kernel_;
};

}  // namespace hoplab::agent
