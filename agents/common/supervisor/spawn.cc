#include "agents/common/supervisor/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/supervisor/accounts.h"

namespace hoplab::agent {
namespace {

std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
  std::map<std::string, std::string> variables;
  const auto put = [&](const std::string& variable) {
    const auto equals = variable.find('=');
    if (equals != std::string::npos) variables[variable.substr(0, equals)] = variable;
  };
  for (char** variable = environ; *variable != nullptr; ++variable) put(*variable);
  for (const auto& variable : added) put(variable);
  std::vector<std::string> all;
  for (auto& [name, variable] : variables) all.push_back(std::move(variable));
  return all;
}

Result<std::string> find_program(const std::string& name,
                                 const std::vector<std::string>& environment) {
  if (name.find('/') != std::string::npos) return name;
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const auto& variable : environment) {
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  }
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + '/' + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return fail(ErrorKind::kNotFound, "run " + name + ": no such program in " + path);
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Failure {
  int error;
  char step[28];
};

// Everything the child needs, computed before the fork: between fork and exec of a process with
// threads only async-signal-safe calls may be made.
struct Plan {
  const char* program;
  char** argv;
  char** environment;
  const char* directory;
  const Account* account;
  int streams[3];
  int terminal;
  int report;  // closed by a successful exec
};

[[noreturn]] void give_up(const Plan& plan, const char* step) {
  Failure failure{errno, {}};
  std::strncpy(failure.step, step, sizeof failure.step - 1);
  [[maybe_unused]] const auto written = ::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

[[noreturn]] void become(const Plan& plan) {
  if (plan.terminal >= 0) {
    if (::setsid() < 0 || ::ioctl(plan.terminal, TIOCSCTTY, 0) != 0)
      give_up(plan, "take the terminal");
  } else if (::setpgid(0, 0) != 0) {
    give_up(plan, "make a process group");
  }
  for (int target = 0; target < 3; ++target) {
    // Sources are above 2 (spawn sees to it), so that none is overwritten before it is used.
    if (::dup2(plan.streams[target], target) < 0) give_up(plan, "place a standard stream");
  }
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // also what the agent itself inherited
  if (plan.account != nullptr) {
    if (::setgroups(plan.account->groups.size(), plan.account->groups.data()) != 0 ||
        ::setgid(plan.account->gid) != 0 || ::setuid(plan.account->uid) != 0) {
      give_up(plan, "change the user");
    }
  }
  if (::chdir(plan.directory) != 0) give_up(plan, "enter the directory");
  ::execve(plan.program, plan.argv, plan.environment);
  give_up(plan, "execute");
}

FileDescriptor above_standard(int fd) { return FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

}  // namespace

Result<pid_t> spawn(const Command& command) {
  if (command.argv.empty()) return fail(ErrorKind::kInvalid, "run a program: no command was given");
  auto environment = merged_environment(command.environment);
  const auto program = find_program(command.argv[0], environment);
  if (!program) return std::unexpected(program.error());

  std::optional<Account> account;
  if (!command.user.empty()) {
    auto found = find_account(command.user);
    if (!found) return std::unexpected(std::move(found.error()));
    account = std::move(*found);
    if (account->uid == 0 && account->gid == 0) account.reset();
  }
  const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::array wanted{command.input, command.output, command.error_output};
  std::array<FileDescriptor, 3> streams;
  for (size_t i = 0; i < 3; ++i) {
    const int source = command.terminal >= 0 ? command.terminal : wanted[i];
    streams[i] = above_standard(source >= 0 ? source : null.get());
    if (!streams[i]) return fail_errno("run " + *program + ": duplicate a stream", errno);
  }
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return fail_errno("run " + *program + ": pipe", errno);
  FileDescriptor report_in(report[0]);
  FileDescriptor report_out = above_standard(report[1]);
  ::close(report[1]);

  auto argv = command.argv;
  auto argv_pointers = pointers_to(argv);
  auto environment_pointers = pointers_to(environment);
  const std::string directory =
      command.working_directory.empty() ? "/" : command.working_directory.string();
  const Plan plan{program->c_str(),
                  argv_pointers.data(),
                  environment_pointers.data(),
                  directory.c_str(),
                  account ? &*account : nullptr,
                  {streams[0].get(), streams[1].get(), streams[2].get()},
                  command.terminal,
                  report_out.get()};

  // No signal may reach a handler of ours in the child before it has put the defaults back.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::_Fork();  // without atfork handlers: other threads may hold their locks
  const int fork_error = errno;
  if (pid == 0) become(plan);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno("run " + *program + ": fork", fork_error);
  if (command.terminal < 0) ::setpgid(pid, pid);  // whoever comes first: signals go to the group

  report_out.reset();
  Failure failure{};
  ssize_t got = 0;
  do {
    got = ::read(report_in.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof failure) return pid;
  ::waitpid(pid, nullptr, 0);  // may lose to the reaper, which then ignores it
  return fail(failure.error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kInternal,
              fmt::format("run {}: {}: {}", *program, failure.step, std::strerror(failure.error)));
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    const char* name = ::sigdescr_np(number);
    return fmt::format("signal {} ({})", number, name == nullptr ? "real-time" : name);
  }
  return fmt::format("status {}", WEXITSTATUS(wait_status));
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace hoplab::agent
