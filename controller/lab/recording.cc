#include "controller/lab/recording.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <future>

#include "controller/lab/rulesets.h"

namespace hoplab::lab {
namespace {

constexpr Duration kForgetTimeout = std::chrono::seconds(10);
constexpr Duration kArmTimeout = std::chrono::seconds(3);
constexpr Duration kStateTimeout = std::chrono::seconds(5);
constexpr Duration kMostWait = std::chrono::milliseconds(500);

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void add_rules(Result<std::vector<v1::NftRule>>& rules, v1::NodeState& state) {
  if (!rules) {
    state.set_rules_unknown(rules.error().what);
    return;
  }
  for (auto& rule : *rules) *state.add_rules() = std::move(rule);
}

}  // namespace

Recording::Recording(Lab& lab, Faults& faults) : lab_(lab), faults_(faults) {
  for (const auto& node : lab_.plan().nodes) {
    const std::string state = lab_.container_state(node.name);
    if (state == "running") {
      nodes_.push_back(node.name);
    } else {
      silent_[node.name] =
          state == "paused" ? "its container is paused" : "its container does not run";
    }
  }
}

void Recording::forget(const std::string& client) {
  const auto replies = lab_.agents().call_each<v1::ForgetRequest, v1::ForgetReply>(
      nodes_, &v1::Agent::StubInterface::async_interface::Forget,
      [&](const std::string& node) {
        v1::ForgetRequest request;
        request.set_neighbors(true);
        request.set_names(true);
        request.set_lease(node == client);
        return request;
      },
      kForgetTimeout);
  for (const auto& [node, reply] : replies) {
    if (!reply) leave_out(node, reply.error());
  }
}

Status Recording::begin(const std::string& subject) {
  auto drops = std::async(std::launch::async, [this] { return watch_drops(); });
  before_ = look();
  drops_ = drops.get();
  for (const auto& [node, state] : before_) {
    if (!state) leave_out(node, state.error());
  }
  if (const auto why = silent_.find(subject); why != silent_.end()) {
    return fail(ErrorKind::kTimeout, subject + ": " + why->second,
                "`hoplab ps` and `hoplab logs " + subject + "` may say why");
  }
  rules_before_ = read_rules();
  recorder_ = std::make_unique<Recorder>(lab_.agents(), nodes_);
  recorder_->begin(kArmTimeout);
  started_ns_ = now_ns();
  return {};
}

// What failed for another reason is asked again later: its frames are worth having without.
void Recording::leave_out(const std::string& node, const Error& why) {
  if (why.kind != ErrorKind::kTimeout) return;
  silent_[node] = "its agent does not answer";
  std::erase(nodes_, node);
}

v1::Bundle Recording::finish(const std::string& subject, Duration quiet) {
  const auto deadline = Clock::now() + kMostWait;
  auto after = std::async(std::launch::async, [this] { return look(); });
  auto rules = std::async(std::launch::async, [this] { return read_rules(); });
  if (quiet.count() > 0) recorder_->wait_quiet(subject, quiet, deadline);
  v1::Bundle bundle;
  bundle.set_started_ns(started_ns_);
  bundle.set_ended_ns(now_ns());
  const auto ended = Clock::now();
  auto captures = recorder_->finish(kStateTimeout);
  const auto collected = Clock::now();
  drops::Heard dropped;
  if (drops_) dropped = (*drops_)->finish();
  bundle.mutable_drops()->set_watched(drops_.has_value());
  if (!drops_) bundle.mutable_drops()->set_why_not(drops_.error().what);
  bundle.mutable_drops()->set_lost(dropped.lost);
  const auto states = after.get();
  auto rules_after = rules.get();
  const auto ms = [](auto from, auto to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
  };
  spdlog::info("captures collected in {} ms, states in {} ms", ms(ended, collected),
               ms(ended, Clock::now()));
  bundle.set_lab(lab_.plan().lab);
  for (auto& capture : captures) {
    const std::string& node = capture.node();
    if (const auto& state = before_.at(node)) *capture.mutable_before() = *state;
    if (const auto& state = states.at(node)) {
      *capture.mutable_after() = *state;
    } else if (capture.unreachable().empty()) {
      capture.set_unreachable(state.error().what);
    }
    add_rules(rules_before_.at(node), *capture.mutable_before());
    add_rules(rules_after.at(node), *capture.mutable_after());
    if (const auto network = networks_.find(node); network != networks_.end()) {
      for (auto& event : dropped.events[network->second]) {
        *capture.add_events() = std::move(event);
      }
    }
    *bundle.add_captures() = std::move(capture);
  }
  add_nodes(bundle);
  for (const auto& fault : faults_.known()) *bundle.add_faults() = fault;
  return bundle;
}

void Recording::add_nodes(v1::Bundle& bundle) const {
  for (const auto& node : lab_.plan().nodes) {
    if (const auto why = silent_.find(node.name); why != silent_.end()) {
      v1::NodeCapture& silent = *bundle.add_captures();
      silent.set_node(node.name);
      silent.set_unreachable(why->second);
    }
    *bundle.add_specs() = node.spec;
    v1::JourneyNode& entry = *bundle.add_nodes();
    entry.set_name(node.name);
    entry.set_role(node.role);
    entry.set_system(node.system);
    entry.set_asn(node.asn);
  }
}

Agents::Replies<v1::NodeState> Recording::look() const {
  return lab_.agents().call_each<v1::SnapshotRequest, v1::NodeState>(
      nodes_, &v1::Agent::StubInterface::async_interface::Snapshot,
      [](const std::string&) {
        v1::SnapshotRequest request;
        request.set_routes(true);
        return request;
      },
      kStateTimeout);
}

Recording::Rulesets Recording::read_rules() const {
  Rulesets rules;
  for (const auto& node : nodes_) rules.emplace(node, rules_of(lab_.pid_of(node)));
  return rules;
}

// Of the nodes that run now: one that is started later has a namespace of its own again.
Result<std::unique_ptr<drops::DropWatch>> Recording::watch_drops() {
  std::vector<drops::Network> networks;
  for (const auto& node : nodes_) {
    const auto network = drops::network_of(lab_.pid_of(node));
    if (!network) continue;
    networks_[node] = *network;
    networks.push_back(*network);
  }
  auto watch = drops::DropWatch::open(networks);
  if (!watch) spdlog::info("drop reasons: {}", watch.error().what);
  return watch;
}

}  // namespace hoplab::lab
