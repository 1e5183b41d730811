// nginx's worker processes, as /proc shows them: to know when the old ones have gone after a
// reload.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>
#include <vector>

namespace hoplab::agent::web_server {

// Children of the process whose number is in the file; empty when there is none.
std::vector<pid_t> workers(const std::filesystem::path& pid_file);
// True when one of them still runs (a zombie does not).
bool any_alive(const std::vector<pid_t>& processes);

// State letter and parent in a line of /proc/PID/stat; parent 0 when it cannot be read.
struct ProcessStat {
  char state = 'X';
  pid_t parent = 0;
};
ProcessStat parse_stat(std::string_view line);

}  // namespace hoplab::agent::web_server
