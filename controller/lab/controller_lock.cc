#include "controller/lab/controller_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>

namespace hoplab::lab {

// A POSIX record lock, not flock: the kernel tells its holder's pid, so no pid file can be stale.
// Such a lock is dropped when the process closes any descriptor of the file; only this class opens
// it.
Result<std::optional<ControllerLock>> ControllerLock::try_acquire(const Paths& paths) {
  FileDescriptor file(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return fail_errno("open " + paths.lock().string(), errno);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_SETLK, &lock) != 0) {
    if (errno == EACCES || errno == EAGAIN) return std::optional<ControllerLock>();
    return fail_errno("lock " + paths.lock().string(), errno);
  }
  ControllerLock acquired;
  acquired.file_ = std::move(file);
  return std::optional(std::move(acquired));
}

pid_t ControllerLock::holder(const Paths& paths) {
  const FileDescriptor file(::open(paths.lock().c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return 0;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

Status ControllerLock::end_holder(const Paths& paths, std::chrono::milliseconds grace) {
  const pid_t pid = holder(paths);
  if (pid <= 0) return {};
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // The pid could have been reused between the two calls only if the holder ended meanwhile.
  if (!process || holder(paths) != pid) return {};
  for (const auto& [signal, wait] :
       {std::pair{SIGTERM, grace}, std::pair{SIGKILL, std::chrono::milliseconds(5000)}}) {
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, static_cast<int>(wait.count())) == 1) return {};
  }
  return fail(ErrorKind::kTimeout, "the controller of " + paths.lab() + " (pid " +
                                       std::to_string(pid) + ") does not end");
}

}  // namespace hoplab::lab
