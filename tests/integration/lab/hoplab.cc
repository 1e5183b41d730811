#include "tests/integration/lab/hoplab.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controller/lab/paths.h"
#include "controller/runtime/engine.h"
#include "tests/sentences/recorder.h"

extern char** environ;

namespace hoplab::test {
namespace {

namespace fs = std::filesystem;

std::string read_command_line(const fs::path& process) {
  std::ifstream in(process / "cmdline");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::ranges::replace(text, '\0', ' ');
  return text;
}

}  // namespace

std::string binary() { return HOPLAB_BINARY; }

Process::Process(const std::vector<std::string>& arguments, const std::string& program) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

void Process::signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

Outcome Process::wait(std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  Outcome outcome;
  bool open[] = {true, true};
  while (open[0] || open[1]) {
    pollfd waits[] = {{.fd = open[0] ? out_ : -1, .events = POLLIN, .revents = 0},
                      {.fd = open[1] ? err_ : -1, .events = POLLIN, .revents = 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(waits, 2, static_cast<int>(left.count())) == 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
      outcome.err += "\n[killed by the test: out of time]";
      return outcome;
    }
    for (const int i : {0, 1}) {
      if (waits[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t count = ::read(waits[i].fd, buffer, sizeof buffer);
      if (count <= 0) {
        open[i] = false;
      } else {
        (i == 0 ? outcome.out : outcome.err).append(buffer, static_cast<size_t>(count));
      }
    }
  }
  int state = 0;
  ::waitpid(pid_, &state, 0);
  pid_ = -1;
  outcome.exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  return outcome;
}

Outcome hoplab(const std::vector<std::string>& arguments, std::chrono::seconds timeout) {
  Outcome outcome = Process(arguments).wait(timeout);
  record_sentences(outcome.out);
  return outcome;
}

v1::Journey journey(const std::string& lab, const std::string& url,
                    const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"request", "client", url, "--lab", lab, "--format", "json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Outcome outcome = hoplab(arguments);
  v1::Journey journey;
  const auto parsed = google::protobuf::util::JsonStringToMessage(outcome.out, &journey);
  EXPECT_TRUE(parsed.ok()) << "no journey: exit " << outcome.exit_code << "\n" << outcome.err;
  return journey;
}

v1::Journey trace(const std::string& lab, const std::string& node,
                  const std::vector<std::string>& words, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"trace", node, "--lab", lab, "--format", "json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back("--");
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Outcome outcome = hoplab(arguments);
  v1::Journey journey;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &journey).ok())
      << "no journey: exit " << outcome.exit_code << "\n"
      << outcome.err;
  const auto& completeness = journey.completeness();
  EXPECT_EQ(completeness.left_over(), 0U) << completeness.DebugString();
  EXPECT_EQ(completeness.ring_drops(), 0U);
  return journey;
}

v1::LabList status(const std::string& lab) {
  const Outcome outcome = hoplab({"ps", lab, "--format", "json"});
  v1::LabList list;
  const auto parsed = google::protobuf::util::JsonStringToMessage(outcome.out, &list);
  EXPECT_TRUE(parsed.ok()) << "no status: exit " << outcome.exit_code << "\n" << outcome.err;
  return list;
}

std::string why_not() {
  if (::geteuid() != 0) return "needs root";
  const auto engine = runtime::Engine::connect();
  return engine ? "" : engine.error().what;
}

std::string leftovers(const std::string& lab) {
  std::string left;
  const auto engine = runtime::Engine::connect();
  if (!engine) return engine.error().what;
  const auto containers = (*engine)->list(lab::kLabLabel, lab);
  if (!containers) return containers.error().what;
  for (const auto& container : *containers) left += "container " + container.name + "\n";
  const lab::Paths paths(lab);
  if (fs::exists(paths.directory())) left += "folder " + paths.directory().string() + "\n";
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string command = read_command_line(entry.path());
    if (command.find("--lab=" + lab + " ") != std::string::npos) {
      left += "process " + entry.path().filename().string() + ": " + command + "\n";
    }
  }
  // Interfaces of ours that fell back into the host's namespace carry the mark of their lab.
  for (const auto& entry : fs::directory_iterator("/sys/class/net")) {
    std::ifstream in(entry.path() / "ifalias");
    std::string alias;
    if (std::getline(in, alias) && alias == "hoplab:" + lab) {
      left += "interface " + entry.path().filename().string() + "\n";
    }
  }
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(paths.directory().string() + "/") != std::string::npos)
      left += "mount " + line + "\n";
  }
  return left;
}

}  // namespace hoplab::test
