// The controller's side of the agents' service: one channel a node, calls to many nodes at once
// without a thread a node. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/service/status.h"
#include "proto/agent.grpc.pb.h"

namespace hoplab::lab {

using Clock = std::chrono::steady_clock;
using Duration = std::chrono::milliseconds;

inline std::chrono::system_clock::time_point deadline_in(Duration duration) {
  return std::chrono::system_clock::now() + duration;
}

class Agents {
 public:
  using Stub = v1::Agent::Stub;
  template <typename Request, typename Reply>
  using Method = void (v1::Agent::StubInterface::async_interface::*)(
      grpc::ClientContext*, const Request*, Reply*, std::function<void(grpc::Status)>);
  template <typename Reply>
  using Replies = std::map<std::string, Result<Reply>>;  // by node

  // Where a node's agent listens, as a gRPC target. A second call for a node replaces the channel.
  void add(const std::string& node, const std::string& target);
  [[nodiscard]] std::vector<std::string> nodes() const;
  // Null for a node that was never added.
  [[nodiscard]] std::shared_ptr<Stub> stub(const std::string& node) const;

  // One call, until the deadline; `wait` also waits for the agent to be there.
  template <typename Request, typename Reply>
  Result<Reply> call(const std::string& node, Method<Request, Reply> method, const Request& request,
                     Duration timeout, bool wait = false) const {
    auto replies = call_each<Request, Reply>(
        {node}, method, [&](const std::string&) { return request; }, timeout, wait);
    return std::move(replies.at(node));
  }

  // The same call to many nodes at once; returns when all have answered or failed.
  template <typename Request, typename Reply>
  Replies<Reply> call_each(const std::vector<std::string>& nodes, Method<Request, Reply> method,
                           const std::function<Request(const std::string&)>& request_for,
                           Duration timeout, bool wait = false) const {
    struct Call {
      grpc::ClientContext context;
      Request request;
      Reply reply;
      grpc::Status status;
      std::shared_ptr<Stub> stub;
    };
    std::map<std::string, Call> calls;
    for (const auto& node : nodes) {
      Call& call = calls[node];
      call.request = request_for(node);
      call.context.set_deadline(deadline_in(timeout));
      call.context.set_wait_for_ready(wait);
      call.stub = stub(node);
    }
    std::latch answered(static_cast<std::ptrdiff_t>(calls.size()));
    for (auto& [node, call] : calls) {
      if (!call.stub) {
        call.status = {grpc::StatusCode::NOT_FOUND, "no agent of " + node + " is known"};
        answered.count_down();
        continue;
      }
      (call.stub->async()->*method)(&call.context, &call.request, &call.reply,
                                    [&call, &answered](grpc::Status status) {
                                      call.status = std::move(status);
                                      answered.count_down();
                                    });
    }
    answered.wait();
    Replies<Reply> replies;
    for (auto& [node, call] : calls) {
      if (call.status.ok()) {
        replies.emplace(node, std::move(call.reply));
      } else {
        Error error = from_grpc(call.status);
        error.what = call.status.error_code() == grpc::StatusCode::UNAVAILABLE
                         ? "the agent of " + node + " does not answer"
                         : "agent of " + node + ": " + error.what;
        replies.emplace(node, std::unexpected(std::move(error)));
      }
    }
    return replies;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Stub>> stubs_;
};

// A channel to a Unix socket that may not be there yet: retries within milliseconds, not seconds.
std::shared_ptr<grpc::Channel> local_channel(const std::string& target);

}  // namespace hoplab::lab
