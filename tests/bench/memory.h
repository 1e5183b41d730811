// Proportional set sizes, as the kernel counts them. A process that is gone counts nothing.
#pragma once

#include <sys/types.h>

#include <vector>

namespace hoplab::bench {

// KiB, from /proc/PID/smaps_rollup.
double pss_of(pid_t pid);
// The same with nobody to share with: its PSS, were it the only process of its program.
double rss_of(pid_t pid);
// Every process below this one, itself not among them.
std::vector<pid_t> descendants_of(pid_t pid);
// Processes on this machine that run the very file (device and inode): what they share, PSS
// divides.
size_t count_running(const char* executable);

}  // namespace hoplab::bench
