// A network namespace, held open by a descriptor, and the way into it.
//
// No thread that has other work ever changes its namespace: `run` starts a thread that goes in,
// does the work and ends. Sockets opened there stay bound to the namespace.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::netlink {

class NetworkNamespace {
 public:
  // The namespace a process is in; kUnavailable when there is no such process.
  static Result<NetworkNamespace> of_process(pid_t pid);
  // A new, empty one, which lasts as long as something refers to it.
  static Result<NetworkNamespace> create();

  // Runs `work` inside, on a thread of its own, and waits for its end.
  Status run(const std::function<Status()>& work) const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit NetworkNamespace(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

// For a thread that has no other work: moves it into the namespace for good.
Status enter(const NetworkNamespace& where);

}  // namespace hoplab::netlink
