#include "tests/truth/frames/tcpdump.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>

extern char** environ;

namespace hoplab::truth {
namespace {

using Clock = std::chrono::steady_clock;

struct Started {
  int pid = -1;
  int pipe = -1;
};
// The program's descriptor `captured` (1 or 2) is the pipe.
Started start(const std::vector<std::string>& words, int captured) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], captured);
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  for (auto& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  Started started{-1, ends[0]};
  if (::posix_spawnp(&started.pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) {
    started.pid = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  return started;
}

struct Counts {
  uint64_t captured = 0;
  uint64_t received = 0;
  uint64_t dropped = 0;
};
// From its last statistics, on one line or three; nothing when it said none.
std::optional<Counts> last_counts(const std::string& said) {
  static const std::regex kWords(
      R"((\d+) packets? captured[\s,]+(\d+) packets? received by filter[\s,]+(\d+) packets? dropped by kernel)");
  std::optional<Counts> counts;
  for (std::sregex_iterator i(said.begin(), said.end(), kWords), end; i != end; ++i) {
    counts = Counts{std::stoull((*i)[1]), std::stoull((*i)[2]), std::stoull((*i)[3])};
  }
  return counts;
}

}  // namespace

Tcpdump::Tcpdump(int pid, std::string interface, std::filesystem::path file)
    : file_(std::move(file)) {
  // Immediate: nothing waits in a block of the ring. 8 MiB a ring. As root: the file is ours.
  const Started started = start({"nsenter",
                                 "--target",
                                 std::to_string(pid),
                                 "--net",
                                 "--",
                                 "tcpdump",
                                 "-i",
                                 interface,
                                 "-n",
                                 "-s",
                                 "0",
                                 "-B",
                                 "8192",
                                 "-U",
                                 "--immediate-mode",
                                 "--time-stamp-precision=nano",
                                 "-Z",
                                 "root",
                                 "-w",
                                 file_.string()},
                                2);
  pid_ = started.pid;
  err_ = started.pipe;
}

Tcpdump::~Tcpdump() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (err_ >= 0) ::close(err_);
}

bool Tcpdump::read_until(const std::string& word, Clock::time_point deadline) {
  const size_t from = said_.size();
  while (said_.find(word, from) == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{.fd = err_, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[4096];
    const ssize_t count = ::read(err_, buffer, sizeof buffer);
    if (count <= 0) return false;
    said_.append(buffer, static_cast<size_t>(count));
  }
  return true;
}

bool Tcpdump::wait_listening(Clock::time_point deadline) {
  return pid_ > 0 && read_until("listening on", deadline);
}

bool Tcpdump::wait_caught_up(Clock::time_point deadline) {
  while (Clock::now() < deadline) {
    ::kill(pid_, SIGUSR1);
    if (!read_until("dropped by kernel", deadline)) return false;
    const auto counts = last_counts(said_);
    if (counts && counts->captured == counts->received) return true;
  }
  return false;
}

std::string Tcpdump::stop(Clock::time_point deadline) {
  ::kill(pid_, SIGINT);
  const bool spoke = read_until("dropped by kernel", deadline);
  if (!spoke) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  const auto counts = last_counts(said_);
  if (!spoke || !counts || status != 0) return "tcpdump did not end well: " + said_;
  if (counts->dropped != 0) return std::to_string(counts->dropped) + " packets dropped by kernel";
  return "";
}

std::vector<Dumped> Tcpdump::read() const {
  std::ifstream in(file_, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  const auto u32 = [&](size_t at) {  // in this machine's order, as tcpdump wrote it here
    uint32_t value = 0;
    std::memcpy(&value, all.data() + at, sizeof value);
    return value;
  };
  std::vector<Dumped> frames;
  constexpr uint32_t kNanoseconds = 0xa1b23c4d;
  if (all.size() < 24 || u32(0) != kNanoseconds) return frames;
  for (size_t at = 24; at + 16 <= all.size();) {
    const uint32_t kept = u32(at + 8);
    if (at + 16 + kept > all.size()) break;
    frames.push_back({int64_t{u32(at)} * 1'000'000'000 + u32(at + 4), all.substr(at + 16, kept)});
    at += 16 + kept;
  }
  return frames;
}

std::vector<std::string> wires_of(int pid) {
  const Started started = start({"nsenter", "--target", std::to_string(pid), "--net", "--", "ip",
                                 "-o", "link", "show", "type", "veth"},
                                1);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(started.pipe, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  ::close(started.pipe);
  if (started.pid > 0) ::waitpid(started.pid, nullptr, 0);
  // "2: eth0@if7: <BROADCAST,…"
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.find(": ");
    const size_t end = line.find_first_of("@:", begin + 2);
    if (begin != std::string::npos && end != std::string::npos) {
      names.push_back(line.substr(begin + 2, end - begin - 2));
    }
  }
  return names;
}

}  // namespace hoplab::truth
