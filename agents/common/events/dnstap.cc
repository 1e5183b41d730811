#include "agents/common/events/dnstap.h"

#include <arpa/inet.h>
#include <fstrm.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "agents/common/events/unix_listener.h"
#include "proto/dnstap.pb.h"

namespace hoplab::agent {
namespace {

constexpr std::string_view kContentType = "protobuf:dnstap.Dnstap";

std::string address_text(const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

// An uncompressed name in wire format as text with the final dot.
std::string name_text(std::string_view wire) {
  std::string text;
  while (!wire.empty() && wire.front() != '\0') {
    const auto length = static_cast<unsigned char>(wire.front());
    if (length > 63 || wire.size() <= length) return {};
    text.append(wire.substr(1, length)).push_back('.');
    wire.remove_prefix(length + 1U);
  }
  return text.empty() ? "." : text;
}

struct Connection {
  FileDescriptor fd;
  int stop = -1;
};

fstrm_res read_bytes(void* object, void* data, size_t count) {
  auto* connection = static_cast<Connection*>(object);
  auto* to = static_cast<char*>(data);
  while (count > 0) {
    if (!readable_before_stop(connection->fd.get(), connection->stop)) return fstrm_res_stop;
    const ssize_t got = ::recv(connection->fd.get(), to, count, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return fstrm_res_failure;
    to += got;
    count -= static_cast<size_t>(got);
  }
  return fstrm_res_success;
}

// Only control frames of some bytes are written, which always fit an empty socket buffer.
fstrm_res write_bytes(void* object, const iovec* parts, int part_count) {
  auto* connection = static_cast<Connection*>(object);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<size_t>(part_count);
  return ::sendmsg(connection->fd.get(), &message, MSG_NOSIGNAL) > 0 ? fstrm_res_success
                                                                     : fstrm_res_failure;
}

fstrm_res nothing_to_do(void*) { return fstrm_res_success; }

fstrm_reader* make_reader(Connection& connection) {
  fstrm_rdwr* transport = fstrm_rdwr_init(&connection);
  fstrm_rdwr_set_open(transport, nothing_to_do);
  fstrm_rdwr_set_close(transport, nothing_to_do);
  fstrm_rdwr_set_read(transport, read_bytes);
  fstrm_rdwr_set_write(transport, write_bytes);
  fstrm_reader_options* options = fstrm_reader_options_init();
  fstrm_reader_options_add_content_type(options, kContentType.data(), kContentType.size());
  fstrm_reader* reader = fstrm_reader_init(options, &transport);
  fstrm_reader_options_destroy(&options);
  return reader;
}

}  // namespace

namespace {

hoplab::v1::DaemonEvent event_of(const dnstap::Message& message, const std::string& daemon) {
  hoplab::v1::DaemonEvent event;
  event.set_daemon(daemon);
  constexpr int64_t kSecond = 1'000'000'000;
  // A response may carry the time of its question too; it happened when the response did.
  event.set_time_ns(message.has_response_time_sec()
                        ? static_cast<int64_t>(message.response_time_sec()) * kSecond +
                              message.response_time_nsec()
                        : static_cast<int64_t>(message.query_time_sec()) * kSecond +
                              message.query_time_nsec());
  hoplab::v1::DnsEvent& dns = *event.mutable_dns();
  dns.set_type(dnstap::Message::Type_Name(message.type()));
  dns.set_query_address(address_text(message.query_address()));
  dns.set_query_port(message.query_port());
  dns.set_response_address(address_text(message.response_address()));
  dns.set_response_port(message.response_port());
  dns.set_query(message.query_message());
  dns.set_response(message.response_message());
  if (message.has_query_zone()) dns.set_query_zone(name_text(message.query_zone()));
  dns.set_tcp(message.socket_protocol() == 2);
  return event;
}

bool parse(std::string_view frame, dnstap::Dnstap& envelope) {
  return envelope.ParseFromArray(frame.data(), static_cast<int>(frame.size())) &&
         envelope.has_message();
}

}  // namespace

std::optional<hoplab::v1::DaemonEvent> decode_dnstap(std::string_view frame,
                                                     const std::string& daemon) {
  dnstap::Dnstap envelope;
  if (!parse(frame, envelope)) return std::nullopt;
  return event_of(envelope.message(), daemon);
}

struct DnstapReceiver::Impl {
  struct Worker {
    std::atomic<bool> done = false;
    Connection connection;
    std::thread thread;
  };

  std::filesystem::path path;
  std::string daemon;
  Sink sink;
  FileDescriptor listener;
  FileDescriptor stop;
  std::list<Worker> workers;  // of the accepting thread
  std::thread acceptor;
  std::mutex mutex;
  std::condition_variable own_arrived;
  std::set<uint32_t> own_ports;  // of questions of the node to itself, reported since a flush began

  void accept_until_stopped() {
    while (readable_before_stop(listener.get(), stop.get())) {
      FileDescriptor fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      workers.remove_if([](Worker& worker) {
        if (worker.done) worker.thread.join();
        return worker.done.load();
      });
      if (!fd) continue;
      Worker& worker = workers.emplace_back();
      worker.connection = {std::move(fd), stop.get()};
      worker.thread = std::thread([this, &worker] {
        receive(worker.connection);
        worker.connection.fd.reset();
        worker.done = true;
      });
    }
    for (Worker& worker : workers) worker.thread.join();
  }

  void receive(Connection& connection) {
    fstrm_reader* reader = make_reader(connection);
    if (reader == nullptr) return;
    if (fstrm_reader_open(reader) == fstrm_res_success) {
      dnstap::Dnstap envelope;
      const uint8_t* data = nullptr;
      size_t length = 0;
      while (fstrm_reader_read(reader, &data, &length) == fstrm_res_success) {
        if (!parse({reinterpret_cast<const char*>(data), length}, envelope)) break;
        take(envelope.message());
      }
      fstrm_reader_close(reader);
    }
    fstrm_reader_destroy(&reader);
  }

  void take(const dnstap::Message& message) {
    if (message.query_address() != message.response_address()) {
      return sink(event_of(message, daemon));
    }
    {
      const std::lock_guard lock(mutex);
      own_ports.insert(message.query_port());
    }
    own_arrived.notify_all();
  }
};

Result<std::unique_ptr<DnstapReceiver>> DnstapReceiver::listen(const std::filesystem::path& socket,
                                                               std::string daemon, Sink sink) {
  auto impl = std::make_unique<Impl>();
  auto listener = bind_unix(socket, SOCK_STREAM);
  if (!listener) return std::unexpected(listener.error());
  auto stop = make_stop_event();
  if (!stop) return std::unexpected(stop.error());
  impl->path = socket;
  impl->daemon = std::move(daemon);
  impl->sink = std::move(sink);
  impl->listener = std::move(*listener);
  impl->stop = std::move(*stop);
  impl->acceptor = std::thread([state = impl.get()] { state->accept_until_stopped(); });
  return std::unique_ptr<DnstapReceiver>(new DnstapReceiver(std::move(impl)));
}

DnstapReceiver::DnstapReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

DnstapReceiver::~DnstapReceiver() {
  signal_stop(impl_->stop);
  impl_->acceptor.join();
  ::unlink(impl_->path.c_str());
}

bool DnstapReceiver::flush(const std::function<std::optional<uint16_t>()>& ask_self,
                           std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kAskAgain{30};  // should questions be lost
  const auto deadline = Clock::now() + timeout;
  std::unique_lock lock(impl_->mutex);
  impl_->own_ports.clear();
  std::set<uint32_t> asked;
  const auto reported = [&] {
    return std::ranges::any_of(asked, [&](auto port) { return impl_->own_ports.contains(port); });
  };
  while (!reported() && Clock::now() < deadline) {
    lock.unlock();
    if (const auto port = ask_self()) asked.insert(*port);
    lock.lock();
    impl_->own_arrived.wait_until(lock, std::min(deadline, Clock::now() + kAskAgain), reported);
  }
  return reported();
}

}  // namespace hoplab::agent
