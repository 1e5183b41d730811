#include "agents/common/events/syslog.h"

#include <sys/socket.h>

#include <vector>

#include "agents/common/events/unix_listener.h"

namespace hoplab::agent {

std::map<std::string, std::string, std::less<>> parse_fields(std::string_view line) {
  std::map<std::string, std::string, std::less<>> fields;
  const size_t mark = line.find(kFieldsMark);
  if (mark == std::string_view::npos) return fields;
  std::string_view rest = line.substr(mark + kFieldsMark.size());
  while (!rest.empty()) {
    const size_t tab = rest.find('\t');
    const std::string_view field = rest.substr(0, tab);
    const size_t equals = field.find('=');
    if (equals != std::string_view::npos) {
      fields.emplace(field.substr(0, equals), field.substr(equals + 1));
    }
    if (tab == std::string_view::npos) break;
    rest.remove_prefix(tab + 1);
  }
  return fields;
}

Result<std::unique_ptr<SyslogReceiver>> SyslogReceiver::listen(const std::filesystem::path& socket,
                                                               Callback callback) {
  auto bound = bind_unix(socket, SOCK_DGRAM);
  if (!bound) return std::unexpected(bound.error());
  auto stop = make_stop_event();
  if (!stop) return std::unexpected(stop.error());
  std::unique_ptr<SyslogReceiver> receiver(new SyslogReceiver);
  receiver->path_ = socket;
  receiver->callback_ = std::move(callback);
  receiver->socket_ = std::move(*bound);
  receiver->stop_ = std::move(*stop);
  receiver->thread_ = std::thread([self = receiver.get()] { self->receive_until_stopped(); });
  return receiver;
}

SyslogReceiver::~SyslogReceiver() {
  if (!thread_.joinable()) return;
  signal_stop(stop_);
  thread_.join();
  ::unlink(path_.c_str());
}

void SyslogReceiver::receive_until_stopped() {
  std::vector<char> buffer(64U << 10U);
  while (readable_before_stop(socket_.get(), stop_.get())) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) continue;
    std::string_view line(buffer.data(), static_cast<size_t>(got));
    if (line.starts_with('<')) {
      const size_t end = line.find('>');
      if (end != std::string_view::npos && end <= 4) line.remove_prefix(end + 1);
    }
    while (line.ends_with('\n') || line.ends_with('\0')) line.remove_suffix(1);
    callback_(line);
  }
}

}  // namespace hoplab::agent
