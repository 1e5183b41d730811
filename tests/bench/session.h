// What every measurement works with: the engine, a state folder of its own, labs whose names begin
// with "bench-", and the promise that none of it is left. Used by one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "controller/runtime/engine.h"
#include "tests/bench/sample.h"

namespace hoplab::bench {

inline constexpr const char* kAgent = HOPLAB_AGENT_BINARY;

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw Failure(result.error().what);
  return std::move(*result);
}
inline void check(const Status& status) {
  if (!status) throw Failure(status.error().what);
}

class Session {
 public:
  // Removes what an earlier run that was killed has left. Throws Failure when it cannot measure
  // here.
  Session();
  ~Session();  // removes every lab of this prefix, and the state folder
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] runtime::Engine& engine() const { return *engine_; }
  // Seconds. Failure with what the program said when it did not work.
  double up(const std::filesystem::path& topology, const std::string& lab) const;
  double down(const std::string& lab) const;
  // Writes a topology where the session's own cleaning finds it.
  [[nodiscard]] std::filesystem::path write_topology(const std::string& name,
                                                     const std::string& text) const;
  [[nodiscard]] std::vector<runtime::Container> containers(const std::string& lab) const;

 private:
  void clean() const noexcept;
  std::unique_ptr<runtime::Engine> engine_;
};

// Throws Failure once SIGINT or SIGTERM has arrived.
void throw_if_interrupted();

// What the command wrote; Failure when it did not end with 0.
std::string output_of(const std::string& command);

}  // namespace hoplab::bench
