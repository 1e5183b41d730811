// What the agent itself says before it dies: a container without a log driver loses its standard
// error, and with it the only sign of why PID 1 ended. It goes into a file of the node's folder,
// which stands on the host.
#pragma once

#include <filesystem>

#include "agents/common/base/error.h"
#include "agents/common/supervisor/output_log.h"

namespace hoplab::agent {

constexpr const char* kLastWordsFile = "last-words";

// Standard error goes into `file` from now on; what an agent before this one left there is taken
// into the log first. Once, before threads are started.
Status keep_last_words(const std::filesystem::path& file, OutputLog& log);

}  // namespace hoplab::agent
