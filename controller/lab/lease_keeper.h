// The lease of a stopped node outlives its controller: nobody in that node can undo the fault. So a
// small process waits for the end of the lease and, where no controller lives then, becomes one; a
// controller undoes what ran out. It ends by itself when the lab's folder goes.
#pragma once

#include <cstdint>
#include <string>

#include "controller/lab/paths.h"

namespace hoplab::lab {

// Starts it, detached. `until_ns`: CLOCK_REALTIME. A failure is logged: the lease then ends with
// the next command instead.
void keep_lease(const Paths& paths, int64_t until_ns);

// What that process does; its exit code.
int wait_for_lease(const Paths& paths, int64_t until_ns, const std::string& agent);

}  // namespace hoplab::lab
