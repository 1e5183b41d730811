#include "controller/journey/decode/http.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace hoplab::journey {
namespace {

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"};

// Text from the wire, safe to print.
std::string clean(std::string_view text) {
  std::string out(text.substr(0, 256));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c >= 127; }, '?');
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

bool read_start_line(std::string_view line, HttpHead& head) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return false;
  if (line.starts_with("HTTP/1.")) {
    const std::string_view code = line.substr(first + 1, 3);
    if (code.size() != 3 ||
        !std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    if (line.size() > first + 5) head.reason = clean(line.substr(first + 5));
    return true;
  }
  const std::string_view method = line.substr(0, first);
  if (std::ranges::find(kMethods, method) == kMethods.end()) return false;
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) {
    return false;
  }
  head.request = true;
  head.method = method;
  head.path = clean(line.substr(first + 1, second - first - 1));
  return true;
}

}  // namespace

std::optional<HttpHead> decode_http(Bytes payload) {
  std::string_view text = as_text(payload.first(std::min<size_t>(payload.size(), 16384)));
  HttpHead head;
  bool first = true;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (first && end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
    if (first) {
      if (!read_start_line(line, head)) return std::nullopt;
      first = false;
      continue;
    }
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    const std::string_view name = line.substr(0, colon);
    if (same_name(name, "host")) head.host = clean(value);
    if (same_name(name, "user-agent")) head.user_agent = clean(value);
    if (same_name(name, "x-forwarded-for")) head.forwarded_for = clean(value);
  }
  if (first) return std::nullopt;
  return head;
}

}  // namespace hoplab::journey
