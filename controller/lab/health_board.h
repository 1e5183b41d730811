// What every node last said of its health. Each agent's health stream is read by a gRPC reactor (no
// thread a node); a stream that breaks is opened again. Thread-safe; waits have deadlines.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/lab/agents.h"

namespace hoplab::lab {

class HealthBoard {
 public:
  struct Entry {
    bool reachable = false;
    v1::Health health;
  };

  explicit HealthBoard(const Agents& agents) : agents_(agents) {}
  ~HealthBoard();  // ends the streams and waits for them
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  // Follows the node's stream from now on; a node followed already is followed anew.
  void follow(const std::string& node);
  void forget(const std::string& node);
  [[nodiscard]] Entry of(const std::string& node) const;
  [[nodiscard]] std::map<std::string, Entry> all() const;

  // Waits until `done` says so; called with the board once at the start and after each change,
  // together with the nodes that changed. False when the deadline passed or `stop` was set.
  bool wait(Clock::time_point deadline,
            const std::function<bool(const std::map<std::string, Entry>&,
                                     const std::vector<std::string>& changed)>& done,
            const std::function<bool()>& stop);

 private:
  class Reader;
  void update(const Reader* reader, const std::string& node, const v1::Health* health);
  void finished(Reader* reader);

  const Agents& agents_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, uint64_t> versions_;
  std::map<std::string, Reader*> readers_;
  size_t running_ = 0;
  bool closing_ = false;
};

}  // namespace hoplab::lab
