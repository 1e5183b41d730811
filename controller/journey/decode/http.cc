#include "controller/journey/decode/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"};

std::string clean(std::string_view text) { return printable_text(as_bytes(text), 256); }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

bool read_start_line(std::string_view line, HttpHead& head) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return false;
  if (line.starts_with("HTTP/1.") && first == 8) {
    const std::string_view code = line.substr(first + 1, 3);
    if (code.size() != 3 ||
        !std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    if (line.size() > first + 5) head.reason = clean(line.substr(first + 5));
    head.minor_version = line[7] == '0' ? 0 : 1;
    return true;
  }
  const std::string_view method = line.substr(0, first);
  if (std::ranges::find(kMethods, method) == kMethods.end()) return false;
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) {
    return false;
  }
  head.request = true;
  head.minor_version = line.substr(second + 1).starts_with("HTTP/1.0") ? 0 : 1;
  head.method = method;
  head.path = clean(line.substr(first + 1, second - first - 1));
  return true;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Is `wanted` one of the comma-separated tokens?
bool lists(std::string_view value, std::string_view wanted) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    if (same_name(trim(value.substr(0, comma)), wanted)) return true;
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return false;
}

void read_length(std::string_view value, HttpHead& head) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool number = error == std::errc{} && end == value.data() + value.size();
  if (!number || (head.content_length && *head.content_length != length)) {
    head.malformed = true;
  } else {
    head.content_length = length;
  }
}

void read_field(std::string_view name, std::string_view value, HttpHead& head) {
  if (same_name(name, "host")) head.host = clean(value);
  if (same_name(name, "user-agent")) head.user_agent = clean(value);
  if (same_name(name, "server")) head.server = clean(value);
  if (same_name(name, "content-type")) head.content_type = clean(value);
  if (same_name(name, "location")) head.location = clean(value);
  if (same_name(name, "x-forwarded-for")) head.forwarded_for = clean(value);
  if (same_name(name, "content-length")) read_length(value, head);
  if (same_name(name, "transfer-encoding") && lists(value, "chunked")) head.chunked = true;
  if (same_name(name, "connection")) {
    if (lists(value, "close")) head.close = true;
    if (lists(value, "keep-alive")) head.close = false;
  }
}

}  // namespace

std::optional<HttpHead> decode_http(Bytes payload) {
  const std::string_view text = as_text(payload);
  // A start line is short; looking for its end any further would cost on every other payload.
  size_t end = text.substr(0, 16384).find("\r\n");
  HttpHead head;
  if (end == std::string_view::npos || !read_start_line(text.substr(0, end), head)) {
    return std::nullopt;
  }
  head.close = head.minor_version == 0;
  size_t at = end + 2;
  while (at < text.size()) {
    end = text.find("\r\n", at);
    const bool ends = end != std::string_view::npos;
    const std::string_view line = text.substr(at, ends ? end - at : end);
    at = ends ? end + 2 : text.size();
    if (line.empty() && ends) {
      head.whole = true;
      break;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      if (ends) head.malformed = true;
      continue;
    }
    ++head.fields;
    read_field(line.substr(0, colon), trim(line.substr(colon + 1)), head);
  }
  head.size = at;
  return head;
}

std::string http_info(const HttpHead& head) {
  std::string text =
      head.request ? fmt::format("{} {} HTTP/1.{}", head.method, head.path, head.minor_version)
                   : fmt::format("HTTP/1.{} {} {}", head.minor_version, head.status, head.reason);
  if (head.chunked) {
    text += ", chunked";
  } else if (head.content_length) {
    text += fmt::format(", {} bytes", *head.content_length);
  }
  if (!head.whole) text += ", head goes on";
  if (head.malformed) text += ", malformed";
  return text;
}

}  // namespace hoplab::journey
