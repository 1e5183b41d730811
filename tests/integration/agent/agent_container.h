// A container with the agent as PID 1 and a client of its service; and wires between such.
// Uses the docker command. Everything is removed on destruction; names begin with "agenttest-".
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proto/agent.grpc.pb.h"
#include "tests/integration/docker/docker.h"

namespace hoplab::agenttest {

using test::missing;
using test::shell;

struct Executed {
  int exit_code = -1;
  std::string output;
  std::string error_output;
};

class AgentContainer {
 public:
  AgentContainer(const std::string& node, const std::string& image);
  ~AgentContainer();
  AgentContainer(const AgentContainer&) = delete;
  AgentContainer& operator=(const AgentContainer&) = delete;

  [[nodiscard]] bool reachable() const { return reachable_; }
  [[nodiscard]] int pid() const { return pid_; }  // of the agent, seen from the host
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }  // on the host
  [[nodiscard]] const std::string& container() const { return container_; }
  [[nodiscard]] hoplab::v1::Agent::Stub& stub() const { return *stub_; }

  // A spec with this node's name and one interface; addresses may be empty.
  [[nodiscard]] hoplab::v1::NodeSpec spec(const std::string& interface, const std::string& address,
                                          const std::string& peer) const;
  hoplab::v1::ConfigureReply configure(const hoplab::v1::NodeSpec& spec) const;
  // Follows the health until it is in the state, and the condition (where given) holds; false after
  // 15 s.
  bool becomes(hoplab::v1::Health::State state,
               const std::function<bool(const hoplab::v1::Health&)>& also = {}) const;
  [[nodiscard]] hoplab::v1::Health health() const;
  Executed run(const std::string& script) const;
  Executed execute(const hoplab::v1::ExecStart& start,
                   const std::vector<hoplab::v1::ExecInput>& inputs) const;
  hoplab::v1::AddFaultReply add_fault(hoplab::v1::Fault fault) const;
  std::vector<std::string> logs() const;
  // Follows the log until it has this line; false after 15 s. What runs has not yet said all it
  // will.
  bool says(const std::string& source, const std::string& text) const;

 private:
  std::string container_;
  std::string node_;
  std::filesystem::path folder_;
  int pid_ = 0;
  bool reachable_ = false;
  std::unique_ptr<hoplab::v1::Agent::Stub> stub_;
};

// A wire between two interfaces of the name "eth0".
void connect(const AgentContainer& a, const AgentContainer& b);
void disconnect(const AgentContainer& a);

// A context with a deadline.
std::unique_ptr<grpc::ClientContext> within(std::chrono::seconds time);

// Two nodes, 192.0.2.1 and 192.0.2.2, with a wire, ready; made once for all tests that use them.
class TwoNodes : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  static std::unique_ptr<AgentContainer> left_;
  static std::unique_ptr<AgentContainer> right_;
};

}  // namespace hoplab::agenttest
