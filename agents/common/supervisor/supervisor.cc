#include "agents/common/supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "agents/common/supervisor/line_reader.h"

namespace hoplab::agent {
namespace {

constexpr std::chrono::milliseconds kReadyFilePause{10};
constexpr std::chrono::seconds kPatience{2};  // between a polite signal and SIGKILL

std::string_view text_of_exit(const std::string& last_exit) {
  return last_exit.empty() ? "it never ran" : std::string_view(last_exit);
}

}  // namespace

Supervisor::Supervisor(EventLoop& loop, Children& children, OutputLog& log,
                       std::function<void()> changed)
    : loop_(loop), children_(children), log_(log), changed_(std::move(changed)) {}

Supervisor::~Supervisor() {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    loop_.cancel(entry.timer);
    loop_.cancel(entry.limit);
  }
}

Supervisor::Entry* Supervisor::find(std::string_view name) {
  if (name.empty() && !entries_.empty()) return &entries_.front();
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.program.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}
const Supervisor::Entry* Supervisor::find(std::string_view name) const {
  return const_cast<Supervisor*>(this)->find(name);
}

void Supervisor::start(const std::vector<Program>& programs) {
  {
    const std::lock_guard lock(mutex_);
    entries_.reserve(programs.size());
    for (const auto& program : programs) {
      entries_.emplace_back();
      entries_.back().program = program;
    }
    start_what_can();
  }
  changed_();
}

void Supervisor::start_what_can() {
  for (auto& entry : entries_) {
    if (entry.state != State::kWaiting) continue;
    const bool can = std::ranges::all_of(entry.program.after, [&](const std::string& name) {
      const Entry* needed = find(name);
      return needed == nullptr || needed->state == State::kRunning;
    });
    if (can) launch(entry);
  }
}

void Supervisor::launch(Entry& entry) {
  if (!entry.program.ready_file.empty()) {
    std::error_code ignored;  // one that stayed behind from an earlier run says nothing
    std::filesystem::remove(entry.program.ready_file, ignored);
  }
  entry.started = loop_.now();
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) {
    ended(entry, fmt::format("no pipe for its output: {}", std::strerror(errno)));
    return;
  }
  FileDescriptor reading(fds[0]);
  const FileDescriptor writing(fds[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);

  Command command;
  command.argv = entry.program.argv;
  command.environment = entry.program.environment;
  command.user = entry.program.user;
  command.working_directory = entry.program.directory;
  command.output = command.error_output = writing.get();
  const auto index = static_cast<size_t>(&entry - entries_.data());
  const auto pid =
      children_.start(command, [this, index](int wait_status) { on_exit(index, wait_status); });
  if (!pid) {
    log_.append("agent", pid.error().what);
    ended(entry, pid.error().what);
    return;
  }
  entry.pid = *pid;
  log_lines(loop_, std::move(reading), log_, entry.program.name);
  if (entry.program.ready_file.empty()) {
    entry.state = State::kRunning;
  } else {
    entry.state = State::kStarting;
    entry.timer =
        loop_.at(loop_.now() + kReadyFilePause, [this, index] { look_for_ready_file(index); });
  }
}

void Supervisor::look_for_ready_file(size_t index) {
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[index];
    if (entry.state != State::kStarting) return;
    std::error_code ignored;
    if (!std::filesystem::exists(entry.program.ready_file, ignored)) {
      entry.timer =
          loop_.at(loop_.now() + kReadyFilePause, [this, index] { look_for_ready_file(index); });
      return;
    }
    entry.state = State::kRunning;
    start_what_can();
  }
  changed_();
}

// It does not run (any more): decides what comes next.
void Supervisor::ended(Entry& entry, const std::string& how) {
  loop_.cancel(entry.timer);
  entry.pid = 0;
  entry.last_exit = how;
  if (entry.state == State::kHeld || entry.state == State::kStopped) return;
  if (!entry.program.restart) {
    entry.state = State::kEnded;
    return;
  }
  entry.state = State::kPaused;
  const auto pause = entry.backoff.after_run(loop_.now() - entry.started);
  const auto index = static_cast<size_t>(&entry - entries_.data());
  entry.timer = loop_.at(loop_.now() + pause, [this, index] { pause_over(index); });
}

void Supervisor::pause_over(size_t index) {
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[index];
    if (entry.state != State::kPaused) return;
    ++entry.restarts;
    entry.state = State::kWaiting;
    start_what_can();
  }
  changed_();
}

void Supervisor::on_exit(size_t index, int wait_status) {
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[index];
    const auto ran = std::chrono::duration<double>(loop_.now() - entry.started).count();
    log_.append("agent", fmt::format("{} (pid {}) ended after {:.1f} s: {}", entry.program.name,
                                     entry.pid, ran, describe_exit(wait_status)));
    // What it left behind in its group goes with it: two of one daemon would fight for its sockets.
    ::kill(-entry.pid, SIGKILL);
    entry.succeeded = wait_status == 0;
    ended(entry, describe_exit(wait_status));
    exited_.notify_all();
  }
  changed_();
}

Result<std::string> Supervisor::hold(std::string_view name, int signal, Holder holder,
                                     std::chrono::milliseconds limit) {
  std::string held;
  {
    std::unique_lock lock(mutex_);
    Entry* entry = find(name);
    if (entry == nullptr) {
      return fail(ErrorKind::kNotFound, fmt::format("no program \"{}\" runs here", name));
    }
    held = entry->program.name;
    loop_.cancel(entry->timer);
    entry->state = State::kHeld;
    entry->holders |= static_cast<unsigned>(holder);
    if (limit.count() > 0) {
      loop_.cancel(entry->limit);
      const auto index = static_cast<size_t>(entry - entries_.data());
      entry->limit =
          loop_.at(loop_.now() + limit, [this, index, holder] { hold_forgotten(index, holder); });
    }
    const auto gone = [&] { return entry->pid == 0; };
    if (entry->pid != 0) ::kill(-entry->pid, signal);
    if (!exited_.wait_for(lock, kPatience, gone)) {
      ::kill(-entry->pid, SIGKILL);
      if (!exited_.wait_for(lock, kPatience, gone)) {
        return fail(ErrorKind::kTimeout, fmt::format("{} does not end, even by SIGKILL", held));
      }
    }
  }
  log_.append("agent", fmt::format("{} is held down", held));
  changed_();
  return held;
}

void Supervisor::hold_forgotten(size_t index, Holder holder) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    if ((entries_[index].holders & static_cast<unsigned>(holder)) == 0) return;
    name = entries_[index].program.name;
  }
  log_.append("agent", fmt::format("nobody asked for {} again: it is started", name));
  (void)release(name, holder);
}

Status Supervisor::release(std::string_view name, Holder holder) {
  {
    const std::lock_guard lock(mutex_);
    Entry* entry = find(name);
    if (entry == nullptr) {
      return fail(ErrorKind::kNotFound, fmt::format("no program \"{}\" runs here", name));
    }
    entry->holders &= ~static_cast<unsigned>(holder);
    if (entry->state != State::kHeld || entry->holders != 0) return {};
    entry->backoff.reset();
    if (holder == Holder::kFault) ++entry->restarts;  // a role's own holds are its daily work
    entry->state = State::kWaiting;
    start_what_can();
  }
  changed_();
  return {};
}

Status Supervisor::send_signal(std::string_view name, int signal) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(name);
  if (entry == nullptr || entry->pid == 0) {
    return fail(ErrorKind::kNotFound, fmt::format("signal {}: it does not run", name));
  }
  if (::kill(entry->pid, signal) != 0) return fail_errno(fmt::format("signal {}", name), errno);
  return {};
}

bool Supervisor::running(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(name);
  return entry != nullptr && entry->state == State::kRunning;
}

std::vector<hoplab::v1::DaemonStatus> Supervisor::statuses() const {
  const std::lock_guard lock(mutex_);
  std::vector<hoplab::v1::DaemonStatus> all;
  for (const auto& entry : entries_) {
    auto& status = all.emplace_back();
    status.set_name(entry.program.name);
    status.set_pid(entry.pid);
    status.set_running(entry.state == State::kRunning);
    status.set_restarts(entry.restarts);
    status.set_last_exit(entry.last_exit);
  }
  return all;
}

std::vector<hoplab::v1::Condition> Supervisor::conditions() const {
  const std::lock_guard lock(mutex_);
  std::vector<hoplab::v1::Condition> all;
  for (const auto& entry : entries_) {
    auto& condition = all.emplace_back();
    condition.set_name("program " + entry.program.name);
    condition.set_ok(entry.state == State::kRunning ||
                     (entry.state == State::kEnded && entry.succeeded));
    switch (entry.state) {
      case State::kWaiting:
        condition.set_detail(fmt::format("starts after {}", fmt::join(entry.program.after, ", ")));
        break;
      case State::kStarting:
        condition.set_detail(fmt::format("{} is not there yet", entry.program.ready_file.string()));
        break;
      case State::kRunning:
        break;
      case State::kPaused:
        condition.set_detail(
            fmt::format("ended ({}), is started again", text_of_exit(entry.last_exit)));
        break;
      case State::kHeld:
        condition.set_detail((entry.holders & static_cast<unsigned>(Holder::kFault)) != 0
                                 ? "killed, and held down by a fault"
                                 : "held down for the moment");
        break;
      case State::kEnded:
        condition.set_detail(fmt::format("ended ({})", text_of_exit(entry.last_exit)));
        break;
      case State::kStopped:
        condition.set_detail("stopped with the agent");
        break;
    }
  }
  return all;
}

void Supervisor::stop(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  const auto deadline = loop_.now() + grace;
  for (auto& entry : entries_) {
    loop_.cancel(entry.timer);
    loop_.cancel(entry.limit);
    entry.state = State::kStopped;
  }
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    const auto gone = [&] { return entry->pid == 0; };
    if (gone()) continue;
    ::kill(-entry->pid, SIGTERM);
    if (exited_.wait_until(lock, deadline, gone)) continue;
    log_.append("agent", fmt::format("{} ignored SIGTERM: killed", entry->program.name));
    ::kill(-entry->pid, SIGKILL);
    exited_.wait_for(lock, kPatience, gone);
  }
}

}  // namespace hoplab::agent
