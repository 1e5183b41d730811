// One conversation with an FRR daemon over its vty Unix socket, the one vtysh uses: a command and a
// NUL go in; text, three NULs and a status byte come back. No process is started for a question.
// Not thread-safe. Every call ends by its deadline; a daemon that is not there is kUnavailable.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::router {

inline constexpr std::chrono::milliseconds kVtyTimeout{1000};

struct VtyAnswer {
  std::string text;
  uint8_t status = 0;  // 0: done; otherwise FRR's reason for refusing
};

// The first whole answer in a byte stream and how many bytes it took; nothing when more must come.
std::optional<std::pair<VtyAnswer, size_t>> take_answer(std::string_view received);

class Vty {
 public:
  // `directory` holds the daemons' sockets: kRunDirectory, or a container's view of it.
  static Result<Vty> open(const std::filesystem::path& directory, std::string_view daemon,
                          std::chrono::milliseconds timeout = kVtyTimeout);

  // A `show` command's text.
  Result<std::string> ask(std::string_view command);
  // Lines under `configure terminal`, in order; the first one refused ends it.
  Status configure(const std::vector<std::string>& lines);

 private:
  Vty(FileDescriptor socket, std::string daemon, std::chrono::steady_clock::time_point deadline)
      : socket_(std::move(socket)), daemon_(std::move(daemon)), deadline_(deadline) {}
  Result<VtyAnswer> exchange(std::string_view command);
  Status wait(short events, std::string_view command);

  FileDescriptor socket_;
  std::string daemon_;
  std::chrono::steady_clock::time_point deadline_;
  std::string received_;
};

// Opens, asks, closes.
Result<std::string> ask_daemon(const std::filesystem::path& directory, std::string_view daemon,
                               std::string_view command);

}  // namespace hoplab::router
