#include <fmt/format.h>

#include "controller/journey/decode/dns_wire.h"

namespace hoplab::journey {
namespace {

// 255 bytes hold no more, and a pointer stands for at least one label.
constexpr unsigned kMostLabels = 127;

// RFC 1035 section 5.1: what would end or split a label is escaped.
void append_label(Bytes label, std::string& name) {
  for (const uint8_t b : label) {
    if (b >= 'A' && b <= 'Z') {
      name += static_cast<char>(b - 'A' + 'a');
    } else if (b == '.' || b == '\\' || b == '"' || b == ';' || b == '@' || b == '$' || b == '(' ||
               b == ')') {
      name += '\\';
      name += static_cast<char>(b);
    } else if (b > ' ' && b < 127) {
      name += static_cast<char>(b);
    } else {
      name += fmt::format("\\{:03}", b);
    }
  }
  name += '.';
}

}  // namespace

bool read_dns_name(Bytes message, size_t& at, std::string& name) {
  name.clear();
  size_t begin = at;  // of the run of labels being read
  size_t position = at;
  size_t wire_length = 1;
  unsigned jumps = 0;
  for (;;) {
    if (position >= message.size()) return false;
    const uint8_t length = message[position];
    if ((length & 0xc0U) == 0xc0U) {
      if (position + 1 >= message.size()) return false;
      if (jumps == 0) at = position + 2;
      if (++jumps > kMostLabels) return false;
      position = static_cast<size_t>(length & 0x3fU) << 8U | message[position + 1];
      if (position >= begin) return false;
      begin = position;
      continue;
    }
    if ((length & 0xc0U) != 0) return false;
    ++position;
    if (length == 0) break;
    wire_length += length + 1U;
    if (length > message.size() - position || wire_length > 255) return false;
    append_label(message.subspan(position, length), name);
    position += length;
  }
  if (name.empty()) name.push_back('.');
  if (jumps == 0) at = position;
  return true;
}

}  // namespace hoplab::journey
