// Receives the log lines daemons of this node send to a Unix datagram socket, as a syslog would.
//
// Threads: one, joined by the destructor, which calls the callback. Failure: a datagram that is no
// log line is handed over as it is.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {

// A line whose text starts with this word carries fields for the agent: "hoplab\tkey=value\t…".
inline constexpr std::string_view kFieldsMark = "hoplab\t";
// The fields of such a line, wherever in it the mark stands; empty when it has none.
std::map<std::string, std::string, std::less<>> parse_fields(std::string_view line);

class SyslogReceiver {
 public:
  using Callback = std::function<void(std::string_view line)>;

  static Result<std::unique_ptr<SyslogReceiver>> listen(const std::filesystem::path& socket,
                                                        Callback callback);
  ~SyslogReceiver();
  SyslogReceiver(const SyslogReceiver&) = delete;
  SyslogReceiver& operator=(const SyslogReceiver&) = delete;

 private:
  SyslogReceiver() = default;
  void receive_until_stopped();

  std::filesystem::path path_;
  Callback callback_;
  FileDescriptor socket_;
  FileDescriptor stop_;
  std::thread thread_;
};

}  // namespace hoplab::agent
