// HTTP/1.1 messages (RFC 9112): start line, the header fields a journey needs, and the framing of
// bodies in one direction of a connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct HttpHead {
  bool request = false;
  int minor_version = 1;  // of HTTP/1
  std::string method;     // requests
  std::string path;
  int status = 0;  // responses
  std::string reason;
  std::string host;
  std::string user_agent;
  std::string server;
  std::string content_type;
  std::string location;
  std::string forwarded_for;  // X-Forwarded-For
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool close = false;      // Connection: close, or HTTP/1.0 without keep-alive
  bool malformed = false;  // a field line without colon, or two lengths that contradict each other
  bool whole = false;      // the empty line was seen
  size_t fields = 0;       // field lines read
  size_t size = 0;         // bytes up to and with the empty line
};

// Nothing when no start line is there. Field values are cut at 256 characters.
std::optional<HttpHead> decode_http(Bytes payload);
std::string http_info(const HttpHead& head);

struct HttpMessage {
  HttpHead head;
  size_t at = 0;             // in the stream
  uint64_t body_size = 0;    // of what is there, without chunk headers
  uint64_t wire_size = 0;    // head and body as they stand in the stream
  uint64_t chunks = 0;       // with bytes in them
  bool until_close = false;  // the body ends with the connection
  bool malformed = false;    // chunked framing is broken: nothing behind it was read
  bool whole = false;
};

// The messages of one direction. What ends the body of a response depends on the method of its
// request (RFC 9112 section 6.3): pass them in order; unknown ones count as GET.
std::vector<HttpMessage> decode_http_stream(Bytes stream,
                                            const std::vector<std::string>& methods = {});

}  // namespace hoplab::journey
