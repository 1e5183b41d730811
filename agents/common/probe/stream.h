// One question and its answer over a stream socket of this node: a daemon's control socket, or a
// web server's own port. Any thread; blocks at most for the timeout.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"
#include "agents/common/net/address.h"

namespace hoplab::probe {

// Sends the request and returns all that comes until the other end closes, at most `limit` bytes of
// it. kUnavailable when nobody listens on the socket, kTimeout when it is not over in time.
Result<std::string> converse(const std::filesystem::path& socket, std::string_view request,
                             std::chrono::milliseconds timeout, size_t limit = 4U << 20U);

// The status of GET `path` over plain HTTP.
Result<unsigned> http_status(net::Ipv4 server, uint16_t port, std::string_view path,
                             std::chrono::milliseconds timeout);
// The number in a status line, 0 when it is none.
unsigned parse_status_line(std::string_view answer);

}  // namespace hoplab::probe
