#include "agents/common/service/node.h"

#include <fmt/format.h>
#include <malloc.h>

#include "agents/common/base/read_file.h"
#include "agents/common/netlink/snapshot.h"
#include "agents/common/service/files.h"
#include "agents/common/service/hosts_file.h"
#include "agents/common/service/resolv_conf.h"
#include "agents/common/supervisor/run_command.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Health;
// A role holds a program between two calls of one recording. Where the controller dies between
// them, this ends the hold.
constexpr std::chrono::seconds kRoleHold{15};

}  // namespace

Result<std::unique_ptr<Node>> Node::open(EventLoop& loop, Children& children, OutputLog& log) {
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  std::unique_ptr<Node> node(new Node(loop, children, log, std::move(*netlink)));
  auto kernel = KernelWatch::open(
      loop, node->hub_, node->netlink_,
      {.interface_came = [n = node.get()] { n->links_changed_ = true; },
       .changed = [n = node.get()] { n->recheck(); },
       .lost = [n = node.get()] { n->events_lost(); },
       .note = [n = node.get()](std::string text) { n->log_.append("agent", text); }});
  if (!kernel) return std::unexpected(kernel.error());
  node->kernel_ = std::move(*kernel);
  node->worker_.start();
  node->worker_.wake();
  return node;
}

Node::Node(EventLoop& loop, Children& children, OutputLog& log, netlink::Netlink netlink)
    : loop_(loop),
      children_(children),
      log_(log),
      netlink_(std::move(netlink)),
      supervisor_(loop, children, log, [this] { worker_.wake(); }),
      worker_([this] { return step(); }) {
  faults_ = std::make_unique<FaultKeeper>(
      loop_, FaultKeeper::Actions{
                 .apply = [this](hoplab::v1::Fault& fault) { return apply_fault(fault); },
                 .undo = [this](const hoplab::v1::Fault& fault) { return undo_fault(fault); },
                 .background = [this](auto task) { worker_.post(std::move(task)); },
                 .note = [this](std::string text) { log_.append("agent", text); }});
}

Node::~Node() {
  kernel_.reset();
  worker_.stop();
  emulator_.reset();  // its threads report to the rest
}

void Node::events_lost() {
  links_changed_ = true;  // what they told of is looked up
  const std::lock_guard lock(mutex_);
  for (const auto& [id, capture] : captures_) capture->count_lost_event();
}

Result<bool> Node::configure(const hoplab::v1::NodeSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    if (spec_) {
      if (spec_->SerializeAsString() == spec.SerializeAsString()) return false;
      return fail(ErrorKind::kInvalid, "configure " + spec.node() + ": it has another spec already",
                  "take the lab down and start it again");
    }
  }
  auto role = make_role(spec);
  if (!role) return std::unexpected(std::move(role.error()));
  {
    const std::lock_guard role_lock(role_mutex_);
    const std::lock_guard lock(mutex_);
    if (spec_) return false;  // another caller was quicker
    role_ = std::move(*role);
    spec_ = spec;
  }
  log_.append("agent", fmt::format("node {} of lab {}: configured", spec.node(), spec.lab()));
  recheck();
  return true;
}

std::optional<hoplab::v1::NodeSpec> Node::spec() const {
  const std::lock_guard lock(mutex_);
  return spec_;
}

std::vector<std::string> Node::kept_down() const {
  const std::lock_guard lock(mutex_);
  return kept_down_;
}

void Node::recheck() { worker_.wake(); }

Result<std::shared_ptr<Capture>> Node::start_capture(const hoplab::v1::CaptureRequest& request) {
  if (request.capture_id().empty()) return fail(ErrorKind::kInvalid, "capture: it has no id");
  {
    const std::lock_guard lock(mutex_);
    if (captures_.contains(request.capture_id())) {
      return fail(ErrorKind::kInvalid, "capture " + request.capture_id() + " runs already");
    }
  }
  if (request.events()) kernel_->follow_connections();
  auto capture = Capture::start(request, netlink_, hub_);
  if (!capture) {
    if (request.events()) kernel_->leave_connections();
    return std::unexpected(std::move(capture.error()));
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Capture> shared = std::move(*capture);
  captures_[request.capture_id()] = shared;
  return shared;
}

Status Node::stop_capture(const std::string& capture_id) {
  {
    const std::lock_guard role_lock(role_mutex_);
    if (role_ && hub_.listened()) role_->flush_events(*this);
  }
  kernel_->catch_up();
  const std::lock_guard lock(mutex_);
  const auto found = captures_.find(capture_id);
  if (found == captures_.end()) {
    return fail(ErrorKind::kNotFound, "stop capture " + capture_id + ": it does not run");
  }
  found->second->stop();
  return {};
}

void Node::end_capture(const std::string& capture_id, std::shared_ptr<Capture> capture) {
  {
    const std::lock_guard lock(mutex_);
    captures_.erase(capture_id);
  }
  if (capture->takes_events()) kernel_->leave_connections();
  // Closing a ring waits for the kernel's readers, some 20 ms each: not while the caller waits.
  worker_.post([capture = std::move(capture)]() mutable {
    capture.reset();
    ::malloc_trim(0);  // an idle agent is small again
  });
}

hoplab::v1::NodeState Node::snapshot(const hoplab::v1::SnapshotRequest& request) {
  hoplab::v1::NodeState state;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  state.set_time_ns(std::chrono::nanoseconds(now).count());
  if (const auto filled = netlink::fill(netlink_, state, request.routes()); !filled) {
    log_.append("agent", "snapshot: " + filled.error().what);
  }
  if (!request.routes()) judge_now();
  if (const auto hosts = read_file("/etc/hosts")) {
    for (auto& name : read_hosts(*hosts)) *state.add_local_names() = std::move(name);
  }
  *state.mutable_health() = health_.latest();
  for (auto& fault : faults_->list()) *state.add_faults() = std::move(fault);
  const std::lock_guard lock(role_mutex_);
  if (!role_) return state;
  role_->snapshot(*this, request, state);
  if (request.routes()) return state;
  for (auto& condition : role_->unsettled(*this)) {
    Health& health = *state.mutable_health();
    if (health.state() == Health::READY) {
      health.set_state(Health::DEGRADED);
      health.set_waiting_for(condition.detail());
    }
    *health.add_conditions() = std::move(condition);
  }
  return state;
}

Status Node::forget(const hoplab::v1::ForgetRequest& request) {
  std::string problems;
  if (request.names() || request.lease()) {
    const std::lock_guard lock(role_mutex_);
    if (role_) {
      if (const auto done = role_->forget(*this, request); !done) problems = done.error().what;
    }
  }
  if (request.neighbors()) {  // last: a release makes new entries
    if (const auto done = netlink_.flush_neighbors(); !done) {
      problems += (problems.empty() ? "" : "; ") + done.error().what;
    }
  }
  if (!problems.empty()) return fail(ErrorKind::kInternal, problems);
  return {};
}

Result<hoplab::v1::RequestResult> Node::request(const hoplab::v1::RequestSpec& spec) {
  const std::lock_guard lock(role_mutex_);
  if (!role_) return fail(ErrorKind::kUnavailable, "request: the node is not configured yet");
  return role_->request(*this, spec);
}

void Node::shut_down(std::chrono::milliseconds grace) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, capture] : captures_) capture->stop();
  }
  supervisor_.stop(grace);
}

Result<CommandResult> Node::run(const std::vector<std::string>& argv,
                                std::chrono::milliseconds timeout) {
  Command command;
  command.argv = argv;
  command.environment = ca_environment();
  return run_command(children_, command, timeout);
}

Status Node::hold_program(std::string_view name, int signal) {
  const auto held = supervisor_.hold(name, signal, Supervisor::Holder::kRole, kRoleHold);
  if (!held) return std::unexpected(held.error());
  return {};
}
Status Node::release_program(std::string_view name) {
  return supervisor_.release(name, Supervisor::Holder::kRole);
}
Status Node::signal_program(std::string_view name, int signal) {
  return supervisor_.send_signal(name, signal);
}
bool Node::program_running(std::string_view name) const { return supervisor_.running(name); }
Status Node::write(const ConfigFile& file) { return write_file(file); }
void Node::emit(hoplab::v1::DaemonEvent event) { hub_.emit(std::move(event)); }

}  // namespace hoplab::agent
