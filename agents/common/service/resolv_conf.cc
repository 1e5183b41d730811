#include "agents/common/service/resolv_conf.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write " + path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status write_in_place(const std::filesystem::path& path, std::string_view content) {
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("write " + path.string(), errno);
  return write_all(fd.get(), content, path.string());
}

std::string resolv_conf(const std::vector<std::string>& name_servers) {
  std::string text;
  for (const auto& server : name_servers) text += "nameserver " + server + "\n";
  return text.empty() ? "# no name server is known\n" : text;
}

}  // namespace hoplab::agent
