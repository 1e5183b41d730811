#include "agents/web_server/processes.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

#include "agents/common/base/read_file.h"

namespace hoplab::agent::web_server {
namespace {

pid_t number(std::string_view text) {
  pid_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

ProcessStat stat_of(const std::filesystem::path& folder) {
  return parse_stat(read_file(folder / "stat").value_or(""));  // it may end while it is read
}

}  // namespace

ProcessStat parse_stat(std::string_view line) {
  // "PID (name, which may hold anything) STATE PARENT …"
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos || line.size() < name_end + 5) return {};
  return {line[name_end + 2], number(line.substr(name_end + 4))};
}

std::vector<pid_t> workers(const std::filesystem::path& pid_file) {
  pid_t master = 0;
  std::ifstream(pid_file) >> master;
  std::vector<pid_t> found;
  if (master <= 0) return found;
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const pid_t pid = number(entry->path().filename().native());
    if (pid > 0 && stat_of(entry->path()).parent == master) found.push_back(pid);
  }
  return found;
}

bool any_alive(const std::vector<pid_t>& processes) {
  return std::any_of(processes.begin(), processes.end(), [](pid_t pid) {
    const ProcessStat stat = stat_of("/proc/" + std::to_string(pid));
    return stat.parent != 0 && stat.state != 'Z' && stat.state != 'X';
  });
}

}  // namespace hoplab::agent::web_server
