// A pseudo-terminal: the side we hold, and the side a program runs on.
#pragma once

#include <cstdint>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {

struct Terminal {
  FileDescriptor master;  // non-blocking
  FileDescriptor subordinate;
};

Result<Terminal> open_terminal(uint32_t columns, uint32_t rows);  // 0: 80 by 24
void resize_terminal(int master, uint32_t columns, uint32_t rows);

}  // namespace hoplab::agent
