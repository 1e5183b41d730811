#include "controller/topology/ranges.h"

#include <algorithm>
#include <array>

namespace hoplab::topology {
namespace {

constexpr net::Prefix prefix(uint32_t a, uint32_t b, uint32_t c, uint8_t length) {
  return {{a << 24U | b << 16U | c << 8U}, length};
}
constexpr std::array kRanges{prefix(10, 0, 0, 8),     prefix(172, 16, 0, 12),
                             prefix(192, 168, 0, 16), prefix(100, 64, 0, 10),
                             prefix(192, 0, 2, 24),   prefix(198, 51, 100, 24),
                             prefix(203, 0, 113, 24), prefix(198, 18, 0, 15)};

const std::array kRanges6{net::IpPrefix{{0x2001'0db8'0000'0000, 0}, 32},
                          net::IpPrefix{{0x3fff'0000'0000'0000, 0}, 20},
                          net::IpPrefix{{0xfd00'0000'0000'0000, 0}, 8}};

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool lab_range(const net::Prefix& p) {
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const net::Prefix& range) { return range.contains(p); });
}

std::string lab_range_hint() {
  return "use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 192.0.2.0/24, "
         "198.51.100.0/24, 203.0.113.0/24 or 198.18.0.0/15";
}

bool lab_range6(const net::IpPrefix& p) {
  return std::any_of(kRanges6.begin(), kRanges6.end(),
                     [&](const net::IpPrefix& range) { return range.contains(p); });
}

std::string_view unfit(const net::IpAddress& a) {
  const uint32_t v4 = a.is_v4() ? a.v4().value : 0;
  if (a.is_unspecified()) return "the unspecified address, which nobody has";
  if (a.is_multicast()) return "a multicast address, which is of a group and not of a node";
  if (a.is_link_local() || (a.is_v4() && v4 >> 16U == 0xa9fe)) {
    return "a link-local address, which is known on its own link alone";
  }
  if (v4 >> 24U == 127 || (a.high == 0 && a.low == 1)) {
    return "a loopback address, which never leaves a node";
  }
  return "a public address";
}

std::string lab_range6_hint() { return "use 2001:db8::/32, 3fff::/20 or fd00::/8"; }

bool valid_label(std::string_view text, size_t longest) {
  if (text.empty() || text.size() > longest || text.front() == '-' || text.back() == '-') {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return lower(c) || digit(c) || c == '-'; });
}

std::string as_label(std::string_view text, size_t longest) {
  std::string out;
  for (const char c : text) {
    const char l = to_lower(c);
    const bool good = lower(l) || digit(l);
    if (good || (!out.empty() && out.back() != '-')) out += good ? l : '-';
    if (out.size() == longest) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

bool valid_domain(std::string_view text) {
  if (text == ".") return true;
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t dot = std::min(text.find('.', start), text.size());
    const std::string_view label = text.substr(start, dot - start);
    const bool wildcard = start == 0 && label == "*" && dot < text.size();
    const bool good = !label.empty() && label.size() <= 63 && label.front() != '-' &&
                      label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                        return lower(c) || upper(c) || digit(c) || c == '-' || c == '_';
                      });
    if (!good && !wildcard) return false;
    start = dot + 1;
  }
  return true;
}

std::string fully_qualified(std::string_view text) {
  std::string out;
  for (const char c : text) out += to_lower(c);
  if (out.empty() || out.back() != '.') out += '.';
  return out;
}

bool valid_interface_name(std::string_view text) {
  constexpr std::array<std::string_view, 6> kReserved{"lo", "br0", "all", "default", ".", ".."};
  return !text.empty() && text.size() <= 15 &&
         std::find(kReserved.begin(), kReserved.end(), text) == kReserved.end() &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return lower(c) || upper(c) || digit(c) || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace hoplab::topology
