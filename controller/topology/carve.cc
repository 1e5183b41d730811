#include "controller/topology/carve.h"

#include <algorithm>
#include <iterator>

namespace hoplab::topology {
namespace {

uint64_t first_of(const net::Prefix& p) { return p.network.value; }
uint64_t size_of(uint8_t length) { return uint64_t{1} << (32U - length); }
uint64_t end_of(const net::Prefix& p) { return first_of(p) + size_of(p.length); }
net::Prefix made(uint64_t first, uint8_t length) {
  return {{static_cast<uint32_t>(first)}, length};
}

}  // namespace

bool PrefixPool::reserve(const net::Prefix& part) {
  const auto after = used_.lower_bound(end_of(part));
  if (after != used_.begin() && std::prev(after)->second > first_of(part)) return false;
  used_.emplace(first_of(part), end_of(part));
  return true;
}

std::optional<net::Prefix> PrefixPool::take(uint8_t length) {
  if (length < whole_.length || length > 32) return std::nullopt;
  const uint64_t size = size_of(length);
  uint64_t candidate = first_of(whole_);
  for (const auto& [first, end] : used_) {
    if (candidate + size <= first) break;
    candidate = std::max(candidate, (end + size - 1) / size * size);
  }
  if (candidate + size > end_of(whole_)) return std::nullopt;
  used_.emplace(candidate, candidate + size);
  return made(candidate, length);
}

std::optional<net::Prefix> PrefixPool::take_last(uint8_t length) {
  if (length < whole_.length || length > 32) return std::nullopt;
  const uint64_t size = size_of(length);
  uint64_t candidate = end_of(whole_) - size;
  for (auto it = used_.rbegin(); it != used_.rend(); ++it) {
    if (it->second <= candidate) break;
    if (it->first >= candidate + size) continue;
    if (it->first < first_of(whole_) + size) return std::nullopt;
    candidate = (it->first - size) / size * size;
  }
  if (candidate < first_of(whole_)) return std::nullopt;
  used_.emplace(candidate, candidate + size);
  return made(candidate, length);
}

}  // namespace hoplab::topology
