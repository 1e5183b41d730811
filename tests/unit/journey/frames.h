// Frames and messages written as hexadecimal digits, as RFCs and packet analysers print them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey::testing {

using Message = std::vector<uint8_t>;

// Blanks are for the reader.
inline Message hex(std::string_view digits) {
  Message bytes;
  int half = -1;
  for (const char c : digits) {
    if (c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (half < 0) {
      half = digit;
    } else {
      bytes.push_back(static_cast<uint8_t>(half * 16 + digit));
      half = -1;
    }
  }
  return bytes;
}

// Calls `decode` with every beginning of the message and with each of its bytes flipped. Each input
// has an allocation of its own, so that a sanitizer sees a read behind its end.
template <typename Decode>
void spoil(const Message& message, Decode decode) {
  for (size_t n = 0; n < message.size(); ++n) {
    const Message cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(n));
    decode(Bytes(cut));
    for (const unsigned mask : {0x01U, 0x80U, 0xffU}) {
      Message flipped = message;
      flipped[n] = static_cast<uint8_t>(flipped[n] ^ mask);
      decode(Bytes(flipped));
    }
  }
}

}  // namespace hoplab::journey::testing
