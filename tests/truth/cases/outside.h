// What a test does to a lab from outside the product: commands in a node's network namespace,
// signals to its processes, and a server of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace hoplab::truth {

// The first process of a node's container.
pid_t process_of(const std::string& lab, const std::string& node);

// `sh -e` in the network namespace of that process; fails the test when it fails. Its output.
std::string inside(pid_t process, const std::string& script);
// On the machine itself.
std::string here(const std::string& command);

// Done at once, undone at the end of the scope.
class Change {
 public:
  Change(pid_t process, const std::string& script, std::string undo)
      : process_(process), undo_(std::move(undo)) {
    inside(process_, script);
  }
  ~Change() { inside(process_, undo_); }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

 private:
  pid_t process_;
  std::string undo_;
};

// Sends so many bytes to everyone who connects to a port of that process's network namespace and
// says something; a process of its own, ended with the scope.
class ByteServer {
 public:
  ByteServer(pid_t process, uint16_t port, size_t bytes);
  ~ByteServer();
  ByteServer(const ByteServer&) = delete;
  ByteServer& operator=(const ByteServer&) = delete;

 private:
  pid_t child_ = -1;
};

// Frames that an interface has received, as its kernel counts them.
uint64_t received(pid_t process, const std::string& interface);

// Whether `condition` came true before the deadline.
bool comes_true(const std::function<bool()>& condition, std::chrono::seconds timeout);

}  // namespace hoplab::truth
