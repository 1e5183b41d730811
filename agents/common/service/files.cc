#include "agents/common/service/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/base/read_file.h"
#include "agents/common/service/resolv_conf.h"
#include "agents/common/supervisor/accounts.h"

namespace hoplab::agent {
Status write_file(const ConfigFile& file) {
  const std::string path = file.path.string();
  std::error_code error;
  std::filesystem::create_directories(file.path.parent_path(), error);
  if (error) return fail_errno("make " + file.path.parent_path().string(), error.value());
  Account owner;
  if (!file.owner.empty()) {
    auto account = find_account(file.owner);
    if (!account) {
      return fail(account.error().kind, "write " + path + ": " + account.error().what);
    }
    owner = std::move(*account);
  }
  const std::string fresh = path + ".new";
  {
    const FileDescriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return fail_errno("write " + fresh, errno);
    if (auto written = write_all(fd.get(), file.content, fresh); !written) return written;
    if (!file.owner.empty() && ::fchown(fd.get(), owner.uid, owner.gid) != 0) {
      return fail_errno("give " + path + " to " + file.owner, errno);
    }
    if (::fchmod(fd.get(), file.mode) != 0) return fail_errno("set the mode of " + path, errno);
  }
  if (::rename(fresh.c_str(), path.c_str()) == 0) return {};
  const int why = errno;
  ::unlink(fresh.c_str());
  if (why == EBUSY) return write_in_place(file.path, file.content);
  return fail_errno("put " + path + " in its place", why);
}

Status install_ca(const std::string& pem) {
  if (pem.empty()) return {};
  if (auto written = write_file({kCaFile, pem, 0644, {}}); !written) return written;
  auto read = read_file(kCaBundle);
  if (!read)
    return read.error().kind == ErrorKind::kNotFound ? Status{} : std::unexpected(read.error());
  std::string& bundle = *read;
  if (bundle.find(pem) != std::string::npos) return {};
  if (!bundle.empty() && !bundle.ends_with('\n')) bundle += '\n';
  return write_file({kCaBundle, bundle + pem, 0644, {}});
}

std::vector<std::string> ca_environment() {
  std::error_code ignored;
  if (!std::filesystem::exists(kCaFile, ignored)) return {};
  const bool bundle = std::filesystem::exists(kCaBundle, ignored);
  const std::string all(bundle ? kCaBundle : kCaFile);
  return {"SSL_CERT_FILE=" + all, "CURL_CA_BUNDLE=" + all, "REQUESTS_CA_BUNDLE=" + all,
          fmt::format("NODE_EXTRA_CA_CERTS={}", kCaFile)};
}

}  // namespace hoplab::agent
