// Turns what arrives on a pipe into lines of the log, until the last writer closes it.
#pragma once

#include <string>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/supervisor/event_loop.h"
#include "agents/common/supervisor/output_log.h"

namespace hoplab::agent {

// Takes the reading end, non-blocking; all work is done on the loop's thread. The loop and the log
// outlive the reading.
void log_lines(EventLoop& loop, FileDescriptor pipe, OutputLog& log, std::string source);

}  // namespace hoplab::agent
