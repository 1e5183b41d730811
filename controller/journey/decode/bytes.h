// Reading network byte order from a span, never past its end: a short read gives zero and clears
// ok(). Also the hash that frames are joined by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace hoplab::journey {

using Bytes = std::span<const uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Reader {
 public:
  explicit Reader(Bytes bytes, size_t at = 0) : bytes_(bytes), at_(at) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] size_t left() const { return at_ < bytes_.size() ? bytes_.size() - at_ : 0; }

  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u24() { return static_cast<uint32_t>(number(3)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u48() { return number(6); }
  uint64_t u64() { return number(8); }
  // Fewer than asked when the end comes first.
  Bytes take(size_t count) {
    if (count > left()) {
      ok_ = false;
      count = left();
    }
    const Bytes part = count == 0 ? Bytes{} : bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  void skip(size_t count) { take(count); }

 private:
  uint64_t number(size_t count) {
    uint64_t value = 0;
    if (count > left()) {
      ok_ = false;
      return 0;
    }
    for (size_t i = 0; i < count; ++i) value = value << 8U | bytes_[at_ + i];
    at_ += count;
    return value;
  }

  Bytes bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

// Multiply and fold; good enough to join on, not against someone who builds collisions on purpose:
// those make frames look alike, never a read out of bounds.
inline uint64_t mix(uint64_t a, uint64_t b) {
  const auto product =
      static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15ULL) * (b ^ 0xd6e8feb86659fd93ULL);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64U);
}

// Four words at a time in lanes that do not wait for each other: frames are hashed whole.
inline uint64_t hash_bytes(Bytes bytes) {
  const auto word = [&](size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, 8);
    return value;
  };
  uint64_t h = mix(bytes.size(), 0x2545f4914f6cdd1dULL);
  size_t i = 0;
  if (bytes.size() >= 64) {
    uint64_t lanes[4] = {h, h ^ 0x8ebc6af09c88c6e3ULL, h ^ 0x589965cc75374cc3ULL,
                         h ^ 0x1d8e4e27c47d124fULL};
    for (; i + 32 <= bytes.size(); i += 32) {
      for (size_t lane = 0; lane < 4; ++lane) lanes[lane] = mix(lanes[lane], word(i + 8 * lane));
    }
    h = mix(mix(lanes[0], lanes[1]), mix(lanes[2], lanes[3]));
  }
  for (; i + 8 <= bytes.size(); i += 8) h = mix(h, word(i));
  uint64_t rest = 0;
  for (unsigned shift = 0; i < bytes.size(); ++i, shift += 8) {
    rest |= static_cast<uint64_t>(bytes[i]) << shift;
  }
  return mix(h, rest);
}

}  // namespace hoplab::journey
