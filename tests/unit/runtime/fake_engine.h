// A small HTTP server on a Unix socket that answers as a test tells it to, and keeps what it was
// asked. One thread a connection; ends with the object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hoplab::runtime {

struct FakeAnswer {
  int status = 200;
  std::string body = "{}";
  bool close = false;    // after this answer
  bool hang_up = false;  // instead of answering
  bool silent = false;   // neither answers nor hangs up
  std::vector<std::string> pieces =
      {};  // a chunked answer; then the connection stays open until asked
};

struct FakeRequest {
  int connection = 0;  // 1 for the first that was accepted
  std::string line;    // "GET /version"
  std::string body;
};

class FakeEngine {
 public:
  // Called on a connection's thread.
  using Script = std::function<FakeAnswer(const FakeRequest&)>;
  // `path`: where an earlier one was, as after a restart; empty for a new one.
  explicit FakeEngine(Script script, const std::string& path = {});
  ~FakeEngine();

  [[nodiscard]] const std::string& socket() const;
  [[nodiscard]] std::vector<FakeRequest> requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hoplab::runtime
