// exec, shell, logs, capture: one node, through its agent; no controller is needed.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "controller/cli/commands.h"
#include "controller/cli/exec.h"
#include "controller/cli/interrupt.h"
#include "controller/cli/session.h"
#include "controller/report/pcap.h"
#include "controller/report/pcapng_writer.h"

namespace hoplab::cli {
namespace {

int shell(const std::string& lab, const std::string& node) {
  const auto agent = agent_of(find_lab(lab), node);
  return run_on_node(*agent, {"/bin/sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"},
                     ::isatty(STDIN_FILENO) == 1);
}

void logs(const std::string& lab, const std::string& node, bool follow, unsigned tail) {
  const auto agent = agent_of(find_lab(lab), node);
  grpc::ClientContext context;
  Interrupt interrupt([&] { context.TryCancel(); }, STDOUT_FILENO);
  v1::LogsRequest request;
  request.set_follow(follow);
  request.set_tail(tail);
  const auto stream = agent->Logs(&context, request);
  for (v1::LogLine line; stream->Read(&line);) {
    const auto seconds = line.time_ns() / 1'000'000'000;
    const std::time_t time = seconds;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::cout << fmt::format("{:02}:{:02}:{:02}.{:03} {:10} {}\n", parts.tm_hour, parts.tm_min,
                             parts.tm_sec, line.time_ns() / 1'000'000 % 1000, line.source(),
                             line.text());
    if (follow) std::cout.flush();
  }
  if (const auto status = stream->Finish(); !interrupt.raised()) check(status);
}

// Frames on standard output until interrupted or until nobody reads any more. One interface: pcap,
// which every tool reads; a whole node: pcapng, which tells its interfaces apart.
void capture(const std::string& lab, const std::string& target) {
  if (::isatty(STDOUT_FILENO) == 1) {
    throw Failure({ErrorKind::kInvalid, "a terminal cannot show captured frames",
                   fmt::format("hoplab capture {} | wireshark -k -i -", target)});
  }
  const size_t colon = target.find(':');
  const std::string node = target.substr(0, colon);
  const auto agent = agent_of(find_lab(lab), node);
  grpc::ClientContext context;
  Interrupt interrupt([&] { context.TryCancel(); }, STDOUT_FILENO);
  v1::CaptureRequest request;
  request.set_capture_id(fmt::format("cli-{}", ::getpid()));
  std::unique_ptr<report::PcapWriter> pcap;
  std::unique_ptr<report::PcapngWriter> pcapng;
  if (colon != std::string::npos) {
    request.add_interfaces(target.substr(colon + 1));
  }
  const auto stream = agent->Capture(&context, request);
  for (v1::CaptureReply reply; stream->Read(&reply);) {
    if (reply.has_armed()) {
      if (colon != std::string::npos) {
        pcap = std::make_unique<report::PcapWriter>(std::cout);
      } else {
        pcapng = std::make_unique<report::PcapngWriter>(std::cout, "hoplab capture " + target);
      }
      for (const auto& name : reply.armed().interfaces()) {
        if (pcapng) pcapng->add_interface(node + ":" + name);
      }
      std::cerr << "capturing; Ctrl-C ends it\n";
    }
    if (pcap && reply.has_frames()) pcap->write(reply.frames());
    for (const auto& frame : reply.frames().frames()) {
      if (pcapng) pcapng->add_frame(frame, frame.interface(), "");
    }
    std::cout.flush();
    if (!std::cout) context.TryCancel();
  }
  const auto status = stream->Finish();
  if (!interrupt.raised() && std::cout) check(status);
}

}  // namespace

void add_node(CLI::App& app, Invocation& invocation) {
  auto lab = std::make_shared<std::string>();
  auto node = std::make_shared<std::string>();

  auto* exec = app.add_subcommand("exec", "Run a command on a node");
  auto words = std::make_shared<std::vector<std::string>>();
  auto terminal = std::make_shared<bool>(false);
  exec->add_option("NODE", *node)->required();
  exec->add_option("COMMAND", *words, "After --")->required();
  exec->add_flag("-t,--tty", *terminal, "With a terminal");
  add_lab_option(*exec, *lab);
  exec->callback([=, &invocation] {
    const auto agent = agent_of(find_lab(*lab), *node);
    invocation.exit_code = run_on_node(*agent, *words, *terminal);
  });

  auto* shell_command = app.add_subcommand("shell", "A shell on a node");
  shell_command->add_option("NODE", *node)->required();
  add_lab_option(*shell_command, *lab);
  shell_command->callback([=, &invocation] { invocation.exit_code = shell(*lab, *node); });

  auto* logs_command = app.add_subcommand("logs", "What a node's agent and daemons said");
  auto follow = std::make_shared<bool>(false);
  auto tail = std::make_shared<unsigned>(0);
  logs_command->add_option("NODE", *node)->required();
  logs_command->add_flag("-f,--follow", *follow, "Stay, and print what comes");
  logs_command->add_option("-n,--tail", *tail, "Only the last lines")->type_name("LINES");
  add_lab_option(*logs_command, *lab);
  logs_command->callback([=] { logs(*lab, *node, *follow, *tail); });

  auto* capture_command = app.add_subcommand(
      "capture",
      "Frames of an interface (pcap) or of a whole node (pcapng) on standard output, for "
      "wireshark -k -i -");
  auto target = std::make_shared<std::string>();
  capture_command->add_option("NODE[:INTERFACE]", *target)->required();
  add_lab_option(*capture_command, *lab);
  capture_command->callback([=] { capture(*lab, *target); });
}

}  // namespace hoplab::cli
