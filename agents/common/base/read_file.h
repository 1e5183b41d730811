// A file's bytes, or why there are none. A stream would throw where a read fails half way, and
// files under /proc fail so when their process ends between the open and the read.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab {

// At most the first `most` bytes. kNotFound when there is no such file. Thread-safe.
inline Result<std::string> read_file(const std::filesystem::path& path,
                                     size_t most = std::string::npos, int more_flags = 0) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | more_flags));
  if (!file) {
    return fail(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kInternal,
                "open " + path.string() + ": " + std::strerror(errno));
  }
  std::string content;
  std::array<char, 16384> buffer;
  while (content.size() < most) {
    const ssize_t got =
        ::read(file.get(), buffer.data(), std::min(buffer.size(), most - content.size()));
    if (got == 0) break;
    if (got > 0) {
      content.append(buffer.data(), static_cast<size_t>(got));
    } else if (errno != EINTR) {
      return fail_errno("read " + path.string(), errno);
    }
  }
  return content;
}

// The same of a file that somebody else may have put there, as a container in its own folder: no
// link is followed, and nothing is waited for.
inline Result<std::string> read_foreign_file(const std::filesystem::path& path, size_t most) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error))) {
    return fail(ErrorKind::kNotFound, path.string() + " is no regular file");
  }
  return read_file(path, most, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

}  // namespace hoplab
