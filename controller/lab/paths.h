// Where a lab keeps its files. One folder a lab, under a tmpfs: a reboot leaves only what the
// container runtime remembers, and labels are enough to clean that up.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::lab {

// The label every container of a lab carries; its value is the lab's name.
inline constexpr const char* kLabLabel = "hoplab.lab";
inline constexpr const char* kNodeLabel = "hoplab.node";

// Where the agent's folder is mounted in a container, and the agent itself.
inline constexpr const char* kAgentDirectory = "/run/hoplab";
inline constexpr const char* kAgentBinary = "/hoplab/agent";

class Paths {
 public:
  // HOPLAB_STATE names another root, for tests; default /run/hoplab/labs.
  explicit Paths(std::string lab);

  [[nodiscard]] const std::string& lab() const { return lab_; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path topology() const { return directory_ / "topology.yaml"; }
  [[nodiscard]] std::filesystem::path topology_origin() const { return directory_ / "origin"; }
  [[nodiscard]] std::filesystem::path certificate(std::string_view name) const;
  [[nodiscard]] std::filesystem::path lock() const { return directory_ / "controller.lock"; }
  [[nodiscard]] std::filesystem::path log() const { return directory_ / "controller.log"; }
  [[nodiscard]] std::filesystem::path socket() const { return directory_ / "controller.sock"; }
  [[nodiscard]] std::string controller_target() const { return "unix:" + socket().string(); }
  [[nodiscard]] std::filesystem::path faults() const { return directory_ / "faults"; }
  // The number of the next fault's id.
  [[nodiscard]] std::filesystem::path next_fault() const { return directory_ / "next_fault"; }
  // Names of containers whose creation was begun, one a line, written before the first request.
  [[nodiscard]] std::filesystem::path intent() const { return directory_ / "containers"; }
  // Exists from the moment the lab is up.
  [[nodiscard]] std::filesystem::path ready() const { return directory_ / "ready"; }
  [[nodiscard]] std::filesystem::path node(std::string_view node) const;
  // What a node's agent said itself, on its standard error: why it died, where it has.
  [[nodiscard]] std::filesystem::path last_words(std::string_view node_name) const {
    return node(node_name) / "last-words";
  }
  [[nodiscard]] std::filesystem::path agent_socket(std::string_view node_name) const {
    return node(node_name) / "agent.sock";
  }
  [[nodiscard]] std::string agent_target(std::string_view node_name) const {
    return "unix:" + agent_socket(node_name).string();
  }
  [[nodiscard]] std::string container(std::string_view node) const;

  static std::filesystem::path root();
  // Labs with a state folder, by name, sorted.
  static std::vector<std::string> labs();

 private:
  std::string lab_;
  std::filesystem::path directory_;
};

}  // namespace hoplab::lab
