// One controller a lab: whoever holds this file lock is the lab's controller, or is taking the lab
// down. The kernel releases it when its holder dies, however it dies.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"
#include "controller/lab/paths.h"

namespace hoplab::lab {

class ControllerLock {
 public:
  // Nothing when another process holds it; an error when the file cannot be made.
  static Result<std::optional<ControllerLock>> try_acquire(const Paths& paths);
  // The process that holds it; 0 when nobody does.
  static pid_t holder(const Paths& paths);
  // Ends the holder: SIGTERM, after the grace SIGKILL. Returns when it is gone.
  static Status end_holder(const Paths& paths, std::chrono::milliseconds grace);

 private:
  FileDescriptor file_;
};

}  // namespace hoplab::lab
