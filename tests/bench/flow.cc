#include "tests/bench/flow.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "agents/common/base/file_descriptor.h"
#include "tests/bench/sample.h"

namespace hoplab::bench {
namespace {

constexpr uint16_t kPort = 5201;
constexpr int kPatienceMs = 60'000;

[[noreturn]] void fail(const std::string& what) {
  throw Failure(fmt::format("{}: {}", what, std::strerror(errno)));
}

int check_call(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

void enter(pid_t pid) {
  const FileDescriptor ns(check_call(::open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY),
                                     "open a namespace"));
  check_call(::setns(ns.get(), CLONE_NEWNET), "enter a namespace");
}

sockaddr_in endpoint(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kPort);
  ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  return to;
}

FileDescriptor open_socket(int type) {
  return FileDescriptor(check_call(::socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket"));
}

void bind_here(const FileDescriptor& socket) {
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(kPort);
  check_call(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind");
}

bool readable(const FileDescriptor& from, int patience_ms) {
  pollfd wait{.fd = from.get(), .events = POLLIN, .revents = 0};
  return check_call(::poll(&wait, 1, patience_ms), "poll") > 0;
}

struct Pipe {
  FileDescriptor read, write;
  Pipe() {
    int ends[2];
    check_call(::pipe2(ends, O_CLOEXEC), "pipe");
    read = FileDescriptor(ends[0]);
    write = FileDescriptor(ends[1]);
  }
};

// A child in another namespace; a Failure in it ends it with 1.
class Child {
 public:
  Child(pid_t where, const std::function<void()>& work) : pid_(check_call(::fork(), "fork")) {
    if (pid_ != 0) return;
    try {
      enter(where);
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      const std::string text = std::string(error.what()) + "\n";
      const auto unused = ::write(2, text.data(), text.size());
      (void)unused;
      ::_exit(1);
    }
  }
  ~Child() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void end() {
    int state = 0;
    check_call(::waitpid(pid_, &state, 0), "waitpid");
    pid_ = -1;
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) throw Failure("an end of the flow failed");
  }

 private:
  pid_t pid_;
};

// Runs both ends; the receiver says when it listens, then what it got.
Delivered run(const FlowEnds& ends, const std::function<void(const Pipe&)>& receive,
              const std::function<void()>& send) {
  const Pipe report;
  Child receiver(ends.receiver, [&] { receive(report); });
  char ready = 0;
  if (!readable(report.read, kPatienceMs) || ::read(report.read.get(), &ready, 1) != 1) {
    throw Failure("the receiver did not begin");
  }
  Child sender(ends.sender, send);
  Delivered delivered;
  if (!readable(report.read, kPatienceMs) ||
      ::read(report.read.get(), &delivered, sizeof delivered) !=
          static_cast<ssize_t>(sizeof delivered)) {
    throw Failure("the receiver did not end");
  }
  sender.end();
  receiver.end();
  return delivered;
}

void say(const Pipe& report, const void* data, size_t size) {
  if (::write(report.write.get(), data, size) != static_cast<ssize_t>(size)) fail("report");
}

// Until the sender closes (TCP), or nothing has come for a while (UDP).
Delivered count(const FileDescriptor& from, int quiet_ms) {
  std::vector<char> buffer(1U << 18U);
  Delivered delivered;
  Stopwatch watch;
  double last = 0;
  bool begun = false;
  while (readable(from, begun ? quiet_ms : kPatienceMs)) {
    const ssize_t got = ::recv(from.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    if (!begun) watch = Stopwatch();
    begun = true;
    last = watch.seconds();
    delivered.bytes += static_cast<uint64_t>(got);
    ++delivered.packets;
  }
  delivered.seconds = last;
  return delivered;
}

}  // namespace

Delivered send_tcp(const FlowEnds& ends, uint64_t bytes) {
  Delivered delivered = run(
      ends,
      [&](const Pipe& report) {
        const FileDescriptor listener = open_socket(SOCK_STREAM);
        bind_here(listener);
        check_call(::listen(listener.get(), 1), "listen");
        say(report, "r", 1);
        if (!readable(listener, kPatienceMs)) throw Failure("nobody connected");
        const FileDescriptor peer(check_call(::accept(listener.get(), nullptr, nullptr), "accept"));
        const Delivered got = count(peer, kPatienceMs);
        say(report, &got, sizeof got);
      },
      [&] {
        const FileDescriptor socket = open_socket(SOCK_STREAM);
        const sockaddr_in to = endpoint(ends.address);
        check_call(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to),
                   "connect");
        const std::vector<char> data(1U << 17U, 'h');
        for (uint64_t sent = 0; sent < bytes;) {
          const size_t part = std::min<uint64_t>(data.size(), bytes - sent);
          sent += static_cast<uint64_t>(
              check_call(static_cast<int>(::send(socket.get(), data.data(), part, 0)), "send"));
        }
      });
  if (delivered.bytes != bytes) throw Failure("the TCP flow was cut short");
  delivered.packets = 0;
  return delivered;
}

Delivered send_udp(const FlowEnds& ends, uint32_t payload, double seconds) {
  return run(
      ends,
      [&](const Pipe& report) {
        const FileDescriptor socket = open_socket(SOCK_DGRAM);
        const int room = 1 << 25;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
        bind_here(socket);
        say(report, "r", 1);
        const Delivered got = count(socket, 500);
        say(report, &got, sizeof got);
      },
      [&] {
        const FileDescriptor socket = open_socket(SOCK_DGRAM);
        const sockaddr_in to = endpoint(ends.address);
        check_call(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to),
                   "connect");
        const std::vector<char> data(payload, 'h');
        const Stopwatch watch;
        while (watch.seconds() < seconds) {
          if (::send(socket.get(), data.data(), data.size(), 0) < 0 && errno != ENOBUFS) {
            fail("send");
          }
        }
      });
}

}  // namespace hoplab::bench
