#include "controller/lab/key_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "agents/common/base/file_descriptor.h"

namespace hoplab::lab {
namespace {

std::string unique_name() {
  static std::atomic<uint64_t> counter = 0;
  return fmt::format("tls-keys-{}-{}", ::getpid(), ++counter);
}

}  // namespace

KeyLog::KeyLog(const Paths& paths, const std::string& node)
    : name_(unique_name()), path_(paths.node(node) / name_) {}

KeyLog::~KeyLog() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::string KeyLog::variable() const {
  return fmt::format("SSLKEYLOGFILE={}/{}", kAgentDirectory, name_);
}

std::string KeyLog::lines() const {
  const FileDescriptor file(
      ::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string text;
  std::array<char, 4096> piece;
  for (ssize_t got = 0; (got = ::read(file.get(), piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<size_t>(got));
  }
  const auto printable = [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; };
  return std::ranges::all_of(text, printable) ? text : std::string();
}

}  // namespace hoplab::lab
