// Queues and filters of the kernel's traffic control, as far as link emulation needs them.
#pragma once

#include "agents/common/base/error.h"
#include "agents/common/link_emulation/impairment.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::link_emulation {

// The hook for filters on both directions. False: it was there already.
Result<bool> add_hook(const netlink::Netlink& netlink, int index);
Result<bool> remove_hook(const netlink::Netlink& netlink, int index);

// A filter over every frame that leaves: hands it to another interface as if sent there.
Status add_redirect(const netlink::Netlink& netlink, int index, int target_index);
// Ours only. False: it was not there.
Result<bool> remove_filter(const netlink::Netlink& netlink, int index);

// netem as the root queue; put again with other values, it changes. An error of kind kEnvironment
// says that the kernel has no netem.
Status put_netem(const netlink::Netlink& netlink, int index, const Impairment& impairment,
                 bool change);
Result<bool> remove_netem(const netlink::Netlink& netlink, int index);

}  // namespace hoplab::link_emulation
