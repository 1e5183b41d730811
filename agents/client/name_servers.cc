#include "agents/client/name_servers.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/base/read_file.h"
#include "agents/common/service/resolv_conf.h"

namespace hoplab::client {
namespace {

constexpr std::array kFiles = {"1-topology", "2-dhcp", "3-dhcpv6", "4-advertised"};

}  // namespace

Status name_servers(NameSource source, const std::vector<std::string>& servers,
                    const NameFiles& files) {
  std::error_code error;
  std::filesystem::create_directories(files.lists, error);
  if (error) return fail_errno("make " + files.lists.string(), error.value());
  const auto lock_path = files.lists / "lock";
  const FileDescriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
    return fail_errno("lock " + lock_path.string(), errno);
  }
  std::string list;
  for (const std::string& server : servers) list += server + "\n";
  const auto path = files.lists / kFiles.at(static_cast<size_t>(source));
  if (Status done = agent::write_in_place(path, list); !done) return done;
  std::vector<std::string> all;
  for (const char* file : kFiles) {
    std::istringstream lines(read_file(files.lists / file).value_or(""));
    for (std::string server; std::getline(lines, server);) {
      if (std::ranges::find(all, server) == all.end()) all.push_back(server);
    }
  }
  return agent::write_in_place(files.resolv_conf, agent::resolv_conf(all));
}

}  // namespace hoplab::client
