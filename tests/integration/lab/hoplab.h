// The hoplab program as a user runs it, for end-to-end tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "proto/controller.pb.h"
#include "proto/journey.pb.h"

namespace hoplab::test {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// The hoplab under test.
std::string binary();

// A running process; destroyed running, it is killed.
class Process {
 public:
  // Of hoplab, or of the program named.
  explicit Process(const std::vector<std::string>& arguments,
                   const std::string& program = binary());
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  void signal(int signal) const;
  [[nodiscard]] int pid() const { return pid_; }
  // Waits for the end; when the deadline passes it is killed and the exit code is -1.
  Outcome wait(std::chrono::seconds timeout);

 private:
  int pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

// `hoplab ARGUMENTS…`, to its end.
Outcome hoplab(const std::vector<std::string>& arguments,
               std::chrono::seconds timeout = std::chrono::seconds(150));
// `hoplab request client URL --format json OPTIONS…`; fails the test when there is no journey.
v1::Journey journey(const std::string& lab, const std::string& url,
                    const std::vector<std::string>& options = {});
// `hoplab trace NODE OPTIONS… --format json -- WORDS…`; fails the test when there is no journey, or
// when it leaves a frame unexplained.
v1::Journey trace(const std::string& lab, const std::string& node,
                  const std::vector<std::string>& words,
                  const std::vector<std::string>& options = {});
v1::LabList status(const std::string& lab);

// Why these tests cannot run here; empty when they can.
std::string why_not();

// What is left of a lab on this machine: containers, files, processes. Empty when nothing is.
std::string leftovers(const std::string& lab);

}  // namespace hoplab::test
