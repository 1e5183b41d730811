#include "agents/common/service/status.h"

#include <array>
#include <utility>

namespace hoplab {
namespace {

constexpr std::array<std::pair<ErrorKind, grpc::StatusCode>, 7> kCodes{{
    {ErrorKind::kInternal, grpc::StatusCode::INTERNAL},
    {ErrorKind::kInvalid, grpc::StatusCode::INVALID_ARGUMENT},
    {ErrorKind::kEnvironment, grpc::StatusCode::FAILED_PRECONDITION},
    {ErrorKind::kNotFound, grpc::StatusCode::NOT_FOUND},
    {ErrorKind::kTimeout, grpc::StatusCode::DEADLINE_EXCEEDED},
    {ErrorKind::kInterrupted, grpc::StatusCode::CANCELLED},
    {ErrorKind::kUnavailable, grpc::StatusCode::UNAVAILABLE},
}};

}  // namespace

grpc::Status to_grpc(const Error& error) {
  for (const auto& [kind, code] : kCodes) {
    if (kind == error.kind) return {code, error.what, error.remedy};
  }
  return {grpc::StatusCode::UNKNOWN, error.what, error.remedy};
}

Error from_grpc(const grpc::Status& status, std::string_view attempted) {
  Error error{ErrorKind::kInternal, status.error_message(), status.error_details()};
  for (const auto& [kind, code] : kCodes) {
    if (code == status.error_code()) error.kind = kind;
  }
  if (!attempted.empty()) error.what = std::string(attempted) + ": " + error.what;
  return error;
}

Status to_status(const grpc::Status& status, std::string_view attempted) {
  if (status.ok()) return {};
  return std::unexpected(from_grpc(status, attempted));
}

}  // namespace hoplab
