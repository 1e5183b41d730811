// Errors as values: what was attempted, where, why it failed, and what to do about it.
// Used by both sides; converted to grpc::Status in one place (agents/common/service/status.h).
#pragma once

#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace hoplab {

enum class ErrorKind {
  kInternal,     // a system call or a peer failed
  kInvalid,      // the input is wrong: exit code 2
  kEnvironment,  // the machine lacks something: exit code 3
  kNotFound,     // no such lab, node, interface, fault
  kTimeout,      // a deadline passed
  kInterrupted,  // the user asked to stop
  kUnavailable,  // the other end is not there (any more)
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;  // attempted and failed: "create container hoplab-naver-client: no such image"
  std::string remedy;  // what to do; may be empty
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string remedy = {}) {
  return std::unexpected(Error{kind, std::move(what), std::move(remedy)});
}
// For a failed system call: "open /proc/1/ns/net: No such file or directory".
inline std::unexpected<Error> fail_errno(std::string attempted, int error) {
  return fail(ErrorKind::kInternal, std::move(attempted) + ": " + std::strerror(error));
}

}  // namespace hoplab
