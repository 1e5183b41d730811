#include "controller/cli/exec.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include "agents/common/base/file_descriptor.h"
#include "controller/cli/session.h"
#include "controller/cli/terminal.h"

namespace hoplab::cli {
namespace {

using Stream = grpc::ClientReaderWriter<v1::ExecInput, v1::ExecOutput>;

FileDescriptor watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGWINCH, SIGINT, SIGTERM}) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
}

void write_all(int fd, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count <= 0) return;
    done += static_cast<size_t>(count);
  }
}

// Standard input and signals go to the node until `end` is readable.
void feed(Stream& stream, const FileDescriptor& signals, const FileDescriptor& end) {
  std::array<char, 16384> buffer;
  bool input_open = true;
  while (true) {
    pollfd waits[] = {{.fd = input_open ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
                      {.fd = signals.get(), .events = POLLIN, .revents = 0},
                      {.fd = end.get(), .events = POLLIN, .revents = 0}};
    if (::poll(waits, 3, -1) < 0) continue;
    if (waits[2].revents != 0) return;
    v1::ExecInput message;
    if (waits[1].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals.get(), &info, sizeof info) != sizeof info) continue;
      if (info.ssi_signo == SIGWINCH) {
        const TerminalSize size = terminal_size();
        message.mutable_resize()->set_columns(size.columns);
        message.mutable_resize()->set_rows(size.rows);
      } else {
        message.set_signal(static_cast<int>(info.ssi_signo));
      }
      if (!stream.Write(message)) return;
    }
    if (waits[0].revents != 0) {
      const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (count > 0) {
        message.set_input(buffer.data(), static_cast<size_t>(count));
      } else {
        input_open = false;
        message.set_end_of_input(true);
      }
      if (!stream.Write(message)) return;
    }
  }
}

}  // namespace

int run_on_node(v1::Agent::Stub& agent, const std::vector<std::string>& command, bool terminal) {
  const FileDescriptor signals = watched_signals();
  const FileDescriptor end(::eventfd(0, EFD_CLOEXEC));
  grpc::ClientContext context;
  const auto stream = agent.Exec(&context);
  v1::ExecInput start;
  for (const auto& word : command) start.mutable_start()->add_command(word);
  if (terminal) {
    const TerminalSize size = terminal_size();
    start.mutable_start()->set_terminal(true);
    start.mutable_start()->set_columns(size.columns);
    start.mutable_start()->set_rows(size.rows);
    const char* type = std::getenv("TERM");
    start.mutable_start()->add_environment(std::string("TERM=") +
                                           (type != nullptr ? type : "xterm"));
  }
  const std::unique_ptr<RawTerminal> raw = terminal ? std::make_unique<RawTerminal>() : nullptr;
  stream->Write(start);
  std::jthread feeder([&] { feed(*stream, signals, end); });
  int exit_code = 1;
  for (v1::ExecOutput output; stream->Read(&output);) {
    if (output.has_exit_code()) exit_code = output.exit_code();
    write_all(STDOUT_FILENO, output.output());
    write_all(STDERR_FILENO, output.error_output());
  }
  const uint64_t one = 1;
  if (::write(end.get(), &one, sizeof one) < 0) context.TryCancel();
  feeder.join();
  check(stream->Finish());
  return exit_code;
}

}  // namespace hoplab::cli
