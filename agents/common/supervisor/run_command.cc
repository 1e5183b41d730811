#include "agents/common/supervisor/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>

namespace hoplab::agent {
namespace {

constexpr size_t kMostOutput = 8UL << 20U;

struct Ended {
  FileDescriptor event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<int> status = 0;
};

struct Pipe {
  FileDescriptor in;
  FileDescriptor out;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return Pipe{FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

// Reads what is there; closes at the end of the stream.
void drain(FileDescriptor& from, std::string& into) {
  std::array<char, 16384> buffer;
  while (from) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got > 0) {
      const size_t room = kMostOutput - std::min(kMostOutput, into.size());
      into.append(buffer.data(), std::min(room, static_cast<size_t>(got)));
    } else if (got == 0) {
      from.reset();
    } else {
      if (errno != EAGAIN && errno != EINTR) from.reset();
      return;
    }
  }
}

}  // namespace

Result<CommandResult> run_command(Children& children, const Command& command,
                                  std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  auto error_output = make_pipe();
  if (!error_output) return std::unexpected(error_output.error());

  auto ended = std::make_shared<Ended>();
  Command piped = command;
  piped.output = output->out.get();
  piped.error_output = error_output->out.get();
  const auto pid = children.start(piped, [ended](int status) {
    ended->status = status;
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(ended->event.get(), &one, sizeof one);
  });
  if (!pid) return std::unexpected(pid.error());
  output->out.reset();
  error_output->out.reset();

  CommandResult result;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      ::kill(-*pid, SIGKILL);
      return fail(ErrorKind::kTimeout, "run " + command.argv[0] + ": no end within " +
                                           std::to_string(timeout.count()) + " ms");
    }
    std::array<pollfd, 3> waits{pollfd{ended->event.get(), POLLIN, 0},
                                pollfd{output->in.get(), POLLIN, 0},
                                pollfd{error_output->in.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return fail_errno("run " + command.argv[0] + ": poll", errno);
    }
    drain(output->in, result.output);
    drain(error_output->in, result.error_output);
    // What it left running may keep the pipes open; its own output is in them by now.
    if ((waits[0].revents & POLLIN) != 0) break;
  }
  drain(output->in, result.output);
  drain(error_output->in, result.error_output);
  result.exit_code = exit_code_of(ended->status);
  return result;
}

}  // namespace hoplab::agent
