#include "controller/lab/agents.h"

namespace hoplab::lab {

std::shared_ptr<grpc::Channel> local_channel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

void Agents::add(const std::string& node, const std::string& target) {
  std::shared_ptr<Stub> stub = v1::Agent::NewStub(local_channel(target));
  const std::lock_guard lock(mutex_);
  stubs_[node] = std::move(stub);
}

std::vector<std::string> Agents::nodes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [node, stub] : stubs_) names.push_back(node);
  return names;
}

std::shared_ptr<Agents::Stub> Agents::stub(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = stubs_.find(node);
  return found == stubs_.end() ? nullptr : found->second;
}

}  // namespace hoplab::lab
