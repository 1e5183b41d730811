#include "controller/lab/lease_keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "agents/common/base/file_descriptor.h"
#include "controller/lab/controller_lock.h"
#include "controller/lab/process.h"

extern char** environ;

namespace hoplab::lab {
namespace {

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void keep_lease(const Paths& paths, int64_t until_ns) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  std::string lab = "--lab=" + paths.lab();
  std::string until = fmt::format("--after={}", until_ns);
  char name[] = "hoplab";
  char command[] = "controller";
  char* argv[] = {name, command, lab.data(), until.data(), nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, self.c_str(), nullptr, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    spdlog::error("no lease keeper: {}", std::strerror(error));
    return;
  }
  std::thread([pid] { ::waitpid(pid, nullptr, 0); }).detach();  // no zombie while we live
}

int wait_for_lease(const Paths& paths, int64_t until_ns, const std::string& agent) {
  const FileDescriptor folder(::inotify_init1(IN_CLOEXEC));
  if (!folder || ::inotify_add_watch(folder.get(), paths.directory().c_str(), IN_DELETE_SELF) < 0) {
    return 0;  // the lab is gone already
  }
  for (int64_t left = until_ns - now_ns(); left > 0; left = until_ns - now_ns()) {
    pollfd gone{.fd = folder.get(), .events = POLLIN, .revents = 0};
    const auto wait_ms = std::min<int64_t>(left / 1'000'000 + 1, 3'600'000);
    if (::poll(&gone, 1, static_cast<int>(wait_ms)) > 0) return 0;
  }
  if (ControllerLock::holder(paths) != 0) return 0;  // it undoes the fault itself
  return run_controller(paths, agent, -1);
}

}  // namespace hoplab::lab
