#include "agents/client/nscd.h"

#include <chrono>

namespace hoplab::client {
namespace {

constexpr const char* kBinary = "/usr/sbin/nscd";
constexpr const char* kSocket = "/run/nscd/socket";
constexpr std::chrono::milliseconds kTimeout{2000};

}  // namespace

// Names only; in memory, asked over its socket, so that forgetting is complete (nscd.conf(5)).
std::string nscd_configuration() {
  std::string text = "debug-level 0\nparanoia no\n";
  for (const char* other : {"passwd", "group", "services", "netgroup"}) {
    text += "enable-cache " + std::string(other) + " no\n";
  }
  return text +
         "enable-cache hosts yes\n"
         "positive-time-to-live hosts 600\n"
         "negative-time-to-live hosts 20\n"
         "suggested-size hosts 211\n"
         "check-files hosts yes\n"
         "persistent hosts no\n"
         "shared hosts no\n";
}

agent::Program nscd() {
  agent::Program program;
  program.name = kNscdProgram;
  program.argv = {kBinary, "--foreground", "--config-file", kNscdConfiguration};
  program.ready_file = kSocket;
  return program;
}

Status nscd_forget(agent::Host& host) {
  if (!host.program_running(kNscdProgram)) return {};
  const auto done = host.run({kBinary, "--invalidate=hosts"}, kTimeout);
  if (!done) return std::unexpected(done.error());
  if (done->exit_code != 0) {
    return fail(ErrorKind::kInternal, "nscd --invalidate=hosts: " + done->error_output);
  }
  return {};
}

}  // namespace hoplab::client
