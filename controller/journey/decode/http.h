// The head of an HTTP/1.1 message (RFC 9112): start line and the few header fields a journey needs.
#pragma once

#include <optional>
#include <string>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct HttpHead {
  bool request = false;
  std::string method;  // requests
  std::string path;
  int status = 0;  // responses
  std::string reason;
  std::string host;
  std::string user_agent;
  std::string forwarded_for;  // X-Forwarded-For
};

std::optional<HttpHead> decode_http(Bytes payload);

}  // namespace hoplab::journey
