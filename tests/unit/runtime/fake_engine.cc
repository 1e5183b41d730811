#include "tests/unit/runtime/fake_engine.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <list>
#include <mutex>
#include <thread>

namespace hoplab::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Unix = asio::local::stream_protocol;

std::string fresh_path() {
  static std::atomic<int> next = 0;
  return (std::filesystem::temp_directory_path() /
          fmt::format("fake-engine-{}-{}.sock", ::getpid(), ++next))
      .string();
}

}  // namespace

struct FakeEngine::State {
  State(Script wanted, const std::string& old)
      : script(std::move(wanted)), path(old.empty() ? fresh_path() : old) {
    acceptor.open();
    acceptor.bind(Unix::endpoint(path));
    acceptor.listen();
    accepting = std::thread([this] { accept(); });
  }
  ~State() {
    // A shut down descriptor wakes the threads that wait on it; closing it would not.
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);
    accepting.join();
    {
      const std::lock_guard lock(mutex);
      for (auto& socket : sockets) ::shutdown(socket.native_handle(), SHUT_RDWR);
    }
    for (auto& thread : threads) thread.join();
    std::filesystem::remove(path);
  }

  void accept() {
    for (int number = 1;; ++number) {
      beast::error_code code;
      Unix::socket peer(io);
      acceptor.accept(peer, code);
      if (code) return;
      const std::lock_guard lock(mutex);
      auto& socket = sockets.emplace_back(std::move(peer));
      threads.emplace_back([this, &socket, number] { serve(socket, number); });
    }
  }

  void serve(Unix::socket& socket, int number) {
    beast::flat_buffer buffer;
    beast::error_code code;
    for (;;) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, code);
      if (code) return;
      FakeRequest seen{
          number,
          fmt::format("{} {}", std::string(request.method_string()), std::string(request.target())),
          request.body()};
      {
        const std::lock_guard lock(mutex);
        requests.push_back(seen);
      }
      const FakeAnswer answer = script(seen);
      if (answer.hang_up) break;
      if (answer.silent) continue;  // the next read ends when the other side gives up
      http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
      if (!answer.pieces.empty()) {
        response.chunked(true);
        http::response_serializer<http::string_body> serializer(response);
        http::write_header(socket, serializer, code);
        for (const auto& piece : answer.pieces) {
          asio::write(socket, http::make_chunk(asio::buffer(piece)), code);
        }
        if (answer.close) asio::write(socket, http::make_chunk_last(), code);
        if (answer.close) break;
        continue;
      }
      response.keep_alive(!answer.close);
      response.body() = answer.body;
      response.prepare_payload();
      http::write(socket, response, code);
      if (answer.close) break;
    }
    ::shutdown(socket.native_handle(), SHUT_RDWR);
  }

  Script script;
  const std::string path;
  asio::io_context io;
  Unix::acceptor acceptor{io};
  mutable std::mutex mutex;
  std::vector<FakeRequest> requests;
  std::list<Unix::socket> sockets;
  std::list<std::thread> threads;
  std::thread accepting;
};

FakeEngine::FakeEngine(Script script, const std::string& path)
    : state_(std::make_unique<State>(std::move(script), path)) {}
FakeEngine::~FakeEngine() = default;

const std::string& FakeEngine::socket() const { return state_->path; }

std::vector<FakeRequest> FakeEngine::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

}  // namespace hoplab::runtime
