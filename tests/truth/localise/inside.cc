#include "tests/truth/localise/inside.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

namespace hoplab::truth {
namespace {

namespace fs = std::filesystem;

std::string namespace_of(const fs::path& process) {
  std::error_code error;
  const auto link = fs::read_symlink(process / "ns/net", error);
  return error ? "" : link.string();
}

}  // namespace

Ran run_inside(int pid, const std::string& script, const std::string& kept) {
  Ran ran;
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return ran;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, out[1], 2);
  std::vector<std::string> words = {"nsenter", "--net=/proc/" + std::to_string(pid) + "/ns/net",
                                    "sh", "-ec", script};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                                        "KEPT=" + kept};
  std::vector<char*> environment;
  for (auto& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, "nsenter", &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  char buffer[4096];
  for (ssize_t got = 0; failed == 0 && (got = ::read(out[0], buffer, sizeof buffer)) > 0;) {
    ran.output.append(buffer, static_cast<size_t>(got));
  }
  ::close(out[0]);
  if (failed != 0) return ran;
  int state = 0;
  ::waitpid(child, &state, 0);
  ran.status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  while (ran.output.ends_with('\n')) ran.output.pop_back();
  return ran;
}

std::vector<int> programs_inside(int pid, const std::string& name) {
  std::vector<int> found;
  const std::string wanted = namespace_of("/proc/" + std::to_string(pid));
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string number = entry.path().filename();
    int process = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), process);
    if (error != std::errc{} || end != number.data() + number.size()) continue;
    std::ifstream in(entry.path() / "comm");
    std::string comm;
    if (std::getline(in, comm) && comm == name && namespace_of(entry.path()) == wanted) {
      found.push_back(process);
    }
  }
  return found;
}

}  // namespace hoplab::truth
