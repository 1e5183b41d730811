#include "controller/runtime/http.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "controller/runtime/errors.h"

namespace hoplab::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Unix = asio::local::stream_protocol;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdleConnections = 32;
constexpr std::size_t kPiece = 64 * 1024;

template <typename Body>
http::request<Body> make_request(std::string_view method, std::string_view target) {
  http::request<Body> request;
  request.method_string(beast::string_view(method.data(), method.size()));
  request.target(beast::string_view(target.data(), target.size()));
  request.version(11);
  request.set(http::field::host, "docker");
  return request;
}

std::error_code standard(const beast::error_code& code) {
  if (code == beast::error::timeout) return std::make_error_code(std::errc::timed_out);
  if (code == asio::error::operation_aborted) {
    return std::make_error_code(std::errc::operation_canceled);
  }
  return code;
}

}  // namespace

// One socket with an event loop of its own, run by whichever thread holds the connection.
class HttpClient::Connection {
 public:
  beast::error_code connect(const std::string& path) {
    // Asio's endpoint throws on a path that does not fit into a socket address.
    if (path.size() >= sizeof(sockaddr_un{}.sun_path)) return asio::error::name_too_long;
    return finish([&](auto done) { stream_.async_connect(Unix::endpoint(path), done); });
  }

  // Nothing has arrived and the peer has not closed: fit to carry another request.
  bool alive() {
    char byte = 0;
    const auto got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void until(Clock::time_point deadline) { stream_.expires_at(deadline); }
  void at_most(std::chrono::milliseconds patience) {
    if (patience.count() > 0) {
      stream_.expires_after(patience);
    } else {
      stream_.expires_never();
    }
  }
  // From any thread: ends whatever is under way or about to be.
  void cancel() {
    asio::post(io_, [this] { stream_.close(); });
  }

  template <typename Message>
  beast::error_code write(Message& message) {
    return finish([&](auto done) { http::async_write(stream_, message, done); });
  }
  template <typename Serializer>
  beast::error_code write_header(Serializer& serializer) {
    return finish([&](auto done) { http::async_write_header(stream_, serializer, done); });
  }
  template <typename Buffers>
  beast::error_code write_raw(const Buffers& buffers) {
    return finish([&](auto done) { asio::async_write(stream_, buffers, done); });
  }
  template <typename Parser>
  beast::error_code read(Parser& parser) {
    return finish([&](auto done) { http::async_read(stream_, buffer_, parser, done); });
  }
  template <typename Parser>
  beast::error_code read_header(Parser& parser) {
    return finish([&](auto done) { http::async_read_header(stream_, buffer_, parser, done); });
  }
  template <typename Parser>
  beast::error_code read_some(Parser& parser) {
    return finish([&](auto done) { http::async_read_some(stream_, buffer_, parser, done); });
  }

 private:
  template <typename Start>
  beast::error_code finish(Start start) {
    beast::error_code result = asio::error::operation_aborted;
    start([&result](beast::error_code code, auto...) { result = code; });
    io_.restart();
    io_.run();
    return result;
  }

  asio::io_context io_{1};
  beast::basic_stream<Unix> stream_{io_};
  beast::flat_buffer buffer_;
};

HttpClient::HttpClient(std::string socket) : socket_(std::move(socket)) {}
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Connection> HttpClient::take_idle() {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->alive()) return connection;
  }
  return nullptr;
}

void HttpClient::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
}

Result<HttpResponse> HttpClient::call(std::string_view method, std::string_view target,
                                      std::string_view body, std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  const auto failed = [&](const beast::error_code& code) {
    return std::unexpected(
        transport_error(fmt::format("{} {}", method, target), socket_, standard(code)));
  };
  auto connection = take_idle();
  if (!connection) {
    connection = std::make_unique<Connection>();
    connection->until(until);
    if (const auto code = connection->connect(socket_)) return failed(code);
  }
  connection->until(until);

  auto request = make_request<http::string_body>(method, target);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  if (const auto code = connection->write(request)) return failed(code);

  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  if (const auto code = connection->read(parser)) return failed(code);
  const bool keep = parser.keep_alive();
  auto response = parser.release();
  if (keep) give_back(std::move(connection));
  return HttpResponse{static_cast<int>(response.result_int()), std::move(response.body())};
}

Result<int> HttpClient::stream(const HttpStream& exchange) {
  Connection connection;
  const std::stop_callback on_stop(exchange.stop, [&] { connection.cancel(); });
  const auto failed = [&](const beast::error_code& code) {
    return std::unexpected(transport_error(
        fmt::format("{} {}", exchange.method, exchange.target), socket_,
        exchange.stop.stop_requested() ? std::make_error_code(std::errc::operation_canceled)
                                       : standard(code)));
  };
  connection.at_most(exchange.patience);
  if (const auto code = connection.connect(socket_)) return failed(code);

  auto request = make_request<http::string_body>(exchange.method, exchange.target);
  if (!exchange.content_type.empty()) {
    request.set(http::field::content_type, exchange.content_type);
  }
  std::vector<char> piece(kPiece);
  if (!exchange.source) {
    request.body() = exchange.body;
    request.prepare_payload();
    if (const auto code = connection.write(request)) return failed(code);
  } else {
    request.chunked(true);
    http::request_serializer<http::string_body> serializer(request);
    if (const auto code = connection.write_header(serializer)) return failed(code);
    for (;;) {
      const auto size = exchange.source(piece);
      if (!size) return std::unexpected(size.error());
      connection.at_most(exchange.patience);
      const auto code =
          *size > 0 ? connection.write_raw(http::make_chunk(asio::buffer(piece.data(), *size)))
                    : connection.write_raw(http::make_chunk_last());
      if (code && exchange.stop.stop_requested()) return failed(code);
      if (*size == 0 || code) break;  // when the engine stops listening, its answer says why
    }
  }

  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  connection.at_most(exchange.patience);
  if (const auto code = connection.read_header(parser)) return failed(code);
  const int status = static_cast<int>(parser.get().result_int());
  if (exchange.on_status) exchange.on_status(status);
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    connection.at_most(exchange.patience);
    const auto code = connection.read_some(parser);
    if (const auto size = piece.size() - body.size; size > 0 && exchange.sink) {
      exchange.sink({piece.data(), size});
    }
    if (code && code != http::error::need_buffer) return failed(code);
  }
  return status;
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

}  // namespace hoplab::runtime
