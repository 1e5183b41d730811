#include "tests/integration/router/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "agents/common/base/file_descriptor.h"

namespace hoplab::router::testing {

Ended run(const std::vector<std::string>& argv) {
  static constexpr std::array kDeadline{"timeout", "-k", "5", "120"};  // seconds
  std::vector<char*> arguments;
  for (const char* word : kDeadline) arguments.push_back(const_cast<char*>(word));
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  if (failed != 0) return {};

  Ended ended;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = ::read(reading.get(), buffer.data(), buffer.size())) > 0;) {
    ended.output.append(buffer.data(), static_cast<size_t>(n));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  while (ended.output.ends_with('\n')) ended.output.pop_back();
  return ended;
}

}  // namespace hoplab::router::testing
