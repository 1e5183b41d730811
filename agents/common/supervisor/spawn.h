// Starts one process. Not Boost.Process: the agent is PID 1 and reaps everything with one waitpid,
// which Boost.Process's own waiting would race with.
//
// The child has its own process group (its own session on a terminal), default signals, an empty
// signal mask, and only the three standard descriptors. There is no parent-death signal: the kernel
// ends every process of a container with its PID 1, and that signal is tied to the starting thread,
// which here may be one of gRPC's that comes and goes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::agent {

struct Command {
  std::vector<std::string> argv;            // argv[0] is looked for in PATH when it has no slash
  std::vector<std::string> environment;     // NAME=value, added to the agent's
  std::filesystem::path working_directory;  // empty: /
  std::string user;                         // as find_account; empty: root
  // Borrowed; -1: /dev/null.
  int input = -1;
  int output = -1;
  int error_output = -1;
  int terminal =
      -1;  // the subordinate side; when set it is all three, and the controlling terminal
};

// Thread-safe. Returns once the program runs: that it is not there, or may not be run, is an error.
// The caller sees to it that the child is reaped (Children does).
Result<pid_t> spawn(const Command& command);

// "status 1" or "signal 9 (Killed)".
std::string describe_exit(int wait_status);
// A shell's number for it: 128+n when ended by signal n.
int exit_code_of(int wait_status);

}  // namespace hoplab::agent
