// What the worker does: carries the spec out as far as the node's wires allow, and judges health.
#include <algorithm>
#include <future>

#include "agents/common/netlink/configure.h"
#include "agents/common/service/files.h"
#include "agents/common/service/node.h"
#include "agents/common/service/resolv_conf.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Condition;
using hoplab::v1::Health;
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLastPause{250};

}  // namespace

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

}  // namespace hoplab::agent
