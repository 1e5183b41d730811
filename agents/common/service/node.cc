#include "agents/common/service/node.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <future>

#include "agents/common/netlink/configure.h"
#include "agents/common/netlink/event.h"
#include "agents/common/netlink/snapshot.h"
#include "agents/common/service/files.h"
#include "agents/common/service/resolv_conf.h"
#include "agents/common/supervisor/run_command.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Condition;
using hoplab::v1::Health;
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLastPause{250};
// A role holds a program between two calls of one recording. Where the controller dies between
// them, this ends the hold.
constexpr std::chrono::seconds kRoleHold{15};

}  // namespace

Result<std::unique_ptr<Node>> Node::open(EventLoop& loop, Children& children, OutputLog& log) {
  auto monitor = netlink::Monitor::open();  // before the first look, so that no change is missed
  if (!monitor) return std::unexpected(monitor.error());
  auto netlink = netlink::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  std::unique_ptr<Node> node(
      new Node(loop, children, log, std::move(*netlink), std::move(*monitor)));
  if (const auto links = node->netlink_.links()) {
    for (const auto& link : *links) {
      node->links_seen_[link.index] = {link.name, link.admin_up, link.carrier};
    }
  }
  node->loop_.watch(node->monitor_.fd(), [n = node.get()] {
    const auto done = n->monitor_.dispatch([n](const auto& change) { n->take_change(change); });
    if (!done) n->log_.append("agent", done.error().what);
  });
  node->worker_.start();
  node->worker_.wake();
  return node;
}

Node::Node(EventLoop& loop, Children& children, OutputLog& log, netlink::Netlink netlink,
           netlink::Monitor monitor)
    : loop_(loop),
      children_(children),
      log_(log),
      netlink_(std::move(netlink)),
      monitor_(std::move(monitor)),
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
  loop_.unwatch(monitor_.fd());
  worker_.stop();
  emulator_.reset();  // its threads report to the rest
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

// Does what can be done now and publishes how far it is.
std::optional<Timers::Clock::time_point> Node::step() {
  const auto spec = this->spec();
  std::vector<Condition> conditions;
  if (!spec) {
    auto& condition = conditions.emplace_back();
    condition.set_name("configuration");
    condition.set_detail("none was given yet");
    health_.publish(judge(false, false, std::move(conditions), {}));
    return std::nullopt;
  }
  const auto brought_up = bring_up(*spec, conditions);
  if (!brought_up) {
    auto& condition = conditions.emplace_back();
    condition.set_name("configuration");
    condition.set_detail(brought_up.error().what);
    if (last_problem_ != brought_up.error().what) {
      last_problem_ = brought_up.error().what;
      log_.append("agent", last_problem_);
    }
  }
  if (started_) {
    for (auto& condition : supervisor_.conditions()) conditions.push_back(std::move(condition));
    for (auto& condition : role_conditions()) conditions.push_back(std::move(condition));
  }
  auto health = judge(started_, was_ready_, std::move(conditions), supervisor_.statuses());
  const bool ready = health.state() == Health::READY;
  if (ready && !was_ready_) log_.append("agent", "ready");
  was_ready_ = was_ready_ || ready;
  if (health_.publish(std::move(health))) pause_ = kFirstPause;
  // Ready, or waiting for wires: then it is the kernel that will tell.
  if (ready || (!started_ && brought_up)) return std::nullopt;
  pause_ = std::clamp(pause_ * 3 / 2, kFirstPause, kLastPause);
  return Timers::Clock::now() + pause_;
}

Status Node::bring_up(const hoplab::v1::NodeSpec& spec, std::vector<Condition>& conditions) {
  Status problem;
  bool complete = started_;
  if (links_changed_.exchange(false) || !started_) {
    const std::lock_guard lock(configuring_);
    const auto configured = netlink::configure_interfaces(spec, netlink_, kept_down());
    if (!configured) {
      problem = std::unexpected(configured.error());
      links_changed_ = true;
    } else {
      complete = configured->missing.empty();
      if (!configured->missing.empty() || !configured->waiting.empty()) links_changed_ = true;
      renew_impairments();
    }
  }
  if (const auto links = netlink_.links()) {
    conditions = interface_conditions(spec, *links);
  } else if (problem) {
    problem = std::unexpected(links.error());
  }
  if (problem && complete && !started_) {
    problem = start_role(spec);
    started_ = problem.has_value();
  }
  if (problem && complete && started_) tell_of_replaced_interfaces(spec);
  return problem;
}

void Node::tell_of_replaced_interfaces(const hoplab::v1::NodeSpec& spec) {
  std::map<std::string, int> now;
  for (const auto& interface : spec.interfaces()) {
    const auto link = netlink_.link(interface.name());
    if (!link) return;  // told when it is there
    now[interface.name()] = link->index;
  }
  if (now == role_interfaces_) return;
  const std::unique_lock lock(role_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;  // a request runs: the next round tells it
  if (!role_interfaces_.empty()) role_->interfaces_replaced(*this);
  role_interfaces_ = std::move(now);
}

Status Node::start_role(const hoplab::v1::NodeSpec& spec) {
  const std::vector<std::string> servers(spec.name_servers().begin(), spec.name_servers().end());
  if (auto done = write_in_place("/etc/resolv.conf", resolv_conf(servers)); !done) return done;
  if (auto done = install_ca(spec.ca_certificate()); !done) return done;
  const std::lock_guard lock(role_mutex_);
  for (const auto& file : role_->files()) {
    if (auto done = write_file(file); !done) return done;
  }
  if (auto done = role_->prepare(*this); !done) return done;
  supervisor_.start(role_->programs());
  return {};
}

std::vector<Condition> Node::role_conditions() {
  // A request of minutes may hold the role: then what was true last is told, and looked at again.
  const std::unique_lock lock(role_mutex_, std::try_to_lock);
  if (lock.owns_lock()) last_role_conditions_ = role_->conditions(*this);
  return last_role_conditions_;
}

void Node::take_change(const netlink::Change& change) {
  if (const auto* link = std::get_if<netlink::LinkChange>(&change)) {
    const LinkSeen now{link->link.name, link->link.admin_up, link->link.carrier};
    const auto seen = links_seen_.find(link->link.index);
    const bool unknown = seen == links_seen_.end();
    if (!link->removed && !unknown && seen->second == now) return;
    if (link->removed) {
      links_seen_.erase(link->link.index);
    } else {
      links_seen_[link->link.index] = now;
    }
    if (now.name.starts_with(netlink::kOwnInterfacePrefix)) return;
    if (unknown) links_changed_ = true;
    tell(change);
  } else if (std::holds_alternative<netlink::Overrun>(change)) {
    links_changed_ = true;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, capture] : captures_) capture->count_lost_event();
  } else {
    tell(change);
    const bool route = std::holds_alternative<netlink::RouteChange>(change);
    const bool address = std::holds_alternative<netlink::AddressChange>(change);
    if (!route && !address) return;  // of no consequence for health
  }
  recheck();
}

void Node::tell(const netlink::Change& change) {
  if (!hub_.listened()) return;
  auto event = netlink::to_event(change, [this](int index) { return interface_name(index); });
  if (event) hub_.emit(std::move(*event));
}

std::string Node::interface_name(int index) const {
  const auto seen = links_seen_.find(index);
  return seen == links_seen_.end() ? "" : seen->second.name;
}

void Node::follow_connections() {
  if (connections_wanted_++ > 0) return;
  auto monitor = netlink::Monitor::open_conntrack();
  if (!monitor) {
    log_.append("agent", "tracked connections are not followed: " + monitor.error().what);
    return;
  }
  connections_ = std::make_shared<netlink::Monitor>(std::move(*monitor));
  loop_.watch(connections_->fd(), [this, held = connections_] {
    const auto done = held->dispatch([this](const auto& change) { take_change(change); });
    if (!done) log_.append("agent", done.error().what);
  });
}

void Node::leave_connections() {
  if (--connections_wanted_ > 0 || !connections_) return;
  loop_.unwatch(connections_->fd());
  connections_.reset();
}

void Node::catch_up() {
  constexpr std::chrono::milliseconds kLongest{200};
  auto done = std::make_shared<std::promise<void>>();
  auto reached = done->get_future();
  std::shared_ptr<netlink::Monitor> connections;
  {
    const std::lock_guard lock(mutex_);
    connections = connections_;
  }
  loop_.post([this, done, connections] {
    const auto take = [this](const auto& change) { take_change(change); };
    (void)monitor_.dispatch(take);
    if (connections) (void)connections->dispatch(take);
    done->set_value();
  });
  reached.wait_for(kLongest);
}

Result<std::shared_ptr<Capture>> Node::start_capture(const hoplab::v1::CaptureRequest& request) {
  if (request.capture_id().empty()) return fail(ErrorKind::kInvalid, "capture: it has no id");
  {
    const std::lock_guard lock(mutex_);
    if (captures_.contains(request.capture_id())) {
      return fail(ErrorKind::kInvalid, "capture " + request.capture_id() + " runs already");
    }
  }
  if (request.events()) {
    const std::lock_guard lock(mutex_);
    follow_connections();
  }
  auto capture = Capture::start(request, netlink_, hub_);
  const std::lock_guard lock(mutex_);
  if (!capture) {
    if (request.events()) leave_connections();
    return std::unexpected(std::move(capture.error()));
  }
  std::shared_ptr<Capture> shared = std::move(*capture);
  captures_[request.capture_id()] = shared;
  return shared;
}

Status Node::stop_capture(const std::string& capture_id) {
  {
    const std::lock_guard role_lock(role_mutex_);
    if (role_ && hub_.listened()) role_->flush_events(*this);
  }
  catch_up();
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
    if (capture->takes_events()) leave_connections();
  }
  // Closing a ring waits for the kernel's readers, some 20 ms each: not while the caller waits.
  worker_.post([capture = std::move(capture)]() mutable {
    capture.reset();
    ::malloc_trim(0);  // an idle agent is small again
  });
}

void Node::judge_now() {
  constexpr std::chrono::seconds kPatience{5};
  const auto judged = std::make_shared<std::promise<void>>();
  auto done = judged->get_future();
  worker_.post([this, judged] {
    if (step()) worker_.wake();
    judged->set_value();
  });
  done.wait_for(kPatience);
}

hoplab::v1::NodeState Node::snapshot(const hoplab::v1::SnapshotRequest& request) {
  hoplab::v1::NodeState state;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  state.set_time_ns(std::chrono::nanoseconds(now).count());
  if (const auto filled = netlink::fill(netlink_, state, request.routes()); !filled) {
    log_.append("agent", "snapshot: " + filled.error().what);
  }
  if (!request.routes()) judge_now();
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
