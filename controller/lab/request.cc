#include "controller/lab/request.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <future>

#include "controller/drops/drop_watch.h"
#include "controller/fault/nearest.h"
#include "controller/lab/key_log.h"
#include "controller/lab/recorder.h"
#include "controller/lab/rulesets.h"

namespace hoplab::lab {
namespace {

constexpr Duration kArmTimeout = std::chrono::seconds(3);
constexpr size_t kLastWords = 1024;  // of a command's error output
constexpr Duration kStateTimeout = std::chrono::seconds(5);

// A connection's end is still under way when the client has its answer: FIN, the other side's FIN,
// the last ACK cross the lab one after the other, one and a half round trips, and so does what the
// server still sends to a client that has reset. The handshake showed how long a round trip takes:
// in a lab without delays less than a millisecond, so that nobody waits for a report.
Duration time_to_close(const v1::RequestResult& result) {
  if (result.connect_us() <= result.name_lookup_us()) return {};  // no connection
  const std::chrono::microseconds round_trip(result.connect_us() - result.name_lookup_us());
  return std::chrono::duration_cast<Duration>(round_trip * 3 / 2);
}
// What a command leaves under way is not known.
constexpr Duration kQuietAfterCommand = std::chrono::milliseconds(100);
constexpr Duration kMostWait = std::chrono::milliseconds(500);

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A node that is in the topology, runs, and is what the caller wants it for.
Status usable(const Lab& lab, const std::string& name, const std::string& use) {
  const auto* node = lab.node(name);
  if (node == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : lab.plan().nodes) names.push_back(each.name);
    return fail(ErrorKind::kNotFound, fmt::format("lab {} has no node {}", lab.plan().lab, name),
                fault::suggestion(name, names));
  }
  const auto running = lab.running();
  if (std::ranges::find(running, name) == running.end()) {
    if (lab.container_state(name) == "paused") {
      return fail(ErrorKind::kUnavailable, fmt::format("{} is paused, so it cannot {}", name, use),
                  "`docker unpause " + lab.paths().container(name) + "` lets it go on");
    }
    return fail(ErrorKind::kUnavailable, fmt::format("{} does not run, so it cannot {}", name, use),
                "`hoplab fault list` and `hoplab ps` say why");
  }
  return {};
}

// The last line that says something, and nothing of what cannot stand in a protobuf string.
std::string last_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.pop_back();
  }
  text.erase(0, text.rfind('\n') + 1);
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// A fault that ended by its lease left nobody who waits until the lab is as before: the next
// recording does. Should it take too long, the journey itself tells what is wrong.
void let_settle(Lab& lab, Faults& faults, const Say& say) {
  if (!faults.ended_lately()) return;
  say("waiting until all is as before a fault");
  if (Status settled = lab.settle(std::chrono::seconds(30), [] { return false; }); !settled) {
    spdlog::warn("after a fault: {}", settled.error().what);
    return;
  }
  faults.settled();
}

// A node whose agent did not answer in time is left out from then on: one wait, not one for each
// question.
class Recording {
 public:
  Recording(Lab& lab, Faults& faults) : lab_(lab), faults_(faults), nodes_(lab.running()) {
    for (const auto& node : lab_.plan().nodes) {
      const std::string state = lab_.container_state(node.name);
      if (state == "paused") silent_[node.name] = "its container is paused";
      if (state != "paused" && state != "running")
        silent_[node.name] = "its container does not run";
    }
  }

  // Cold: nothing is known any more, anywhere.
  void forget(const std::string& client) {
    const auto replies = lab_.agents().call_each<v1::ForgetRequest, v1::ForgetReply>(
        nodes_, &v1::Agent::StubInterface::async_interface::Forget,
        [&](const std::string& node) {
          v1::ForgetRequest request;
          request.set_neighbors(true);
          request.set_names(true);
          request.set_lease(node == client);
          return request;
        },
        std::chrono::seconds(10));
    leave_out(replies);
  }

  // An error when nothing could be seen of the node that it is about.
  Status begin(const std::string& subject) {
    auto drops = std::async(std::launch::async, [this] { return watch_drops(); });
    before_ = look();
    drops_ = drops.get();
    leave_out(before_);
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

  // The captures go on until the client's has been quiet for so long.
  v1::Bundle finish(const std::string& client, Duration quiet) {
    const auto deadline = Clock::now() + kMostWait;
    auto after = std::async(std::launch::async, [this] { return look(); });
    auto rules = std::async(std::launch::async, [this] { return read_rules(); });
    if (quiet.count() > 0) recorder_->wait_quiet(client, quiet, deadline);
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
    for (const auto& fault : faults_.known()) *bundle.add_faults() = fault;
    return bundle;
  }

 private:
  template <typename Reply>
  void leave_out(const Agents::Replies<Reply>& replies) {
    for (const auto& [node, reply] : replies) {
      if (reply || reply.error().kind != ErrorKind::kTimeout) continue;
      silent_[node] = "its agent does not answer";
      std::erase(nodes_, node);
    }
  }

  Agents::Replies<v1::NodeState> look() const {
    return lab_.agents().call_each<v1::SnapshotRequest, v1::NodeState>(
        nodes_, &v1::Agent::StubInterface::async_interface::Snapshot,
        [](const std::string&) {
          v1::SnapshotRequest request;
          request.set_routes(true);
          return request;
        },
        kStateTimeout);
  }

  using Rulesets = std::map<std::string, Result<std::vector<v1::NftRule>>>;  // by node
  Rulesets read_rules() const {
    Rulesets rules;
    for (const auto& node : nodes_) rules.emplace(node, rules_of(lab_.pid_of(node)));
    return rules;
  }
  static void add_rules(Result<std::vector<v1::NftRule>>& rules, v1::NodeState& state) {
    if (!rules) {
      state.set_rules_unknown(rules.error().what);
      return;
    }
    for (auto& rule : *rules) *state.add_rules() = std::move(rule);
  }

  // Of the nodes that run now: one that is started later has a namespace of its own again.
  Result<std::unique_ptr<drops::DropWatch>> watch_drops() {
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

  Lab& lab_;
  Faults& faults_;
  std::vector<std::string> nodes_;             // that are recorded
  std::map<std::string, std::string> silent_;  // the others, and why
  Agents::Replies<v1::NodeState> before_;
  std::unique_ptr<Recorder> recorder_;
  int64_t started_ns_ = 0;
  Rulesets rules_before_;
  std::map<std::string, drops::Network> networks_;  // by node
  Result<std::unique_ptr<drops::DropWatch>> drops_ = fail(ErrorKind::kInternal, "not begun");
};

}  // namespace

Result<v1::Bundle> record_request(Lab& lab, Faults& faults, const v1::JourneyRequest& request,
                                  const Say& say) {
  if (Status ok = usable(lab, request.client(), "make a request"); !ok) {
    return std::unexpected(ok.error());
  }
  if (const auto* node = lab.node(request.client()); node->role != v1::CLIENT) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is no client: only clients make requests", node->name),
                fmt::format("for any other node: hoplab trace {} -- COMMAND", node->name));
  }
  let_settle(lab, faults, say);
  Recording recording(lab, faults);
  if (request.cold()) {
    say("forgetting leases, ARP entries and cached names");
    recording.forget(request.client());
  }
  say("arming captures");
  if (Status begun = recording.begin(request.client()); !begun) {
    return std::unexpected(begun.error());
  }
  say(fmt::format("{} requests {}", request.client(), request.url()));
  v1::RequestSpec spec;
  spec.set_url(request.url());
  spec.set_obtain_lease(true);
  spec.set_timeout_ms(request.timeout_ms() != 0 ? request.timeout_ms() : 15000);
  auto result = lab.agents().call<v1::RequestSpec, v1::RequestResult>(
      request.client(), &v1::Agent::StubInterface::async_interface::Request, spec,
      Duration(spec.timeout_ms()) + std::chrono::seconds(20));
  v1::Bundle bundle =
      recording.finish(request.client(), result ? time_to_close(*result) : Duration{});
  bundle.set_client(request.client());
  bundle.set_url(request.url());
  bundle.set_cold(request.cold());
  if (!result) return std::unexpected(result.error());
  *bundle.mutable_result() = std::move(*result);
  return bundle;
}

Result<v1::Bundle> record_command(Lab& lab, Faults& faults, const v1::TraceRequest& request,
                                  const std::function<void(const v1::ExecOutput&)>& output,
                                  const Stop& stop) {
  if (Status ok = usable(lab, request.node(), "run a command"); !ok) {
    return std::unexpected(ok.error());
  }
  let_settle(lab, faults, [](const std::string&) {});
  Recording recording(lab, faults);
  if (request.cold()) recording.forget(request.node());
  if (Status begun = recording.begin(request.node()); !begun) {
    return std::unexpected(begun.error());
  }

  grpc::ClientContext context;
  context.set_deadline(
      deadline_in(Duration(request.timeout_ms() != 0 ? request.timeout_ms() : 60000)));
  v1::RequestResult result;
  result.set_started_ns(now_ns());
  const auto stub = lab.agents().stub(request.node());
  auto stream = stub->Exec(&context);
  v1::ExecInput input;
  for (const auto& word : request.command()) input.mutable_start()->add_command(word);
  const KeyLog keys(lab.paths(), request.node());
  input.mutable_start()->add_environment(keys.variable());
  stream->Write(input);
  input.set_end_of_input(true);
  stream->Write(input);
  stream->WritesDone();
  std::string last_words;
  for (v1::ExecOutput message; stream->Read(&message);) {
    if (message.has_exit_code()) result.set_exit_code(message.exit_code());
    last_words.append(message.error_output());
    last_words.erase(0, last_words.size() - std::min(last_words.size(), kLastWords));
    output(message);
    if (stop()) context.TryCancel();
  }
  const grpc::Status ended = stream->Finish();
  if (!ended.ok()) {
    result.set_exit_code(-1);
    result.set_error(ended.error_message());
  } else if (result.exit_code() != 0) {
    result.set_error(last_line(last_words));
  }
  result.set_ended_ns(now_ns());
  result.set_tls_key_log(keys.lines());

  v1::Bundle bundle = recording.finish(request.node(), kQuietAfterCommand);
  bundle.set_client(request.node());
  std::string command;
  for (const auto& word : request.command()) command += (command.empty() ? "" : " ") + word;
  bundle.set_url(command);
  bundle.set_cold(request.cold());
  *bundle.mutable_result() = std::move(result);
  return bundle;
}

}  // namespace hoplab::lab
