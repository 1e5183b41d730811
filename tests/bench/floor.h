// What no lab on this engine and these daemons can be faster than.
#pragma once

#include <filesystem>

#include "tests/bench/session.h"

namespace hoplab::bench {

// Seconds to create and start the containers a topology asks for, with the agent in them waiting
// for its intent, as many at a time as `hoplab up` does. Removes them again.
double containers_floor(const Session& session, const std::filesystem::path& topology);

// Seconds from the start of FRR in two routers, wired and with addresses, without agents, until
// each forwards to the other's prefix by eBGP; configured as a router of a lab is.
double routers_floor(const Session& session);

}  // namespace hoplab::bench
