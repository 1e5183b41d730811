#include "agents/common/netlink/socket.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

namespace hoplab::netlink {
namespace {

constexpr timeval kAnswerTimeout{5, 0};
constexpr int kDumpAttempts = 10;
constexpr size_t kReceiveBytes = 65536;
constexpr int kSocketBuffer = 4 << 20;

// NETLINK_EXT_ACK: the text the kernel attaches to a refusal.
std::string words_of(const nlmsghdr* header) {
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
  size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nlmsgerr));
  if ((header->nlmsg_flags & NLM_F_CAPPED) == 0) {
    offset += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
  }
  if (offset >= header->nlmsg_len) return {};
  auto* first =
      reinterpret_cast<nlattr*>(const_cast<char*>(reinterpret_cast<const char*>(header) + offset));
  nlattr* const text =
      nla_find(first, static_cast<int>(header->nlmsg_len - offset), NLMSGERR_ATTR_MSG);
  if (text == nullptr) return {};
  const auto* start = static_cast<const char*>(nla_data(text));
  return {start, strnlen(start, static_cast<size_t>(nla_len(text)))};
}

}  // namespace

std::unexpected<Error> Answer::failed(std::string attempted) const {
  const ErrorKind kind = error == ENODEV || error == ENOENT ? ErrorKind::kNotFound
                         : error == ETIMEDOUT               ? ErrorKind::kTimeout
                         : error == EPERM || error == EOPNOTSUPP || error == EAFNOSUPPORT
                             ? ErrorKind::kEnvironment
                             : ErrorKind::kInternal;
  std::string what = fmt::format("{}: {}", attempted, std::strerror(error));
  if (!detail.empty()) what += fmt::format(" ({})", detail);
  return fail(kind, std::move(what),
              error == EPERM ? "run as root, or with CAP_NET_ADMIN in that namespace" : "");
}

struct Socket::State {
  struct Free {
    void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
  };
  std::unique_ptr<nl_sock, Free> socket{nl_socket_alloc()};
  std::mutex mutex;
  std::vector<char> buffer = std::vector<char>(kReceiveBytes);

  // Reads until the request with this sequence number is answered.
  Answer receive(uint32_t sequence, const Visitor& visit, bool& interrupted) {
    for (;;) {
      const ssize_t size = ::recv(nl_socket_get_fd(socket.get()), buffer.data(), buffer.size(), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return {errno == EAGAIN ? ETIMEDOUT : errno, ""};
      auto left = static_cast<unsigned>(size);
      for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
           header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_seq != sequence) continue;
        interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (header->nlmsg_type == NLMSG_ERROR) {
          const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
          return {-error->error, words_of(header)};
        }
        if (header->nlmsg_type == NLMSG_DONE) {
          const bool has_code = header->nlmsg_len >= NLMSG_LENGTH(sizeof(int));
          const int code = has_code ? *static_cast<const int*>(NLMSG_DATA(header)) : 0;
          return {code < 0 ? -code : 0, ""};
        }
        if (header->nlmsg_type >= NLMSG_MIN_TYPE && visit) visit(header);
      }
    }
  }

  Answer ask(Message& request, const Visitor& visit, bool& interrupted) {
    if (!request.complete()) return {EMSGSIZE, "request does not fit its buffer"};
    nlmsghdr* const header = request.raw();
    header->nlmsg_seq = NL_AUTO_SEQ;
    if (const int sent = nl_send_auto(socket.get(), request.get()); sent < 0) {
      return {EIO, nl_geterror(sent)};
    }
    return receive(header->nlmsg_seq, visit, interrupted);
  }
};

Socket::Socket(std::unique_ptr<State> state) : state_(std::move(state)) {}
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;
Socket::~Socket() = default;

Result<Socket> Socket::open(int protocol) {
  auto state = std::make_unique<State>();
  nl_sock* const socket = state->socket.get();
  if (socket == nullptr) return fail_errno("allocate netlink socket", ENOMEM);
  // Close-on-exec is libnl's default.
  if (const int code = nl_connect(socket, protocol); code < 0) {
    return fail(ErrorKind::kEnvironment,
                fmt::format("open netlink socket of protocol {}: {}", protocol, nl_geterror(code)));
  }
  const int fd = nl_socket_get_fd(socket);
  const int on = 1;
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof(kAnswerTimeout));
  return Socket(std::move(state));
}

Answer Socket::execute(Message& request, const Visitor& visit) {
  if (!request.complete()) return {EMSGSIZE, "request does not fit its buffer"};
  request.raw()->nlmsg_flags |= NLM_F_ACK;
  const std::lock_guard lock(state_->mutex);
  bool interrupted = false;
  return state_->ask(request, visit, interrupted);
}

Answer Socket::dump(Message& request, const Visitor& visit, const std::function<void()>& restart) {
  if (!request.complete()) return {EMSGSIZE, "request does not fit its buffer"};
  request.raw()->nlmsg_flags |= NLM_F_DUMP;
  const std::lock_guard lock(state_->mutex);
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    bool interrupted = false;
    Answer answer = state_->ask(request, visit, interrupted);
    if (!answer.ok() || !interrupted) return answer;
    restart();
  }
  return {EBUSY, "the list changed during every attempt to read it"};
}

Status Socket::subscribe(std::initializer_list<int> groups) {
  nl_sock* const socket = state_->socket.get();
  if (setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof(kSocketBuffer)) != 0) {
    setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof(kSocketBuffer));
  }
  for (const int group : groups) {
    if (const int code = nl_socket_add_membership(socket, group); code < 0) {
      return fail(ErrorKind::kInternal,
                  fmt::format("join netlink group {}: {}", group, nl_geterror(code)));
    }
  }
  if (nl_socket_set_nonblocking(socket) < 0) return fail_errno("make socket non-blocking", errno);
  return {};
}

int Socket::fd() const { return nl_socket_get_fd(state_->socket.get()); }

}  // namespace hoplab::netlink
