#include "controller/cli/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/base/read_file.h"
#include "agents/common/service/status.h"
#include "controller/cli/installation.h"
#include "controller/fault/duration.h"
#include "controller/fault/nearest.h"
#include "controller/lab/agents.h"
#include "controller/lab/controller_lock.h"

extern char** environ;

namespace hoplab::cli {
namespace {

namespace fs = std::filesystem;
constexpr int kStartTimeoutMs = 20000;
constexpr auto kConnectTimeout = std::chrono::seconds(20);
constexpr auto kAgentTimeout = std::chrono::seconds(2);
constexpr size_t kMostLastWords = 16 * 1024;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// One line from the pipe, or what kept it from coming.
std::string read_line(const FileDescriptor& pipe) {
  std::string line;
  char byte = 0;
  pollfd wait{.fd = pipe.get(), .events = POLLIN, .revents = 0};
  while (::poll(&wait, 1, kStartTimeoutMs) == 1) {
    if (::read(pipe.get(), &byte, 1) != 1) return line.empty() ? "it ended at once" : line;
    if (byte == '\n') return line;
    line += byte;
  }
  return "it did not start within " + std::to_string(kStartTimeoutMs / 1000) + " s";
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
      return 2;
    case ErrorKind::kEnvironment:
      return 3;
    case ErrorKind::kInterrupted:
      return 130;
    case ErrorKind::kInternal:
    case ErrorKind::kTimeout:
    case ErrorKind::kUnavailable:
      return 1;
  }
  return 1;
}

void check(const grpc::Status& status) {
  if (status.ok()) return;
  Error error = from_grpc(status);
  if (error.kind == ErrorKind::kUnavailable && error.remedy.empty()) {
    error.remedy = "it went away meanwhile; `hoplab ps` says how the lab is";
  }
  throw Failure(std::move(error));
}

void require_root() {
  if (::geteuid() == 0) return;
  throw Failure({ErrorKind::kEnvironment, "this needs root: namespaces and wires are the kernel's",
                 "run it with sudo"});
}

uint32_t milliseconds_of(const std::string& duration) {
  const auto parsed =
      std::chrono::ceil<std::chrono::milliseconds>(value_of(fault::parse_duration(duration)));
  if (parsed.count() == 0) {
    throw Failure(
        {ErrorKind::kInvalid, "a timeout of 0 leaves no time", "for example --timeout 30s"});
  }
  return static_cast<uint32_t>(parsed.count());
}

lab::Paths find_lab(const std::string& name) {
  require_root();
  const auto labs = lab::Paths::labs();
  if (!name.empty()) {
    if (std::ranges::find(labs, name) == labs.end()) {
      throw Failure(
          {ErrorKind::kNotFound, "there is no lab " + name,
           labs.empty() ? "`hoplab up TOPOLOGY` starts one" : "running: " + joined(labs)});
    }
    return lab::Paths(name);
  }
  if (labs.empty()) {
    throw Failure({ErrorKind::kNotFound, "no lab is running", "`hoplab up TOPOLOGY` starts one"});
  }
  if (labs.size() > 1) {
    throw Failure({ErrorKind::kInvalid, "several labs are running: " + joined(labs),
                   "say which with --lab NAME"});
  }
  return lab::Paths(labs.front());
}

void start_controller(const lab::Paths& paths) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw Failure({ErrorKind::kInternal, "cannot make a pipe", ""});
  FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, paths.log().c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);

  const std::string self = fs::read_symlink("/proc/self/exe");
  std::string lab_argument = "--lab=" + paths.lab();
  const char* argv[] = {"hoplab", "controller", lab_argument.c_str(), "--ready-fd=3", nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, self.c_str(), &actions, &attributes,
                                  const_cast<char* const*>(argv), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    throw Failure(
        {ErrorKind::kInternal, fmt::format("start {}: {}", self, std::strerror(error)), ""});
  }
  writer.reset();
  const std::string answer = read_line(reader);
  if (answer == "ok") return;
  int status = 0;
  const bool ended = ::waitpid(pid, &status, WNOHANG) == pid;
  const ErrorKind kind = ended && WIFEXITED(status) && WEXITSTATUS(status) == 3
                             ? ErrorKind::kEnvironment
                             : ErrorKind::kInternal;
  throw Failure({kind, fmt::format("the controller of {} did not start: {}", paths.lab(), answer),
                 "its log: " + paths.log().string()});
}

// Whoever holds the lock may be about to listen, or about to die: only a connection is proof.
std::unique_ptr<v1::Controller::Stub> controller_of(const lab::Paths& paths) {
  const auto channel = lab::local_channel(paths.controller_target());
  const auto deadline = lab::Clock::now() + kConnectTimeout;
  while (lab::Clock::now() < deadline) {
    if (lab::ControllerLock::holder(paths) == 0) start_controller(paths);
    if (channel->WaitForConnected(lab::deadline_in(std::chrono::seconds(1)))) {
      return v1::Controller::NewStub(channel);
    }
  }
  throw Failure({ErrorKind::kTimeout,
                 fmt::format("the controller of {} does not answer", paths.lab()),
                 "its log: " + paths.log().string()});
}

std::unique_ptr<v1::Agent::Stub> agent_of(const lab::Paths& paths, const std::string& node) {
  if (!fs::exists(paths.node(node))) {
    std::vector<std::string> nodes;
    for (const auto& entry : fs::directory_iterator(paths.directory() / "nodes")) {
      nodes.push_back(entry.path().filename());
    }
    std::ranges::sort(nodes);
    throw Failure({ErrorKind::kNotFound, fmt::format("lab {} has no node {}", paths.lab(), node),
                   "its nodes: " + joined(nodes)});
  }
  const auto channel = lab::local_channel(paths.agent_target(node));
  if (!channel->WaitForConnected(lab::deadline_in(kAgentTimeout))) {
    std::string said = read_foreign_file(paths.last_words(node), kMostLastWords).value_or("");
    if (!said.empty()) {
      said = "\n  its agent said last: " + said.substr(0, said.find_last_not_of('\n') + 1);
    }
    throw Failure({ErrorKind::kUnavailable, fmt::format("{} does not run{}", node, said),
                   "`hoplab ps` and `hoplab fault list` say why; `hoplab up` starts it again"});
  }
  return v1::Agent::NewStub(channel);
}

}  // namespace hoplab::cli
