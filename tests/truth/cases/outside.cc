#include "tests/truth/cases/outside.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

namespace hoplab::truth {
namespace {

std::string quoted(const std::string& text) {
  std::string q = "'";
  for (const char c : text) q += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return q + "'";
}

std::string run(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot run " << command;
    return output;
  }
  char buffer[4096];
  while (const size_t got = ::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  const int state = ::pclose(pipe);
  EXPECT_EQ(state, 0) << command << "\n" << output;
  return output;
}

std::string namespace_path(pid_t process) { return "/proc/" + std::to_string(process) + "/ns/net"; }

// Only ever returns by being killed.
[[noreturn]] void serve(int listener, size_t bytes) {
  const std::string head =
      "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
  std::string body(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) body[i] = static_cast<char>(i * 131 + i / 256 * 7);
  while (true) {
    const int client = ::accept(listener, nullptr, nullptr);
    if (client < 0) ::_exit(1);
    char request[4096];
    if (::read(client, request, sizeof request) > 0) {
      for (const std::string* part : {&head, &std::as_const(body)}) {
        size_t sent = 0;
        while (sent < part->size()) {
          const ssize_t n = ::send(client, part->data() + sent, part->size() - sent, MSG_NOSIGNAL);
          if (n <= 0) break;
          sent += static_cast<size_t>(n);
        }
      }
    }
    ::close(client);
  }
}

}  // namespace

pid_t process_of(const std::string& lab, const std::string& node) {
  const std::string text =
      run("docker inspect -f '{{.State.Pid}}' " + quoted("hoplab-" + lab + "-" + node));
  return static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
}

std::string inside(pid_t process, const std::string& script) {
  return run("nsenter --net=" + namespace_path(process) + " sh -ec " + quoted(script));
}

std::string here(const std::string& command) { return run(command); }

ByteServer::ByteServer(pid_t process, uint16_t port, size_t bytes) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return;
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int there = ::open(namespace_path(process).c_str(), O_RDONLY | O_CLOEXEC);
    if (there < 0 || ::setns(there, CLONE_NEWNET) != 0) ::_exit(1);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
        ::listen(listener, 16) != 0) {
      ::_exit(1);
    }
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
    serve(listener, bytes);
  }
  ::close(ready[1]);
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1) << "the server did not come up";
  ::close(ready[0]);
}

ByteServer::~ByteServer() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

uint64_t received(pid_t process, const std::string& interface) {
  std::istringstream lines(inside(process, "cat /proc/self/net/dev"));
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(interface + ":");
    if (colon == std::string::npos) continue;
    std::istringstream numbers(line.substr(colon + interface.size() + 1));
    uint64_t bytes = 0;
    uint64_t packets = 0;
    numbers >> bytes >> packets;
    return packets;
  }
  return 0;
}

bool comes_true(const std::function<bool()>& condition, std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace hoplab::truth
