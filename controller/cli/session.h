// The command line's way to a lab: which lab is meant, and its controller, started again where
// there is none. Errors carry the exit code by their kind.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "agents/common/base/error.h"
#include "controller/lab/paths.h"
#include "proto/agent.grpc.pb.h"
#include "proto/controller.grpc.pb.h"

namespace hoplab::cli {

// An error on its way to main: printed as "hoplab: what" and "  remedy", exit code by kind.
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.what.c_str(); }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

// The value, or a Failure.
template <typename T>
T value_of(Result<T> result) {
  if (!result) throw Failure(std::move(result.error()));
  return std::move(*result);
}
inline void check(Status status) {
  if (!status) throw Failure(std::move(status.error()));
}
void check(const grpc::Status& status);

int exit_code(ErrorKind kind);

// A timeout as it was typed, "90s", in milliseconds; never 0.
uint32_t milliseconds_of(const std::string& duration);

// Exit code 3 for anybody but root: namespaces, wires and the labs' sockets are root's.
void require_root();
// The lab called `name`; with an empty name the only lab there is.
lab::Paths find_lab(const std::string& name);

// A process that owns the lab, started detached; returns when it can be called.
void start_controller(const lab::Paths& paths);
// A stub of the lab's controller; one is started where none lives.
std::unique_ptr<v1::Controller::Stub> controller_of(const lab::Paths& paths);
std::unique_ptr<v1::Agent::Stub> agent_of(const lab::Paths& paths, const std::string& node);

}  // namespace hoplab::cli
