#include "agents/common/service/agent_server.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>

#include "agents/common/service/exec_session.h"
#include "agents/common/service/status.h"
#include "proto/agent.grpc.pb.h"

namespace hoplab::agent {
namespace {

using grpc::ServerContext;
using grpc::ServerWriter;
using std::chrono::steady_clock;

// A blocked stream looks this often whether its caller is still there.
constexpr std::chrono::milliseconds kIdlePeriod{1000};
constexpr std::chrono::milliseconds kCapturePeriod{100};

using Base = hoplab::v1::Agent::WithCallbackMethod_Exec<hoplab::v1::Agent::Service>;

class Service final : public Base {
 public:
  explicit Service(Node& node) : node_(node) {}
  void end_streams() { ending_ = true; }

  grpc::Status Configure(ServerContext*, const hoplab::v1::NodeSpec* spec,
                         hoplab::v1::ConfigureReply* reply) override {
    const auto changed = node_.configure(*spec);
    if (changed) reply->set_changed(*changed);
    return to_grpc(changed);
  }

  grpc::Status WatchHealth(ServerContext* context, const hoplab::v1::WatchHealthRequest*,
                           ServerWriter<hoplab::v1::Health>* writer) override {
    uint64_t version = 0;
    while (!over(*context)) {
      const auto seen = node_.health().after(version, steady_clock::now() + kIdlePeriod);
      if (seen.version == version) continue;
      version = seen.version;
      if (!writer->Write(seen.health)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status Capture(ServerContext* context, const hoplab::v1::CaptureRequest* request,
                       ServerWriter<hoplab::v1::CaptureReply>* writer) override {
    auto capture = node_.start_capture(*request);
    if (!capture) return to_grpc(capture.error());
    while (!(*capture)->finished() && !over(*context)) {
      const auto reply = (*capture)->next(steady_clock::now() + kCapturePeriod);
      if (reply && !writer->Write(*reply)) break;
    }
    node_.end_capture(request->capture_id(), std::move(*capture));
    return grpc::Status::OK;
  }

  grpc::Status StopCapture(ServerContext*, const hoplab::v1::StopCaptureRequest* request,
                           hoplab::v1::StopCaptureReply*) override {
    return to_grpc(node_.stop_capture(request->capture_id()));
  }

  grpc::Status Snapshot(ServerContext*, const hoplab::v1::SnapshotRequest* request,
                        hoplab::v1::NodeState* reply) override {
    *reply = node_.snapshot(*request);
    return grpc::Status::OK;
  }

  grpc::Status Forget(ServerContext*, const hoplab::v1::ForgetRequest* request,
                      hoplab::v1::ForgetReply*) override {
    return to_grpc(node_.forget(*request));
  }

  grpc::Status Request(ServerContext*, const hoplab::v1::RequestSpec* request,
                       hoplab::v1::RequestResult* reply) override {
    auto result = node_.request(*request);
    if (result) *reply = std::move(*result);
    return to_grpc(result);
  }

  grpc::ServerBidiReactor<hoplab::v1::ExecInput, hoplab::v1::ExecOutput>* Exec(
      grpc::CallbackServerContext*) override {
    return start_exec_session(node_.loop(), node_.children());
  }

  grpc::Status Logs(ServerContext* context, const hoplab::v1::LogsRequest* request,
                    ServerWriter<hoplab::v1::LogLine>* writer) override {
    auto lines = node_.log().tail(request->tail());
    uint64_t last = 0;
    while (true) {
      for (const auto& line : lines) {
        hoplab::v1::LogLine out;
        out.set_time_ns(line.time_ns);
        out.set_source(line.source);
        out.set_text(line.text);
        if (!writer->Write(out)) return grpc::Status::OK;
        last = line.number;
      }
      if (!request->follow() || over(*context)) return grpc::Status::OK;
      lines = node_.log().after(last, steady_clock::now() + kIdlePeriod);
    }
  }

  grpc::Status AddFault(ServerContext*, const hoplab::v1::Fault* fault,
                        hoplab::v1::AddFaultReply* reply) override {
    auto added = node_.faults().add(*fault);
    if (added) *reply = std::move(*added);
    return to_grpc(added);
  }

  grpc::Status ClearFault(ServerContext*, const hoplab::v1::ClearFaultRequest* request,
                          hoplab::v1::ClearFaultReply* reply) override {
    const auto cleared = node_.faults().clear(request->id());
    if (!cleared) return to_grpc(cleared.error());
    for (const auto& id : *cleared) reply->add_cleared(id);
    return grpc::Status::OK;
  }

  grpc::Status ListFaults(ServerContext*, const hoplab::v1::ListFaultsRequest*,
                          hoplab::v1::ListFaultsReply* reply) override {
    for (auto& fault : node_.faults().list()) *reply->add_faults() = std::move(fault);
    return grpc::Status::OK;
  }

 private:
  [[nodiscard]] bool over(const ServerContext& context) const {
    return ending_ || context.IsCancelled();
  }

  Node& node_;
  std::atomic<bool> ending_ = false;
};

class Server final : public AgentServer {
 public:
  explicit Server(Node& node) : service_(node) {}
  ~Server() override { stop(); }

  Status listen(const std::string& path) {
    grpc::ResourceQuota quota("agent");
    quota.SetMaxThreads(64);  // a stream that runs holds one
    grpc::ServerBuilder builder;
    builder.SetResourceQuota(quota);
    using Option = grpc::ServerBuilder::SyncServerOption;
    builder.SetSyncServerOption(Option::NUM_CQS, 1);
    builder.SetSyncServerOption(Option::MIN_POLLERS, 1);
    builder.SetSyncServerOption(Option::MAX_POLLERS, 1);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    int port = -1;
    builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (!server_ || port < 0) {
      return fail(ErrorKind::kEnvironment, "listen on " + path + ": not possible");
    }
    if (::chmod(path.c_str(), 0600) != 0) return fail_errno("chmod " + path, errno);
    return {};
  }

  void stop() override {
    if (!server_) return;
    service_.end_streams();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    server_->Wait();
    server_.reset();
  }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

Result<std::unique_ptr<AgentServer>> serve(Node& node, const std::string& socket_path) {
  auto server = std::make_unique<Server>(node);
  if (auto listening = server->listen(socket_path); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  return server;
}

}  // namespace hoplab::agent
