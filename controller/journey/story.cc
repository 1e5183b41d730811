#include "controller/journey/story.h"

#include <fmt/format.h>

#include <algorithm>

namespace hoplab::journey {

v1::Explanation explain(v1::Fact check, v1::Fact result, v1::Fact consequence) {
  v1::Explanation e;
  if (!check.key().empty()) *e.mutable_check() = std::move(check);
  if (!result.key().empty()) *e.mutable_result() = std::move(result);
  if (!consequence.key().empty()) *e.mutable_consequence() = std::move(consequence);
  return e;
}

std::string duration_text(int64_t ns) {
  const auto value = static_cast<double>(ns);
  if (ns < 10'000) return fmt::format("{:.1f} µs", value / 1e3);
  if (ns < 1'000'000) return fmt::format("{:.0f} µs", value / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.1f} ms", value / 1e6);
  return fmt::format("{:.2f} s", value / 1e9);
}

uint32_t Story::add(Draft draft) {
  const auto number = static_cast<uint32_t>(drafts.size());
  for (const uint32_t trip : draft.trips) forest.trips[trip].exchange = number;
  drafts.push_back(std::move(draft));
  return number;
}

void Story::claim(uint32_t draft, uint32_t trip) {
  drafts[draft].trips.push_back(trip);
  forest.trips[trip].exchange = draft;
}

int64_t Story::start_of(const Draft& draft) const {
  int64_t start = INT64_MAX;
  for (const uint32_t t : draft.trips) start = std::min(start, forest.trips[t].start);
  return draft.trips.empty() ? 0 : start;
}
int64_t Story::end_of(const Draft& draft) const {
  int64_t end = 0;
  for (const uint32_t t : draft.trips) end = std::max(end, forest.trips[t].end);
  return end;
}

}  // namespace hoplab::journey
