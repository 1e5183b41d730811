#include "agents/common/supervisor/children.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <csignal>

namespace hoplab::agent {
namespace {

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

}  // namespace

void block_child_signals() {
  const sigset_t set = child_signal();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Children::Children(EventLoop& loop) : loop_(loop) {
  const sigset_t set = child_signal();
  signals_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  loop_.watch(signals_.get(), [this] { reap(); });
}

Children::~Children() { loop_.unwatch(signals_.get()); }

Result<pid_t> Children::start(const Command& command, OnExit on_exit) {
  // Held over the spawn: a child that ends at once is not looked up before it is entered.
  const std::lock_guard lock(mutex_);
  auto pid = spawn(command);
  if (pid) exits_[*pid] = std::move(on_exit);
  return pid;
}

void Children::reap() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) > 0) {
  }
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    OnExit on_exit;
    {
      const std::lock_guard lock(mutex_);
      if (auto entry = exits_.extract(pid)) on_exit = std::move(entry.mapped());
    }
    if (on_exit) {
      on_exit(status);
    } else {
      ++orphans_;
    }
  }
}

}  // namespace hoplab::agent
