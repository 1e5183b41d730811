// A Unix socket bound to a path, for daemons of this node to report to.
#pragma once

#include <filesystem>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {

// `type` is SOCK_STREAM (listening already) or SOCK_DGRAM. An old socket of that path is replaced,
// missing parent folders are made.
Result<FileDescriptor> bind_unix(const std::filesystem::path& path, int type);

// Signalled once, to end the threads that poll it.
Result<FileDescriptor> make_stop_event();
void signal_stop(const FileDescriptor& event) noexcept;
// Waits until `fd` is readable; false when the stop event came first.
bool readable_before_stop(int fd, int stop) noexcept;

}  // namespace hoplab::agent
