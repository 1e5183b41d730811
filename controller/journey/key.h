// One sentence the engine can say.
#pragma once

#include <array>
#include <string_view>

namespace hoplab::journey {

struct Key {
  std::string_view key;
  std::string_view args;     // names, separated by one space
  std::string_view english;  // {name} is replaced, {name:one|many} by its word for 1 or more
};

template <size_t N, size_t M>
constexpr std::array<Key, N + M> joined(const std::array<Key, N>& a, const std::array<Key, M>& b) {
  std::array<Key, N + M> all{};
  for (size_t i = 0; i < N; ++i) all[i] = a[i];
  for (size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

}  // namespace hoplab::journey
