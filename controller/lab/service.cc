#include "controller/lab/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "agents/common/service/status.h"
#include "controller/journey/engine.h"
#include "controller/lab/request.h"

namespace hoplab::lab {
namespace {

constexpr Duration kReconvergence = std::chrono::seconds(60);

// Of a JourneyRequest or a TraceRequest.
template <typename Asked>
void send_journey(const v1::Bundle& bundle, const Asked& asked,
                  grpc::ServerWriter<v1::JourneyReply>* writer) {
  v1::JourneyReply reply;
  const auto began = Clock::now();
  *reply.mutable_journey() =
      journey::build(bundle, asked.every_hop() ? journey::Forest::kEvery : journey::Forest::kWhole);
  spdlog::info("journey built in {} ms",
               std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count());
  writer->Write(reply);
  if (!asked.with_bundle()) return;
  *reply.mutable_bundle() = bundle;
  writer->Write(reply);
}

}  // namespace

grpc::Status ControllerService::Up(grpc::ServerContext* context, const v1::UpRequest* request,
                                   grpc::ServerWriter<v1::UpEvent>* writer) {
  const bool existed = lab_.was_ready();
  std::mutex writing;
  v1::UpEvent last;
  const auto progress = [&](const v1::UpEvent& event) {
    const std::lock_guard lock(writing);
    last = event;
    writer->Write(event);
  };
  const auto stop = [&] { return interrupted_ || context->IsCancelled(); };
  const auto up = lab_.up(Duration(request->timeout_ms() != 0 ? request->timeout_ms() : 120000),
                          progress, stop);
  if (up) {
    if (!existed) faults_.settled();  // it never had one
    last.set_changed(*up);
    writer->Write(last);
    return grpc::Status::OK;
  }
  spdlog::error("up: {}", up.error().what);
  // A lab that had been up is only repaired: it is not taken away because the repair failed.
  if (!existed) abandon_();
  return to_grpc(up.error());
}

grpc::Status ControllerService::Status(grpc::ServerContext*, const v1::StatusRequest*,
                                       v1::LabStatus* reply) {
  *reply = lab_.status();
  add_leases(*reply);
  for (const auto& fault : faults_.list()) *reply->add_faults() = fault;
  return grpc::Status::OK;
}

grpc::Status ControllerService::Request(grpc::ServerContext*, const v1::JourneyRequest* request,
                                        grpc::ServerWriter<v1::JourneyReply>* writer) {
  const std::lock_guard lock(recording_);
  const auto bundle = record_request(lab_, faults_, *request, [&](const std::string& progress) {
    v1::JourneyReply reply;
    reply.set_progress(progress);
    writer->Write(reply);
  });
  if (!bundle) return to_grpc(bundle.error());
  send_journey(*bundle, *request, writer);
  return grpc::Status::OK;
}

grpc::Status ControllerService::Trace(grpc::ServerContext* context, const v1::TraceRequest* request,
                                      grpc::ServerWriter<v1::JourneyReply>* writer) {
  const std::lock_guard lock(recording_);
  const auto bundle = record_command(
      lab_, faults_, *request,
      [&](const v1::ExecOutput& output) {
        v1::JourneyReply reply;
        *reply.mutable_output() = output;
        writer->Write(reply);
      },
      [&] { return context->IsCancelled(); });
  if (!bundle) return to_grpc(bundle.error());
  send_journey(*bundle, *request, writer);
  return grpc::Status::OK;
}

grpc::Status ControllerService::AddFault(grpc::ServerContext*, const v1::Fault* request,
                                         v1::AddFaultReply* reply) {
  auto added = faults_.add(*request);
  if (!added) return to_grpc(added.error());
  *reply = std::move(*added);
  return grpc::Status::OK;
}

// Addresses that no topology knows: what clients were given. One that makes a request just now
// cannot be asked, and is shown without.
void ControllerService::add_leases(v1::LabStatus& status) {
  std::vector<std::string> clients;
  for (const auto& name : lab_.running()) {
    const v1::ClientSpec& client = lab_.node(name)->spec.client();
    if (!client.dhcp_interface().empty() || !client.autoconf_interface().empty()) {
      clients.push_back(name);
    }
  }
  const auto states = lab_.agents().call_each<v1::SnapshotRequest, v1::NodeState>(
      clients, &v1::Agent::StubInterface::async_interface::Snapshot,
      [](const std::string&) { return v1::SnapshotRequest(); }, std::chrono::seconds(1));
  for (v1::NodeStatus& node : *status.mutable_nodes()) {
    const auto state = states.find(node.node());
    if (state == states.end() || !state->second) continue;
    for (const auto& lease : state->second->leases()) node.add_addresses(lease.address());
  }
}

// Returns when the lab is as before, not when the defect is merely gone: routes take a moment.
grpc::Status ControllerService::ClearFaults(grpc::ServerContext* context,
                                            const v1::ClearFaultRequest* request,
                                            v1::ClearFaultReply* reply) {
  const auto before = faults_.list();
  auto cleared = faults_.clear(request->id());
  if (!cleared) return to_grpc(cleared.error());
  *reply = std::move(*cleared);
  if (std::ranges::any_of(before, &v1::Fault::has_dns_servfail)) forget_failures();
  if (!faults_.list().empty()) return grpc::Status::OK;
  const auto settled = lab_.settle(kReconvergence, [&] { return context->IsCancelled(); });
  if (!settled) return to_grpc(settled.error());
  faults_.settled();
  return grpc::Status::OK;
}

// A resolver repeats a SERVFAIL for some seconds (RFC 9520): that would outlive the fault.
void ControllerService::forget_failures() {
  std::vector<std::string> resolvers;
  for (const auto& name : lab_.running()) {
    const auto role = lab_.node(name)->role;
    if (role == v1::RESOLVER || role == v1::GATEWAY) resolvers.push_back(name);
  }
  v1::ForgetRequest names;
  names.set_names(true);
  lab_.agents().call_each<v1::ForgetRequest, v1::ForgetReply>(
      resolvers, &v1::Agent::StubInterface::async_interface::Forget,
      [&](const std::string&) { return names; }, std::chrono::seconds(5));
}

grpc::Status ControllerService::ListFaults(grpc::ServerContext*, const v1::ListFaultsRequest*,
                                           v1::ListFaultsReply* reply) {
  for (const auto& fault : faults_.list()) *reply->add_faults() = fault;
  return grpc::Status::OK;
}

grpc::Status ControllerService::Shutdown(grpc::ServerContext*, const v1::ShutdownRequest*,
                                         v1::ShutdownReply*) {
  end_();
  return grpc::Status::OK;
}

}  // namespace hoplab::lab
