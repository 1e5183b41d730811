#include "agents/common/probe/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/probe/deadline.h"

namespace hoplab::probe {
namespace {

using std::chrono::milliseconds;

std::unexpected<Error> too_late(const std::string& peer, milliseconds timeout) {
  return fail(ErrorKind::kTimeout,
              "no answer from " + peer + " in " + std::to_string(timeout.count()) + " ms");
}

Result<std::string> exchange(int family, const sockaddr* to, socklen_t length,
                             const std::string& peer, std::string_view request,
                             milliseconds timeout, size_t limit) {
  const Deadline deadline(timeout);
  const FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("open a socket to " + peer, errno);
  if (::connect(socket.get(), to, length) != 0) {
    if (errno != EINPROGRESS) return fail(ErrorKind::kUnavailable, "nothing listens on " + peer);
    if (!deadline.wait(socket.get(), POLLOUT)) return too_late(peer, timeout);
  }
  while (!request.empty()) {
    const ssize_t sent = ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      request.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!deadline.wait(socket.get(), POLLOUT)) return too_late(peer, timeout);
    } else if (errno != EINTR) {
      return fail(ErrorKind::kUnavailable, "nothing listens on " + peer);
    }
  }
  std::string answer;
  std::array<char, 16384> buffer;
  while (answer.size() < limit) {
    if (!deadline.wait(socket.get(), POLLIN)) return too_late(peer, timeout);
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) break;
    if (got > 0) {
      answer.append(buffer.data(), static_cast<size_t>(got));
    } else if (errno != EAGAIN && errno != EINTR) {
      if (!answer.empty()) break;  // reset after the answer
      return fail(ErrorKind::kUnavailable, peer + " closed the connection");
    }
  }
  if (answer.size() > limit) answer.resize(limit);
  return answer;
}

}  // namespace

Result<std::string> converse(const std::filesystem::path& socket, std::string_view request,
                             milliseconds timeout, size_t limit) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const std::string& path = socket.native();
  if (path.size() >= sizeof to.sun_path) {
    return fail(ErrorKind::kInvalid, "socket path " + path + " is too long");
  }
  path.copy(to.sun_path, path.size());
  return exchange(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof to, path, request,
                  timeout, limit);
}

Result<unsigned> http_status(net::Ipv4 server, uint16_t port, std::string_view path,
                             milliseconds timeout) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(server.value);
  const std::string peer = net::to_string(server) + ":" + std::to_string(port);
  const std::string request = "GET " + std::string(path) +
                              " HTTP/1.0\r\nHost: " + net::to_string(server) +
                              "\r\nUser-Agent: hoplab-agent\r\n\r\n";
  auto answer = exchange(AF_INET, reinterpret_cast<const sockaddr*>(&to), sizeof to, peer, request,
                         timeout, 64U << 10U);
  if (!answer) return std::unexpected(answer.error());
  const unsigned status = parse_status_line(*answer);
  if (status == 0) return fail(ErrorKind::kInternal, peer + " does not speak HTTP");
  return status;
}

unsigned parse_status_line(std::string_view answer) {
  constexpr size_t kCode = 9;  // after "HTTP/1.1 "
  if (!answer.starts_with("HTTP/1.") || answer.size() < kCode + 3) return 0;
  unsigned status = 0;
  const char* begin = answer.data() + kCode;
  const auto [end, error] = std::from_chars(begin, begin + 3, status);
  return error == std::errc() && end == begin + 3 && status >= 100 ? status : 0;
}

}  // namespace hoplab::probe
