// Tries until something holds or the deadline passes, for daemons that take a changed configuration
// some milliseconds after they were told and say nothing when they have.
#pragma once

#include <chrono>
#include <thread>
#include <utility>

#include "agents/common/probe/deadline.h"

namespace hoplab::probe {

// True once `holds` returned true; false when it never did within the timeout.
template <typename Predicate>
bool settles(std::chrono::milliseconds timeout, Predicate&& holds) {
  const Deadline deadline(timeout);
  for (;;) {
    if (holds()) return true;
    if (deadline.passed()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace hoplab::probe
