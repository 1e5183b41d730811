// One tcpdump for each interface of a lab: its own process in the node's network namespace, its own
// file. Nothing of it is hoplab's.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hoplab::truth {

struct Dumped {
  int64_t time_ns = 0;
  std::string bytes;  // from the Ethernet header
};

// A running tcpdump; destroyed running, it is killed.
class Tcpdump {
 public:
  // `pid`: any process in the node. Returns at once.
  Tcpdump(int pid, std::string interface, std::filesystem::path file);
  ~Tcpdump();
  Tcpdump(const Tcpdump&) = delete;
  Tcpdump& operator=(const Tcpdump&) = delete;

  // tcpdump said that it listens.
  bool wait_listening(std::chrono::steady_clock::time_point deadline);
  // Asks (SIGUSR1) until all that the kernel gave it is written.
  bool wait_caught_up(std::chrono::steady_clock::time_point deadline);
  // SIGINT, and its last words: what is wrong with the capture; empty when nothing is.
  std::string stop(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::vector<Dumped> read() const;
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  bool read_until(const std::string& word, std::chrono::steady_clock::time_point deadline);

  std::filesystem::path file_;
  int pid_ = -1;
  int err_ = -1;
  std::string said_;
};

// Names of the wires in a process's network namespace, asked of the kernel.
std::vector<std::string> wires_of(int pid);

}  // namespace hoplab::truth
