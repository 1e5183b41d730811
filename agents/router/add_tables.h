// What a router's snapshot says of its routes beyond the kernel's table. Called by the role, on its
// thread; a daemon that does not answer leaves its part out.
#pragma once

#include <filesystem>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::router {

// To each route that is there: distance, metric, and what its protocol knows of it. With
// `candidates` also every route and BGP path that was not chosen.
void add_tables(const std::filesystem::path& run_directory, const v1::RouterSpec& router,
                bool candidates, v1::NodeState& state);

}  // namespace hoplab::router
