#include "agents/common/netlink/namespace.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>

#include <cerrno>
#include <thread>

namespace hoplab::netlink {

Result<NetworkNamespace> NetworkNamespace::of_process(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/ns/net", pid);
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    const bool gone = errno == ENOENT || errno == ESRCH;
    return fail(gone ? ErrorKind::kUnavailable : ErrorKind::kInternal,
                fmt::format("open {}: {}", path, gone ? "no such process" : std::strerror(errno)));
  }
  return NetworkNamespace(std::move(fd));
}

Result<NetworkNamespace> NetworkNamespace::create() {
  FileDescriptor fd;
  int error = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) == 0) {
      fd = FileDescriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }
    if (!fd) error = errno;
  }).join();
  if (!fd) {
    return fail(error == EPERM ? ErrorKind::kEnvironment : ErrorKind::kInternal,
                fmt::format("make a network namespace: {}", std::strerror(error)),
                error == EPERM ? "run as root" : "");
  }
  return NetworkNamespace(std::move(fd));
}

Status enter(const NetworkNamespace& where) {
  if (::setns(where.fd(), CLONE_NEWNET) != 0) return fail_errno("enter network namespace", errno);
  return {};
}

Status NetworkNamespace::run(const std::function<Status()>& work) const {
  Status result;
  std::thread([&] {
    result = enter(*this);
    if (result) result = work();
  }).join();
  return result;
}

}  // namespace hoplab::netlink
