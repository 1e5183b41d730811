// Runs one role in a container without the agent's service: the spec (text format) in the first
// argument's file, commands on standard input, one line each; answers end with a line ".".
//   conditions | snapshot | events | flush | forget | apply FAULT | undo FAULT | signal PROGRAM N
// The programs' own output goes to standard error.
#include <fcntl.h>
#include <google/protobuf/text_format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>

#include "agents/common/probe/settle.h"
#include "agents/common/role/role.h"
#include "agents/dhcp_server/dhcp_server.h"
#include "agents/dns_server/dns_server.h"
#include "agents/gateway/gateway.h"
#include "agents/load_balancer/load_balancer.h"
#include "agents/resolver/resolver.h"
#include "agents/switch/switch.h"
#include "agents/web_server/web_server.h"

namespace hoplab::agent {
namespace {

using std::chrono::milliseconds;

std::string one_line(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text;
}

class Runner final : public Host {
 public:
  Result<CommandResult> run(const std::vector<std::string>& argv, milliseconds) override {
    int out[2];
    if (::pipe(out) != 0) return fail_errno("pipe", errno);
    const pid_t pid = spawn(argv, {}, out[1]);
    ::close(out[1]);
    CommandResult result;
    char buffer[4096];
    for (ssize_t got; (got = ::read(out[0], buffer, sizeof buffer)) > 0;) {
      result.output.append(buffer, static_cast<size_t>(got));
    }
    ::close(out[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.error_output = result.output;
    return result;
  }
  Status hold_program(std::string_view, int) override { return {}; }
  Status release_program(std::string_view) override { return {}; }
  Status signal_program(std::string_view name, int signal) override {
    ::kill(pids_[std::string(name)], signal);
    return {};
  }
  bool program_running(std::string_view name) const override {
    const auto found = pids_.find(std::string(name));
    return found != pids_.end() && ::kill(found->second, 0) == 0;
  }
  Status write(const ConfigFile& file) override {
    std::filesystem::create_directories(file.path.parent_path());
    std::ofstream(file.path) << file.content;
    std::filesystem::permissions(file.path, static_cast<std::filesystem::perms>(file.mode));
    return {};
  }
  void emit(hoplab::v1::DaemonEvent event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  void recheck() override {}

  void start(const Program& program) {
    pids_[program.name] = spawn(program.argv, program.environment, STDERR_FILENO);
    if (program.ready_file.empty()) return;
    const auto begin = std::chrono::steady_clock::now();
    const bool there = probe::settles(milliseconds(5000),
                                      [&] { return std::filesystem::exists(program.ready_file); });
    std::cerr << program.name << (there ? " ready after " : " NOT ready after ")
              << std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin)
                     .count()
              << " ms\n";
  }
  void print_events() {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events_) std::cout << one_line(event) << "\n";
    events_.clear();
  }
  void stop() {
    for (const auto& [name, pid] : pids_) {
      ::kill(pid, SIGTERM);
      ::waitpid(pid, nullptr, 0);
    }
  }

 private:
  static pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& extra,
                     int output) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    std::vector<char*> args;
    for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
    args.push_back(nullptr);
    for (const auto& variable : extra) ::putenv(const_cast<char*>(variable.c_str()));
    ::execv(args[0], args.data());
    ::_exit(127);
  }

  std::map<std::string, pid_t> pids_;
  std::mutex mutex_;
  std::vector<hoplab::v1::DaemonEvent> events_;
};

std::unique_ptr<Role> make(const hoplab::v1::NodeSpec& spec) {
  switch (spec.role_case()) {
    case hoplab::v1::NodeSpec::kDhcpServer:
      return make_dhcp_server(spec);
    case hoplab::v1::NodeSpec::kDnsServer:
      return make_dns_server(spec);
    case hoplab::v1::NodeSpec::kResolver:
      return make_resolver(spec);
    case hoplab::v1::NodeSpec::kGateway:
      return make_gateway(spec);
    case hoplab::v1::NodeSpec::kLoadBalancer:
      return make_load_balancer(spec);
    case hoplab::v1::NodeSpec::kWebServer:
      return make_web_server(spec);
    case hoplab::v1::NodeSpec::kSwitch:
      return make_switch(spec);
    default:
      return nullptr;
  }
}

void obey(Runner& runner, Role& role, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "conditions") {
    for (const auto& condition : role.conditions(runner)) std::cout << one_line(condition) << "\n";
  } else if (verb == "snapshot") {
    hoplab::v1::NodeState state;
    role.snapshot(runner, {}, state);
    std::cout << state.DebugString();
  } else if (verb == "flush") {
    role.flush_events(runner);
  } else if (verb == "events") {
    runner.print_events();
  } else if (verb == "forget") {
    hoplab::v1::ForgetRequest request;
    request.set_names(true);
    const auto done = role.forget(runner, request);
    std::cout << (done ? "ok" : done.error().what) << "\n";
  } else if (verb == "apply" || verb == "undo") {
    std::string text;
    std::getline(words, text);
    hoplab::v1::Fault fault;
    google::protobuf::TextFormat::ParseFromString(text, &fault);
    if (verb == "apply") {
      const auto done = role.apply(runner, fault);
      std::cout << (done ? "ok: " + *done : "error: " + done.error().what) << "\n";
    } else {
      const auto done = role.undo(runner, fault);
      std::cout << (done ? "ok" : "error: " + done.error().what) << "\n";
    }
  } else if (verb == "signal") {
    std::string program;
    int number = 0;
    words >> program >> number;
    (void)runner.signal_program(program, number);
  }
  std::cout << "." << std::endl;
}

int run(const char* spec_path) {
  std::ifstream file(spec_path);
  std::stringstream text;
  text << file.rdbuf();
  hoplab::v1::NodeSpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(text.str(), &spec)) return 2;
  Runner runner;
  {
    const auto role = make(spec);
    if (!role) return 2;
    for (const auto& config : role->files()) (void)runner.write(config);
    if (const auto prepared = role->prepare(runner); !prepared) {
      std::cerr << prepared.error().what << "\n";
      return 1;
    }
    for (const auto& program : role->programs()) runner.start(program);
    std::cout << "." << std::endl;
    for (std::string line; std::getline(std::cin, line);) obey(runner, *role, line);
  }
  runner.stop();
  return 0;
}

}  // namespace
}  // namespace hoplab::agent

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  return argc == 2 ? hoplab::agent::run(argv[1]) : 2;
}
