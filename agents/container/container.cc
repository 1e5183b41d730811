#include "agents/container/container.h"

#include <filesystem>

namespace hoplab::agent {
namespace {

// An image without a command (or whose command is a shell, which ends at once without a terminal)
// is a place to work in: the agent keeps it alive by itself.
bool is_bare_shell(const hoplab::v1::ContainerSpec& container) {
  if (container.command_size() != 1) return false;
  const auto name = std::filesystem::path(container.command(0)).filename();
  return name == "sh" || name == "bash" || name == "ash" || name == "dash";
}

class Container final : public Role {
 public:
  explicit Container(const hoplab::v1::NodeSpec& spec) : container_(spec.container()) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override { return {}; }

  [[nodiscard]] std::vector<Program> programs() const override {
    if (container_.command().empty() || is_bare_shell(container_)) return {};
    Program program;
    program.name = std::filesystem::path(container_.command(0)).filename();
    program.argv = {container_.command().begin(), container_.command().end()};
    program.environment = {container_.environment().begin(), container_.environment().end()};
    program.user = container_.user();
    program.directory = container_.working_directory();
    return {program};
  }

 private:
  const hoplab::v1::ContainerSpec container_;
};

}  // namespace

std::unique_ptr<Role> make_container(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Container>(spec);
}

}  // namespace hoplab::agent
