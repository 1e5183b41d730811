#include "controller/topology/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace hoplab::topology {
namespace {

constexpr size_t kMostProblems = 1000;
constexpr size_t kLongestWord = 64;

// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text =
      fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
  if (!problem.suggestion.empty()) text += fmt::format(" ({})", problem.suggestion);
  return text;
}

void Problems::add(Place at, std::string message, std::string suggestion) {
  if (found_.size() >= kMostProblems) return;
  found_.push_back({file_, at.line, at.column, std::move(message), std::move(suggestion)});
}

std::vector<Problem> Problems::take() {
  const auto key = [](const Problem& p) { return std::tie(p.line, p.column, p.message); };
  std::stable_sort(found_.begin(), found_.end(),
                   [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
  const auto end =
      std::unique(found_.begin(), found_.end(),
                  [&](const Problem& a, const Problem& b) { return key(a) == key(b); });
  found_.erase(end, found_.end());
  return std::exchange(found_, {});
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  size_t distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t gap = word.size() > candidate.size() ? word.size() - candidate.size()
                                                      : candidate.size() - word.size();
    if (gap >= distance || candidate == word) continue;
    const size_t d = edit_distance(word, candidate);
    if (d < distance) {
      distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view best = nearest(word, candidates);
  return best.empty() ? std::string() : fmt::format("did you mean {}?", in_quotes(best));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return did_you_mean(word, std::span<const std::string_view>(views));
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kLongestWord)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  if (text.size() > kLongestWord) out += "…";
  return out + "'";
}

std::string one_of(std::span<const std::string_view> words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace hoplab::topology
