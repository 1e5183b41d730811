// Many short commands at once, over gRPC in this process: a session that lived too long or too
// short is found by the sanitizers' build of this test.
#include "agents/common/service/exec_session.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "proto/agent.grpc.pb.h"
#include "tests/unit/supervisor/loop_thread.h"

namespace hoplab::agent {
namespace {

class Commands final
    : public hoplab::v1::Agent::WithCallbackMethod_Exec<hoplab::v1::Agent::Service> {
 public:
  Commands(EventLoop& loop, Children& children) : loop_(loop), children_(children) {}
  grpc::ServerBidiReactor<hoplab::v1::ExecInput, hoplab::v1::ExecOutput>* Exec(
      grpc::CallbackServerContext*) override {
    return start_exec_session(loop_, children_);
  }

 private:
  EventLoop& loop_;
  Children& children_;
};

// What `echo word` said, and its exit code.
std::pair<std::string, int> echo(hoplab::v1::Agent::Stub& stub, const std::string& word) {
  grpc::ClientContext context;
  const auto stream = stub.Exec(&context);
  hoplab::v1::ExecInput input;
  for (const auto& each : {std::string("/bin/echo"), word}) {
    input.mutable_start()->add_command(each);
  }
  stream->Write(input);
  stream->WritesDone();
  std::pair<std::string, int> said{"", -1};
  for (hoplab::v1::ExecOutput output; stream->Read(&output);) {
    said.first += output.output();
    if (output.has_exit_code()) said.second = output.exit_code();
  }
  EXPECT_TRUE(stream->Finish().ok());
  return said;
}

TEST(ExecSession, ManyShortCommandsAtOnce) {
  LoopThread agent;
  Commands service(agent.loop, agent.children);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  ASSERT_TRUE(server);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      const auto stub = hoplab::v1::Agent::NewStub(server->InProcessChannel({}));
      for (int i = 0; i < 100; ++i) {
        const std::string word = std::to_string(caller) + "-" + std::to_string(i);
        EXPECT_EQ(echo(*stub, word), std::pair(word + "\n", 0));
      }
    });
  }
  for (auto& caller : callers) caller.join();
  server->Shutdown();
}

}  // namespace
}  // namespace hoplab::agent
