#include "tests/integration/roles/role_container.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agents/common/probe/deadline.h"
#include "agents/common/probe/settle.h"

namespace hoplab::rolestest {
namespace {

using std::chrono::milliseconds;

// Of this process alone, so that tests may run side by side.
std::string container_name(const std::string& node) {
  return "rolestest-" + std::to_string(::getpid()) + "-" + node;
}
std::string network_name() { return container_name("net"); }

}  // namespace

Network::Network(const std::vector<std::string>& addresses) {
  shell("docker run -d --name " + network_name() +
        " --network none --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_RAW hoplab/client"
        " sleep 600");
  std::string commands;
  for (const std::string& address : addresses) {
    commands += "ip address add " + address + " dev lo;";
  }
  run(commands);
}

Network::~Network() { shell("docker rm -f " + network_name()); }

std::string Network::run(const std::string& command) const {
  return shell("docker exec " + network_name() + " sh -c '" + command + "'");
}

RoleContainer::RoleContainer(const Options& options)
    : container_(container_name(options.name)),
      folder_(std::filesystem::temp_directory_path() / container_) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/spec")
      << "lab: \"t\" node: \"" << options.name << "\" " << options.spec;
  std::vector<std::string> argv = {"docker",
                                   "run",
                                   "-i",
                                   "--rm",
                                   "--name",
                                   container_,
                                   "--network",
                                   "container:" + network_name(),
                                   "--cap-drop",
                                   "ALL",
                                   "--security-opt",
                                   "no-new-privileges"};
  for (const std::string& capability : options.capabilities) {
    argv.insert(argv.end(), {"--cap-add", capability});
  }
  argv.insert(argv.end(),
              {"-v", std::string(HOPLAB_ROLE_RUNNER) + ":/runner:ro", "-v", folder_ + ":/spec:ro",
               "--entrypoint", "/runner", options.image, "/spec/spec"});
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    const int log = ::open((folder_ + "/log").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    ::dup2(log, STDERR_FILENO);
    std::vector<char*> args;
    for (std::string& arg : argv) args.push_back(arg.data());
    args.push_back(nullptr);
    ::execvp(args[0], args.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
  started_ = read_answer().has_value();
}

RoleContainer::~RoleContainer() {
  if (to_ >= 0) ::close(to_);
  if (pid_ > 0) {
    const bool ended = probe::settles(milliseconds(5000),
                                      [this] { return ::waitpid(pid_, nullptr, WNOHANG) != 0; });
    shell("docker rm -f " + container_);
    if (!ended) ::waitpid(pid_, nullptr, 0);
  }
  if (from_ >= 0) ::close(from_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::optional<std::vector<std::string>> RoleContainer::read_answer() {
  const probe::Deadline deadline(milliseconds(20'000));
  std::vector<std::string> lines;
  for (;;) {
    for (size_t end; (end = pending_.find('\n')) != std::string::npos;) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (line == ".") return lines;
      lines.push_back(std::move(line));
    }
    std::array<char, 4096> buffer;
    if (!deadline.wait(from_, POLLIN)) return std::nullopt;
    const ssize_t got = ::read(from_, buffer.data(), buffer.size());
    if (got <= 0) return std::nullopt;
    pending_.append(buffer.data(), static_cast<size_t>(got));
  }
}

std::vector<std::string> RoleContainer::tell(const std::string& command) {
  const std::string line = command + "\n";
  if (::write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return {};
  return read_answer().value_or(std::vector<std::string>{});
}

std::string RoleContainer::told(const std::string& command) {
  std::string out;
  for (const std::string& line : tell(command)) out += line + "\n";
  return out;
}

bool RoleContainer::await_condition(const std::string& part, bool held) {
  return probe::settles(milliseconds(10'000), [&] {
    const std::string conditions = told("conditions");
    return !conditions.empty() && (conditions.find(part) != std::string::npos) == held;
  });
}

}  // namespace hoplab::rolestest
