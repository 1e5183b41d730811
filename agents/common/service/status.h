// The one place where our errors become gRPC statuses and statuses become errors again; used by the
// agent, the controller and the command line. Every kind has a code of its own; the remedy travels
// in the status details.
#pragma once

#include <grpcpp/support/status.h>

#include <string_view>

#include "agents/common/base/error.h"

namespace hoplab {

grpc::Status to_grpc(const Error& error);
template <typename T>
grpc::Status to_grpc(const Result<T>& result) {
  return result ? grpc::Status::OK : to_grpc(result.error());
}

// `attempted` leads the message, where given: "snapshot of client".
Error from_grpc(const grpc::Status& status, std::string_view attempted = {});
Status to_status(const grpc::Status& status, std::string_view attempted = {});

}  // namespace hoplab
