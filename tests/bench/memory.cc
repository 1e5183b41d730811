#include "tests/bench/memory.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace hoplab::bench {

namespace fs = std::filesystem;

namespace {

double rollup(pid_t pid, const char* field) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; in >> word;) {
    double kib = 0;
    if (word == field && in >> kib) return kib;
  }
  return 0;
}

}  // namespace

double pss_of(pid_t pid) { return rollup(pid, "Pss:"); }
double rss_of(pid_t pid) { return rollup(pid, "Rss:"); }

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& thread :
       fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) {
      found.push_back(child);
      const auto below = descendants_of(child);
      found.insert(found.end(), below.begin(), below.end());
    }
  }
  return found;
}

size_t count_running(const char* executable) {
  struct stat wanted {};
  if (::stat(executable, &wanted) != 0) return 0;
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    struct stat running {};
    if (::stat((entry.path() / "exe").c_str(), &running) != 0) continue;
    if (running.st_dev == wanted.st_dev && running.st_ino == wanted.st_ino) ++count;
  }
  return count;
}

}  // namespace hoplab::bench
