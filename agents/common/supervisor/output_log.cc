#include "agents/common/supervisor/output_log.h"

#include <algorithm>

namespace hoplab::agent {

void OutputLog::append(std::string_view source, std::string_view text) {
  text = text.substr(0, kLongestLine);
  const std::lock_guard lock(mutex_);
  auto kept = bytes_.find(source);
  if (kept == bytes_.end()) kept = bytes_.emplace(source, 0).first;
  kept->second += text.size() + sizeof(Line);
  while (kept->second > limit_) {
    const auto oldest = std::find_if(lines_.begin(), lines_.end(),
                                     [&](const Line& line) { return line.source == source; });
    if (oldest == lines_.end()) break;
    kept->second -= oldest->text.size() + sizeof(Line);
    lines_.erase(oldest);
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  lines_.push_back(
      {next_++, std::chrono::nanoseconds(now).count(), std::string(source), std::string(text)});
  grown_.notify_all();
}

std::vector<OutputLog::Line> OutputLog::tail(size_t count) const {
  const std::lock_guard lock(mutex_);
  const size_t skip = count == 0 || count > lines_.size() ? 0 : lines_.size() - count;
  return {lines_.begin() + static_cast<std::ptrdiff_t>(skip), lines_.end()};
}

std::vector<OutputLog::Line> OutputLog::after(
    uint64_t number, std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  grown_.wait_until(lock, deadline, [&] { return next_ > number + 1; });
  const auto first = std::find_if(lines_.begin(), lines_.end(),
                                  [&](const Line& line) { return line.number > number; });
  return {first, lines_.end()};
}

std::string OutputLog::last_of(std::string_view source) const {
  const std::lock_guard lock(mutex_);
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->source == source) return line->text;
  }
  return {};
}

}  // namespace hoplab::agent
