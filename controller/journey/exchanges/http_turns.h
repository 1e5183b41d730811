// The requests of one connection, one after another (keep-alive: RFC 9112, section 9.3).
#pragma once

#include <string>
#include <vector>

#include "controller/journey/story.h"

namespace hoplab::journey {

// What a request was, where a server's log tells it.
struct LoggedRequest {
  std::string method, path, host;
  int status = 0;
};
// Of a flow, in the order they were answered: by the balancer that ended it, or the web server.
std::vector<LoggedRequest> logged_requests(const Story& story, const Flow& flow);

// A request and all that followed it, up to the next.
using Turn = std::vector<uint32_t>;
// In the clear: a turn begins with the head of a request. `data`: trips of the flow between its
// handshake and its close, in time order; each is in one turn.
std::vector<Turn> split_turns(const Story& story, const Flow& flow,
                              const std::vector<uint32_t>& data);
// Under TLS: a turn begins where the client speaks after the server. Where that makes other than
// `expected` turns, there is one: nobody is told what cannot be known.
std::vector<Turn> split_sealed_turns(const Story& story, const Flow& flow,
                                     const std::vector<uint32_t>& data, size_t expected);

}  // namespace hoplab::journey
