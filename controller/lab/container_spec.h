// What a container of each role is given: its image, its capabilities, its namespace's settings.
// Measured minimum per role; see CONTRIBUTING on adding a role.
#pragma once

#include <string>

#include "controller/lab/paths.h"
#include "controller/runtime/runtime.h"
#include "controller/topology/plan.h"

namespace hoplab::lab {

// The image of a role, as named by the image builder; for role container the user's own.
std::string image_of(const topology::NodePlan& node);

// `agent` is the agent's binary on the host. For role container, `image` is what it would start.
runtime::ContainerSpec container_spec(const topology::NodePlan& node, const Paths& paths,
                                      const std::string& agent);

}  // namespace hoplab::lab
