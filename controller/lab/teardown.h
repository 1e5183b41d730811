// Takes a lab away, from labels alone: no controller, no topology and no memory of how it was made
// are needed. Continues past errors and says what is left.
#pragma once

#include <string>
#include <vector>

#include "controller/lab/paths.h"
#include "controller/runtime/runtime.h"

namespace hoplab::lab {

struct TeardownReport {
  size_t containers = 0;              // removed
  bool existed = false;               // there was something to remove
  std::vector<std::string> problems;  // what could not be removed, and why
};

// Ends the lab's controller, then removes its containers (their namespaces and wires go with them)
// and its folder, and looks whether anything is left.
TeardownReport tear_down(runtime::Runtime& runtime, const Paths& paths);

// The same for a controller that gives up on its own lab: containers and files, but not itself.
TeardownReport remove_everything(runtime::Runtime& runtime, const Paths& paths);

}  // namespace hoplab::lab
