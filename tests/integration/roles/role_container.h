// A role in a container of its image with exactly the capabilities given, driven through
// role_runner.cc; and the network name space a group of them shares.
// Uses the docker command. Everything is removed on destruction; names begin with "rolestest-".
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/integration/docker/docker.h"

namespace hoplab::rolestest {

using test::missing;
using test::shell;

// A container that only holds a network name space, with the addresses on its loopback interface.
class Network {
 public:
  explicit Network(const std::vector<std::string>& addresses);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  // Runs a command in it: with the network administrator's capability, in the client image.
  std::string run(const std::string& command) const;
};

class RoleContainer {
 public:
  struct Options {
    std::string name;   // node name
    std::string image;  // "hoplab/resolver"
    std::string spec;   // the NodeSpec's role, in text format
    std::vector<std::string> capabilities;
  };
  explicit RoleContainer(const Options& options);
  ~RoleContainer();
  RoleContainer(const RoleContainer&) = delete;
  RoleContainer& operator=(const RoleContainer&) = delete;

  [[nodiscard]] bool started() const { return started_; }
  // One command of the runner; its answer's lines. Empty when it did not come in 20 s.
  std::vector<std::string> tell(const std::string& command);
  // The same, joined by newlines.
  std::string told(const std::string& command);
  // Asks for conditions until the text holds (or, with `held` false, no longer holds) a part.
  bool await_condition(const std::string& part, bool held = true);

 private:
  std::optional<std::vector<std::string>> read_answer();

  std::string container_;
  std::string folder_;
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string pending_;
  bool started_ = false;
};

}  // namespace hoplab::rolestest
