// The controller's gRPC service: turns calls into verbs of the lab, its faults and its recordings.
// Recordings are made one at a time; everything else runs beside them.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "controller/lab/faults.h"
#include "controller/lab/lab.h"
#include "proto/controller.grpc.pb.h"

namespace hoplab::lab {

class ControllerService final : public v1::Controller::Service {
 public:
  // `end` asks the process to end: the lab keeps running. `abandon` removes the lab, then ends.
  ControllerService(Lab& lab, Faults& faults, std::function<void()> end,
                    std::function<void()> abandon)
      : lab_(lab), faults_(faults), end_(std::move(end)), abandon_(std::move(abandon)) {}

  // Makes a running `up` give up.
  void interrupt() { interrupted_ = true; }

  grpc::Status Up(grpc::ServerContext* context, const v1::UpRequest* request,
                  grpc::ServerWriter<v1::UpEvent>* writer) override;
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::LabStatus*) override;
  grpc::Status Request(grpc::ServerContext* context, const v1::JourneyRequest* request,
                       grpc::ServerWriter<v1::JourneyReply>* writer) override;
  grpc::Status Trace(grpc::ServerContext* context, const v1::TraceRequest* request,
                     grpc::ServerWriter<v1::JourneyReply>* writer) override;
  grpc::Status AddFault(grpc::ServerContext*, const v1::Fault*, v1::AddFaultReply*) override;
  grpc::Status ClearFaults(grpc::ServerContext* context, const v1::ClearFaultRequest*,
                           v1::ClearFaultReply*) override;
  grpc::Status ListFaults(grpc::ServerContext*, const v1::ListFaultsRequest*,
                          v1::ListFaultsReply*) override;
  grpc::Status Shutdown(grpc::ServerContext*, const v1::ShutdownRequest*,
                        v1::ShutdownReply*) override;

 private:
  void forget_failures();
  void add_leases(v1::LabStatus& status);

  Lab& lab_;
  Faults& faults_;
  std::function<void()> end_;
  std::function<void()> abandon_;
  std::atomic<bool> interrupted_ = false;
  std::mutex recording_;
};

}  // namespace hoplab::lab
