#include "agents/common/service/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdlib>

namespace hoplab::agent {

Result<Terminal> open_terminal(uint32_t columns, uint32_t rows) {
  Terminal terminal;
  terminal.master = FileDescriptor(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!terminal.master) return fail_errno("open a terminal", errno);
  int locked = 0;
  if (::ioctl(terminal.master.get(), TIOCSPTLCK, &locked) != 0) {
    return fail_errno("unlock a terminal", errno);
  }
  // By the descriptor, not by a path in /dev/pts: that may be another mount's.
  const int subordinate =
      ::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (subordinate < 0) return fail_errno("open a terminal's other side", errno);
  terminal.subordinate = FileDescriptor(subordinate);
  resize_terminal(terminal.master.get(), columns, rows);
  return terminal;
}

void resize_terminal(int master, uint32_t columns, uint32_t rows) {
  winsize size{};
  size.ws_col = static_cast<uint16_t>(columns == 0 ? 80 : columns);
  size.ws_row = static_cast<uint16_t>(rows == 0 ? 24 : rows);
  ::ioctl(master, TIOCSWINSZ, &size);
}

}  // namespace hoplab::agent
