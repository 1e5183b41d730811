#include <algorithm>
#include <charconv>

#include "controller/journey/decode/http.h"

namespace hoplab::journey {
namespace {

class Chunks {
 public:
  Chunks(std::string_view stream, HttpMessage& message) : stream_(stream), message_(message) {}

  // Returns where the body ends, or where the stream does (RFC 9112 section 7.1).
  size_t read(size_t at) {
    for (;;) {
      const size_t line_end = stream_.find("\r\n", at);
      if (line_end == std::string_view::npos) return stream_.size();
      uint64_t size = 0;
      const char* begin = stream_.data() + at;
      const char* line = stream_.data() + line_end;
      const auto [end, error] = std::from_chars(begin, line, size, 16);
      // Behind the size there may be extensions.
      if (error != std::errc{} || (end != line && *end != ';' && *end != ' ' && *end != '\t')) {
        return broken(at);
      }
      at = line_end + 2;
      if (size == 0) return read_trailers(at);
      const size_t left = stream_.size() - at;
      message_.body_size += std::min<uint64_t>(size, left);
      ++message_.chunks;
      if (size >= left) return stream_.size();
      at += size;
      const std::string_view after = stream_.substr(at, 2);
      if (!std::string_view("\r\n").starts_with(after)) return broken(at);
      if (after.size() < 2) return stream_.size();
      at += 2;
    }
  }

 private:
  size_t read_trailers(size_t at) {
    for (;;) {
      const size_t end = stream_.find("\r\n", at);
      if (end == std::string_view::npos) return stream_.size();
      if (end == at) {
        message_.whole = true;
        return end + 2;
      }
      at = end + 2;
    }
  }
  size_t broken(size_t at) {
    message_.malformed = true;
    return at;
  }

  std::string_view stream_;
  HttpMessage& message_;
};

bool has_no_body(const HttpHead& head, std::string_view method) {
  if (head.request) return !head.chunked && !head.content_length;
  return method == "HEAD" || head.status / 100 == 1 || head.status == 204 || head.status == 304 ||
         (method == "CONNECT" && head.status / 100 == 2);
}

size_t read_body(std::string_view stream, size_t at, std::string_view method, HttpMessage& m) {
  if (!m.head.whole) return stream.size();
  if (has_no_body(m.head, method)) {
    m.whole = true;
    return at;
  }
  if (m.head.chunked) return Chunks(stream, m).read(at);
  const uint64_t left = stream.size() - at;
  if (m.head.content_length) {
    m.body_size = std::min(*m.head.content_length, left);
    m.whole = *m.head.content_length <= left;
  } else {
    m.until_close = true;
    m.body_size = left;
  }
  return at + m.body_size;
}

}  // namespace

std::vector<HttpMessage> decode_http_stream(Bytes stream, const std::vector<std::string>& methods) {
  std::vector<HttpMessage> messages;
  const std::string_view text = as_text(stream);
  size_t responses = 0;
  for (size_t at = 0; at < text.size();) {
    auto head = decode_http(stream.subspan(at));
    if (!head) break;
    HttpMessage m;
    m.head = std::move(*head);
    m.at = at;
    const std::string_view method =
        !m.head.request && responses < methods.size() ? std::string_view(methods[responses]) : "";
    // An interim response does not answer the request yet.
    if (!m.head.request && m.head.status / 100 != 1) ++responses;
    at = read_body(text, at + m.head.size, method, m);
    m.wire_size = at - m.at;
    const bool ends_here = m.malformed || !m.whole;
    messages.push_back(std::move(m));
    if (ends_here) break;
  }
  return messages;
}

}  // namespace hoplab::journey
