// hoplab-agent: PID 1 of every container of a lab.
#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <span>
#include <thread>

#include "agents/client/dhclient_script.h"
#include "agents/common/service/agent_server.h"
#include "agents/common/service/last_words.h"
#include "agents/common/service/node.h"

namespace {

using namespace hoplab;
constexpr std::chrono::seconds kGrace{3};

Status run(const std::string& socket_path) {
  agent::EventLoop loop;
  agent::OutputLog log;
  const auto folder = std::filesystem::path(socket_path).parent_path();
  if (const auto kept = agent::keep_last_words(folder / agent::kLastWordsFile, log); !kept) {
    log.append("agent", kept.error().what);
  }
  agent::Children children(loop);
  auto node = agent::Node::open(loop, children, log);
  if (!node) return std::unexpected(node.error());
  std::thread loop_thread([&] { loop.run(); });
  auto server = agent::serve(**node, socket_path);
  if (server) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    int signal = 0;
    ::sigwait(&ends, &signal);
    (*node)->shut_down(kGrace);
    (*server)->stop();
  }
  loop.stop();
  loop_thread.join();
  if (!server) return std::unexpected(server.error());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<size_t>(argc));
  if (argc > 0 && std::string_view(arguments[0]).ends_with(agent::kDhclientScriptName)) {
    return agent::run_dhclient_script();
  }
  // One heap for all threads: an idle agent is small, and none of its paths is bound by malloc.
  ::mallopt(M_ARENA_MAX, 1);
  // Every thread inherits this: signals come to sigwait above, and to the reaper.
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&blocked, fault);
  }
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  const auto done = run(argc > 1 ? arguments[1] : "/run/hoplab/agent.sock");
  if (!done) fmt::print(stderr, "hoplab-agent: {}\n", done.error().what);
  return done ? 0 : 1;
}
