#include "agents/common/events/unix_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace hoplab::agent {

Result<FileDescriptor> bind_unix(const std::filesystem::path& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path) {
    return fail(ErrorKind::kInvalid, "socket path " + text + " is too long");
  }
  text.copy(address.sun_path, text.size());
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return fail(ErrorKind::kInternal,
                "make " + path.parent_path().native() + ": " + error.message());
  }
  FileDescriptor fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("open a socket", errno);
  ::unlink(text.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind " + text, errno);
  }
  if (type == SOCK_STREAM && ::listen(fd.get(), 8) != 0) return fail_errno("listen " + text, errno);
  return fd;
}

Result<FileDescriptor> make_stop_event() {
  FileDescriptor fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return fail_errno("make an event descriptor", errno);
  return fd;
}

void signal_stop(const FileDescriptor& event) noexcept {
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its limit. Nothing reads it, so every poller sees it.
  [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof one);
}

bool readable_before_stop(int fd, int stop) noexcept {
  for (;;) {
    std::array<pollfd, 2> entries{{{fd, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(entries.data(), entries.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    return entries[1].revents == 0;
  }
}

}  // namespace hoplab::agent
