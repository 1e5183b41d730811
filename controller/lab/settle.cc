// Waiting: until every node is ready, and until nothing is left over of what disturbed the lab.
#include <fmt/format.h>

#include <algorithm>

#include "controller/lab/lab.h"

namespace hoplab::lab {
namespace {

constexpr Duration kSnapshotTimeout = std::chrono::seconds(20);

}  // namespace

Status Lab::wait_ready(Duration timeout, const Stop& stop) {
  std::string waiting;
  const bool ready = health_.wait(
      Clock::now() + timeout,
      [&](const auto& board, const auto&) {
        for (const auto& name : running()) {
          const auto entry = board.find(name);
          if (entry != board.end() && entry->second.health.state() == v1::Health::READY) continue;
          waiting = entry == board.end() || !entry->second.reachable
                        ? name + ": its agent does not answer"
                        : name + ": " + entry->second.health.waiting_for();
          return false;
        }
        return true;
      },
      stop);
  if (ready) return {};
  if (stop()) return fail(ErrorKind::kInterrupted, "interrupted while waiting for " + waiting);
  return fail(ErrorKind::kTimeout,
              fmt::format("not ready after {} s: {}", timeout.count() / 1000, waiting),
              "`hoplab ps` shows every node, `hoplab logs NODE` what its daemons say");
}

Status Lab::settle(Duration timeout, const Stop& stop) {
  constexpr Duration kLookAgain(200);  // nothing tells when a session was heard again
  const auto deadline = Clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    if (Status ready = wait_ready(std::max(left, Duration(0)), stop); !ready) return ready;
    const auto states = agents_.call_each<v1::SnapshotRequest, v1::NodeState>(
        running(), &v1::Agent::StubInterface::async_interface::Snapshot,
        [](const std::string&) { return v1::SnapshotRequest(); }, kSnapshotTimeout);
    std::string waiting;
    for (const auto& [name, state] : states) {
      if (!state) return std::unexpected(state.error());
      if (state->health().state() != v1::Health::READY) {
        waiting = name + ": " + state->health().waiting_for();
      }
    }
    if (waiting.empty()) return {};
    if (stop()) return fail(ErrorKind::kInterrupted, "interrupted while waiting for " + waiting);
    if (Clock::now() >= deadline) {
      return fail(ErrorKind::kTimeout,
                  fmt::format("not settled after {} s: {}", timeout.count() / 1000, waiting));
    }
    health_.wait(
        std::min(deadline, Clock::now() + kLookAgain),
        [](const auto&, const auto&) { return false; }, stop);
  }
}

}  // namespace hoplab::lab
