#include "agents/common/probe/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/probe/deadline.h"

namespace hoplab::probe {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxName = 255;

void put16(std::string& out, uint16_t value) {
  out.push_back(static_cast<char>(value >> 8U));
  out.push_back(static_cast<char>(value & 0xffU));
}
unsigned byte_at(std::string_view data, size_t index) {
  return static_cast<unsigned char>(data[index]);
}

uint16_t next_id() {
  static std::atomic<uint16_t> counter{0x1000};
  return counter.fetch_add(1);
}

std::unexpected<Error> nothing_answers(net::Ipv4 server) {
  return fail(ErrorKind::kUnavailable, "nothing answers DNS on " + net::to_string(server));
}

// From the server's own address, so that reports about the node's questions to itself are known by
// their equal ends; connected, so that a closed port is told at once.
Result<FileDescriptor> connect_to(net::Ipv4 server, uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("open a UDP socket", errno);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(server.value);
  sockaddr_in from = to;
  from.sin_port = 0;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    return fail(ErrorKind::kUnavailable,
                net::to_string(server) + " is no address of this node yet");
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return nothing_answers(server);
  }
  return socket;
}

}  // namespace

Result<std::string> build_query(const DnsQuestion& question, uint16_t id) {
  std::string out;
  put16(out, id);
  put16(out, question.recursion_desired ? 0x0100 : 0);
  put16(out, 1);
  out.append(6, '\0');
  std::string_view rest = question.name;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  while (!rest.empty()) {
    const size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabel) {
      return fail(ErrorKind::kInvalid, "'" + question.name + "' is not a domain name");
    }
    out.push_back(static_cast<char>(label.size()));
    out.append(label);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  out.push_back('\0');
  if (out.size() - kHeaderBytes > kMaxName) {
    return fail(ErrorKind::kInvalid, "'" + question.name + "' is longer than a domain name may be");
  }
  put16(out, static_cast<uint16_t>(question.type));
  put16(out, static_cast<uint16_t>(question.klass));
  return out;
}

Result<DnsAnswer> parse_answer(std::string_view message, uint16_t id) {
  if (message.size() < kHeaderBytes) return fail(ErrorKind::kInvalid, "DNS answer cut short");
  const bool is_response = (byte_at(message, 2) & 0x80U) != 0;
  if (!is_response || (byte_at(message, 0) << 8U | byte_at(message, 1)) != id) {
    return fail(ErrorKind::kInvalid, "not the answer to this question");
  }
  DnsAnswer answer;
  answer.authoritative = (byte_at(message, 2) & 0x04U) != 0;
  answer.rcode = byte_at(message, 3) & 0x0fU;
  answer.answers = byte_at(message, 6) << 8U | byte_at(message, 7);
  return answer;
}

std::string rcode_name(unsigned rcode) {
  static constexpr std::array<const char*, 6> kNames = {"NOERROR",  "FORMERR", "SERVFAIL",
                                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return rcode < kNames.size() ? kNames[rcode] : "RCODE" + std::to_string(rcode);
}

Result<DnsAnswer> ask(net::Ipv4 server, const DnsQuestion& question,
                      std::chrono::milliseconds timeout, uint16_t port) {
  const uint16_t id = next_id();
  auto query = build_query(question, id);
  if (!query) return std::unexpected(query.error());
  const auto socket = connect_to(server, port);
  if (!socket) return std::unexpected(socket.error());
  if (::send(socket->get(), query->data(), query->size(), MSG_NOSIGNAL) < 0) {
    return nothing_answers(server);
  }
  const Deadline deadline(timeout);
  std::array<char, 4096> buffer;
  while (deadline.wait(socket->get(), POLLIN)) {
    const ssize_t got = ::recv(socket->get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return nothing_answers(server);
    auto answer = parse_answer({buffer.data(), static_cast<size_t>(got)}, id);
    if (answer) return answer;
  }
  return fail(ErrorKind::kTimeout, "no DNS answer from " + net::to_string(server) + " in " +
                                       std::to_string(timeout.count()) + " ms");
}

Result<DnsBurst> DnsBurst::send(net::Ipv4 server, const DnsQuestion& question, unsigned count,
                                uint16_t port) {
  auto query = build_query(question, next_id());
  if (!query) return std::unexpected(query.error());
  auto socket = connect_to(server, port);
  if (!socket) return std::unexpected(socket.error());
  sockaddr_in own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket->get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) {
    return fail_errno("look up the port of a UDP socket", errno);
  }
  unsigned sent = 0;
  while (sent<count&& ::send(socket->get(), query->data(), query->size(), MSG_NOSIGNAL)> 0) {
    ++sent;
  }
  if (sent == 0) return nothing_answers(server);
  return DnsBurst(std::move(*socket), ntohs(own.sin_port));
}

}  // namespace hoplab::probe
