#include "agents/common/service/last_words.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "agents/common/base/read_file.h"

namespace hoplab::agent {
namespace {
constexpr size_t kMost = 16 * 1024;
}

Status keep_last_words(const std::filesystem::path& file, OutputLog& log) {
  std::istringstream before(read_file(file, kMost).value_or(""));
  for (std::string line; std::getline(before, line);) {
    log.append("agent", "the agent before this one said: " + line);
  }
  const FileDescriptor words(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!words) return fail_errno("open " + file.string(), errno);
  if (::dup2(words.get(), STDERR_FILENO) < 0) return fail_errno("redirect standard error", errno);
  return {};
}

}  // namespace hoplab::agent
