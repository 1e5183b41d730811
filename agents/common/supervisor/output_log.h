// What the programs of a node and the agent said lately: lines in memory, bounded for each source
// so that a chatty daemon cannot push out what a quiet one said.
//
// Thread-safe. Nothing fails: a line too long is cut, the oldest lines go first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::agent {

class OutputLog {
 public:
  struct Line {
    uint64_t number = 0;  // counts up over all sources, from 1
    int64_t time_ns = 0;  // CLOCK_REALTIME
    std::string source;
    std::string text;
  };
  static constexpr size_t kLongestLine = 4096;

  explicit OutputLog(size_t bytes_per_source = 64 * 1024) : limit_(bytes_per_source) {}

  void append(std::string_view source, std::string_view text);
  // The last `count` lines kept; 0: all.
  [[nodiscard]] std::vector<Line> tail(size_t count) const;
  // Lines numbered above `number`; waits for one until the deadline.
  [[nodiscard]] std::vector<Line> after(uint64_t number,
                                        std::chrono::steady_clock::time_point deadline) const;
  // The last line of a source; empty when there is none.
  [[nodiscard]] std::string last_of(std::string_view source) const;

 private:
  const size_t limit_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  uint64_t next_ = 1;
  std::deque<Line> lines_;
  std::map<std::string, size_t, std::less<>> bytes_;
};

}  // namespace hoplab::agent
