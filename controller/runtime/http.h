// HTTP/1.1 over a Unix socket, as the container engine speaks it. Connections are kept and reused;
// any number of threads may call at once, each blocks until its answer is there or its deadline has
// passed. Transport failures are Errors (errors.h); an HTTP status is an answer, not a failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::runtime {

struct HttpResponse {
  int status = 0;
  std::string body;
};

// An exchange whose bodies are passed on piece by piece, for progress, events and uploads.
struct HttpStream {
  std::string method = "GET";
  std::string target = {};
  std::string content_type = {};
  std::string body = {};  // sent when there is no source
  // Fills the buffer and says how much; 0 ends the body, an error breaks the exchange off.
  std::function<Result<std::size_t>(std::span<char>)> source = {};
  std::function<void(int status)> on_status = {};
  std::function<void(std::string_view)> sink = {};
  // The longest wait for the next piece; zero waits for ever (until stop is requested).
  std::chrono::milliseconds patience{0};
  std::stop_token stop = {};
};

class HttpClient {
 public:
  explicit HttpClient(std::string socket);
  ~HttpClient();

  Result<HttpResponse> call(std::string_view method, std::string_view target, std::string_view body,
                            std::chrono::milliseconds deadline);
  // The status, once the last piece has been passed on.
  Result<int> stream(const HttpStream& exchange);

  [[nodiscard]] const std::string& socket() const { return socket_; }

 private:
  class Connection;
  std::unique_ptr<Connection> take_idle();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string socket_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// For a query parameter: everything but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

}  // namespace hoplab::runtime
