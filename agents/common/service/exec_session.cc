#include "agents/common/service/exec_session.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>

#include "agents/common/service/files.h"
#include "agents/common/service/status.h"
#include "agents/common/service/terminal.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::ExecInput;
using hoplab::v1::ExecOutput;
constexpr size_t kMostPending = 256UL << 10U;  // of output, before the command has to wait
constexpr std::chrono::milliseconds kInputPause{5};
constexpr char kEndOfTransmission = 4;

struct Pipe {
  FileDescriptor in;
  FileDescriptor out;
};
Pipe make_pipe() {
  int fds[2] = {-1, -1};
  [[maybe_unused]] const int made = ::pipe2(fds, O_CLOEXEC);
  return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

class ExecSession : public grpc::ServerBidiReactor<ExecInput, ExecOutput>,
                    public std::enable_shared_from_this<ExecSession> {
 public:
  ExecSession(EventLoop& loop, Children& children) : loop_(loop), children_(children) {}

  void begin() {
    self_ = shared_from_this();
    StartRead(&input_);
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (!ok) {  // the caller says no more
      end_input();
      return;
    }
    if (pid_ == 0) {
      if (const auto started = start(input_.start()); !started) {
        finished_ = true;
        Finish(to_grpc(started));
        return;
      }
      StartRead(&input_);
      return;
    }
    switch (input_.what_case()) {
      case ExecInput::kInput:
        waiting_input_ = std::move(*input_.mutable_input());
        write_input();  // reads on when all is written
        return;
      case ExecInput::kEndOfInput:
        end_input();
        break;
      case ExecInput::kResize:
        if (terminal_)
          resize_terminal(streams_[0].get(), input_.resize().columns(), input_.resize().rows());
        break;
      case ExecInput::kSignal:
        if (!exited_ && input_.signal() > 0 && input_.signal() < NSIG)
          ::kill(-pid_, input_.signal());
        break;
      default:
        break;
    }
    StartRead(&input_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!pending_.empty()) {
      pending_bytes_ -= bytes_of(pending_.front());
      pending_.pop_front();
    }
    if (!ok) {
      drop_caller();
      return;
    }
    for (size_t i = 0; i < streams_.size(); ++i) listen(i);
    advance();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    drop_caller();
  }

  // The last reference may be this one: it goes on the loop's thread, and only after the lock,
  // which is a member of what goes.
  void OnDone() override {
    std::shared_ptr<ExecSession> self;
    EventLoop& loop = loop_;
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
      for (size_t i = 0; i < streams_.size(); ++i) close_stream(i);
      input_pipe_.reset();
      self = std::move(self_);
    }
    loop.post([self = std::move(self)] {});
  }

 private:
  static size_t bytes_of(const ExecOutput& output) {
    return output.output().size() + output.error_output().size();
  }

  Status start(const hoplab::v1::ExecStart& wanted) {
    Command command;
    command.argv = {wanted.command().begin(), wanted.command().end()};
    command.environment = ca_environment();
    terminal_ = wanted.terminal();
    if (terminal_) command.environment.emplace_back("TERM=xterm-256color");
    command.environment.insert(command.environment.end(), wanted.environment().begin(),
                               wanted.environment().end());
    Terminal terminal;
    Pipe in;
    Pipe out;
    Pipe error;
    if (terminal_) {
      auto opened = open_terminal(wanted.columns(), wanted.rows());
      if (!opened) return std::unexpected(std::move(opened.error()));
      terminal = std::move(*opened);
      command.terminal = terminal.subordinate.get();
    } else {
      in = make_pipe();
      out = make_pipe();
      error = make_pipe();
      if (!in.in || !out.in || !error.in) return fail_errno("exec: pipe", errno);
      command.input = in.in.get();
      command.output = out.out.get();
      command.error_output = error.out.get();
    }
    const auto pid = children_.start(
        command, [self = shared_from_this()](int wait_status) { self->ended(wait_status); });
    if (!pid) return std::unexpected(pid.error());
    pid_ = *pid;
    if (terminal_) {
      streams_[0] = std::move(terminal.master);
    } else {
      input_pipe_ = std::move(in.out);
      streams_[0] = std::move(out.in);
      streams_[1] = std::move(error.in);
      for (const int fd : {input_pipe_.get(), streams_[0].get(), streams_[1].get()}) {
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
      }
    }
    for (size_t i = 0; i < streams_.size(); ++i) listen(i);
    return {};
  }

  // All below with the lock held, except ended().
  void listen(size_t i) {
    if (!streams_[i] || listening_[i] || pending_bytes_ >= kMostPending) return;
    listening_[i] = true;
    loop_.watch(streams_[i].get(), [self = shared_from_this(), i] {
      const std::lock_guard lock(self->mutex_);
      self->read_stream(i);
      self->advance();
    });
  }
  void pause(size_t i) {
    if (listening_[i]) loop_.unwatch(streams_[i].get());
    listening_[i] = false;
  }
  void close_stream(size_t i) {
    if (!streams_[i]) return;
    pause(i);
    streams_[i].reset();
  }

  void read_stream(size_t i) {
    std::array<char, 16384> buffer;
    while (streams_[i]) {
      if (pending_bytes_ >= kMostPending && !exited_) {
        pause(i);
        return;
      }
      const ssize_t got = ::read(streams_[i].get(), buffer.data(), buffer.size());
      if (got > 0) {
        auto& output = pending_.emplace_back();
        (i == 0 ? output.mutable_output() : output.mutable_error_output())
            ->assign(buffer.data(), static_cast<size_t>(got));
        pending_bytes_ += static_cast<size_t>(got);
        continue;
      }
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      close_stream(i);  // the end; EIO on a terminal nobody holds any more
    }
  }

  void ended(int wait_status) {
    const std::lock_guard lock(mutex_);
    exited_ = true;
    exit_code_ = exit_code_of(wait_status);
    // What it wrote is in the pipes by now; what it left running is not waited for.
    for (size_t i = 0; i < streams_.size(); ++i) {
      read_stream(i);
      close_stream(i);
    }
    advance();
  }

  void advance() {
    if (writing_ || finished_) return;
    if (!pending_.empty()) {
      writing_ = true;
      StartWrite(&pending_.front());
    } else if (exited_ && !told_) {
      told_ = true;
      auto& output = pending_.emplace_back();
      output.set_exit_code(exit_code_);
      writing_ = true;
      StartWrite(&output);
    } else if (told_) {
      finished_ = true;
      Finish(grpc::Status::OK);
    }
  }

  void write_input() {
    const int fd = terminal_ ? streams_[0].get() : input_pipe_.get();
    while (fd >= 0 && !waiting_input_.empty()) {
      const ssize_t written = ::write(fd, waiting_input_.data(), waiting_input_.size());
      if (written < 0 && errno == EAGAIN && !finished_ && !exited_) {
        loop_.at(loop_.now() + kInputPause, [self = shared_from_this()] {
          const std::lock_guard lock(self->mutex_);
          self->write_input();
        });
        return;
      }
      if (written <= 0) break;
      waiting_input_.erase(0, static_cast<size_t>(written));
    }
    waiting_input_.clear();
    if (!finished_) StartRead(&input_);
  }

  void end_input() {
    if (terminal_ && streams_[0]) {
      [[maybe_unused]] const auto written = ::write(streams_[0].get(), &kEndOfTransmission, 1);
    }
    input_pipe_.reset();
  }

  void drop_caller() {
    if (pid_ != 0 && !exited_) ::kill(-pid_, SIGKILL);
    if (finished_) return;
    finished_ = true;
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller went away"));
  }

  EventLoop& loop_;
  Children& children_;
  std::shared_ptr<ExecSession> self_;
  std::mutex mutex_;
  ExecInput input_;
  pid_t pid_ = 0;
  bool terminal_ = false;
  FileDescriptor input_pipe_;
  std::array<FileDescriptor, 2> streams_;  // output, or the terminal; error output
  std::array<bool, 2> listening_{};
  std::string waiting_input_;
  std::deque<ExecOutput> pending_;
  size_t pending_bytes_ = 0;
  bool writing_ = false;
  bool exited_ = false;
  bool told_ = false;
  bool finished_ = false;
  int exit_code_ = -1;
};

}  // namespace

grpc::ServerBidiReactor<ExecInput, ExecOutput>* start_exec_session(EventLoop& loop,
                                                                   Children& children) {
  auto session = std::make_shared<ExecSession>(loop, children);
  session->begin();
  return session.get();
}

}  // namespace hoplab::agent
