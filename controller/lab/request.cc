#include "controller/lab/request.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>

#include "agents/common/base/read_file.h"
#include "controller/fault/nearest.h"
#include "controller/lab/key_log.h"
#include "controller/lab/recording.h"

namespace hoplab::lab {
namespace {

constexpr size_t kLastWords = 1024;  // of a command's error output

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
    std::string said = read_foreign_file(lab.paths().last_words(name), kLastWords).value_or("");
    if (!said.empty()) {
      said = "\n  its agent said last: " + said.substr(0, said.find_last_not_of('\n') + 1);
    }
    return fail(ErrorKind::kUnavailable,
                fmt::format("{} does not run, so it cannot {}{}", name, use, said),
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
