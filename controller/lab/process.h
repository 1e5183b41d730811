// The controller as a process: runs until told to end by SIGTERM, SIGINT or Shutdown.
#pragma once

#include <string>

#include "controller/lab/paths.h"

namespace hoplab::lab {

// Takes the lab's lock, serves, and returns the exit code. `ready_fd`, when not negative, is given
// one line as soon as the controller can be called: "ok", or the error; then it is closed.
int run_controller(const Paths& paths, const std::string& agent, int ready_fd);

}  // namespace hoplab::lab
