// One router of a test: a container of the real image with the capabilities a lab gives it, the
// role's files in it, the role's programs running, and the role looking in from the host. What the
// agent would do is done here through the docker command, so that the role is tested without one.
// Removed on destruction.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "agents/router/role.h"

namespace hoplab::router::testing {

inline constexpr const char* kImage = "hoplab/router";

class RouterContainer final : public agent::Host {
 public:
  explicit RouterContainer(v1::NodeSpec spec);
  ~RouterContainer() override;
  RouterContainer(const RouterContainer&) = delete;
  RouterContainer& operator=(const RouterContainer&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  RouterRole& role() { return *role_; }
  // A path of the container, seen from the host; of the running daemon, its process there.
  [[nodiscard]] std::filesystem::path inside(const std::filesystem::path& path) const;
  [[nodiscard]] pid_t pid_of(const std::string& program) const;
  // `ip` with these arguments in the router's network namespace.
  void ip(const std::vector<std::string>& arguments) const;
  // Writes the files and starts every program, each once those it comes after are ready.
  void start();
  void start(const std::string& program);
  void kill(const std::string& program, int signal = SIGKILL);

  Result<agent::CommandResult> run(const std::vector<std::string>& argv,
                                   std::chrono::milliseconds timeout) override;
  Status hold_program(std::string_view, int) override { return {}; }
  Status release_program(std::string_view) override { return {}; }
  // Signals it and starts it again, as the agent does.
  Status signal_program(std::string_view name, int signal) override;
  bool program_running(std::string_view) const override { return true; }
  Status write(const agent::ConfigFile& file) override;
  void emit(v1::DaemonEvent) override {}
  void recheck() override {}

 private:
  std::string name_;
  pid_t pid_ = 0;
  std::unique_ptr<RouterRole> role_;
};

// Whether it becomes true within the time; asked every 20 ms.
bool within(std::chrono::milliseconds time, const std::function<bool()>& holds);

}  // namespace hoplab::router::testing
