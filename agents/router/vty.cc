#include "agents/router/vty.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hoplab::router {
namespace {

using Clock = std::chrono::steady_clock;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<FileDescriptor> connect_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    return fail(ErrorKind::kInvalid, "connect to " + text + ": path too long for a Unix socket");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("create a Unix socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorKind::kUnavailable, "connect to " + text + ": " + std::strerror(errno));
  }
  return fd;
}

}  // namespace

std::optional<std::pair<VtyAnswer, size_t>> take_answer(std::string_view received) {
  constexpr std::string_view kEnd("\0\0\0", 3);
  const size_t end = received.find(kEnd);
  if (end == std::string_view::npos || end + kEnd.size() >= received.size()) return std::nullopt;
  return std::pair{VtyAnswer{std::string(received.substr(0, end)),
                             static_cast<uint8_t>(received[end + kEnd.size()])},
                   end + kEnd.size() + 1};
}

Result<Vty> Vty::open(const std::filesystem::path& directory, std::string_view daemon,
                      std::chrono::milliseconds timeout) {
  auto socket = connect_to(directory / fmt::format("{}.vty", daemon));
  if (!socket) return std::unexpected(socket.error());
  Vty vty(std::move(*socket), std::string(daemon), Clock::now() + timeout);
  const auto enabled = vty.exchange("enable");
  if (!enabled) return std::unexpected(enabled.error());
  return vty;
}

Status Vty::wait(short events, std::string_view command) {
  pollfd waiting{.fd = socket_.get(), .events = events, .revents = 0};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) {
      return fail(ErrorKind::kTimeout, fmt::format("{}: no answer to '{}'", daemon_, command));
    }
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno("wait for " + daemon_, errno);
  }
}

Result<VtyAnswer> Vty::exchange(std::string_view command) {
  std::string sent(command);
  sent.push_back('\0');
  for (size_t done = 0; done < sent.size();) {
    const ssize_t n = ::send(socket_.get(), sent.data() + done, sent.size() - done, MSG_NOSIGNAL);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (errno == EAGAIN || errno == EINTR) {
      if (auto ok = wait(POLLOUT, command); !ok) return std::unexpected(ok.error());
    } else {
      return fail(ErrorKind::kUnavailable, fmt::format("{}: {}", daemon_, std::strerror(errno)));
    }
  }
  std::array<char, 16384> buffer;
  while (true) {
    if (auto answer = take_answer(received_)) {
      received_.erase(0, answer->second);
      return std::move(answer->first);
    }
    const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n > 0) {
      received_.append(buffer.data(), static_cast<size_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (auto ok = wait(POLLIN, command); !ok) return std::unexpected(ok.error());
    } else {
      return fail(ErrorKind::kUnavailable, daemon_ + " closed its vty while answering");
    }
  }
}

Result<std::string> Vty::ask(std::string_view command) {
  auto answer = exchange(command);
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 0) {
    return fail(ErrorKind::kInternal, fmt::format("{} refused '{}': {}", daemon_, command,
                                                  trimmed(std::move(answer->text))));
  }
  return std::move(answer->text);
}

Status Vty::configure(const std::vector<std::string>& lines) {
  if (auto entered = ask("configure terminal"); !entered) return std::unexpected(entered.error());
  Status result;
  for (const std::string& line : lines) {
    if (auto taken = ask(line); !taken) {
      result = std::unexpected(taken.error());
      break;
    }
  }
  if (auto left = ask("end"); !left && result) return std::unexpected(left.error());
  return result;
}

Result<std::string> ask_daemon(const std::filesystem::path& directory, std::string_view daemon,
                               std::string_view command) {
  auto vty = Vty::open(directory, daemon);
  if (!vty) return std::unexpected(vty.error());
  return vty->ask(command);
}

}  // namespace hoplab::router
