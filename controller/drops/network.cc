#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "controller/drops/drop_watch.h"

namespace hoplab::drops {

Result<Network> network_of(int pid) {
  struct stat status {};
  const std::string path = fmt::format("/proc/{}/ns/net", pid);
  if (::stat(path.c_str(), &status) != 0) return fail_errno("look at " + path, errno);
  return Network{status.st_ino};
}

}  // namespace hoplab::drops
