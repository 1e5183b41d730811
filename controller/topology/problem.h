// What is wrong with a topology, where, and what to write instead. Values only; no I/O.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::topology {

// A position in the file, both counted from 1.
struct Place {
  int line = 1;
  int column = 1;
  auto operator<=>(const Place&) const = default;
};

struct Problem {
  std::string file;
  int line = 1;
  int column = 1;
  std::string message;
  std::string suggestion;  // may be empty
};

// "file:line:column: message (suggestion)".
std::string to_string(const Problem& problem);

// Collects every problem of one file. Not thread-safe.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  // Beyond a thousand, further ones are dropped: nobody reads them, and hostile input makes them.
  void add(Place at, std::string message, std::string suggestion = {});
  [[nodiscard]] bool empty() const { return found_.empty(); }
  // In order of the file, without repetitions.
  std::vector<Problem> take();

 private:
  std::string file_;
  std::vector<Problem> found_;
};

// The candidate nearest to the word by edit distance; empty when none is near enough to be a slip.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);
// "did you mean 'x'?" with the candidate nearest to the word by edit distance; empty when none is
// near enough to be a slip.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// Text of the user's for a message: in single quotes, shortened, control characters replaced.
std::string in_quotes(std::string_view text);

// "a, b or c".
std::string one_of(std::span<const std::string_view> words);

}  // namespace hoplab::topology
