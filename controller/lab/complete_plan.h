// What a plan gets from the machine it runs on: certificates and zone signatures that the lab keeps
// from one start to the next, and the commands of the users' own images.
#pragma once

#include "controller/lab/paths.h"
#include "controller/runtime/runtime.h"
#include "controller/topology/plan.h"

namespace hoplab::lab {

// Fails when the lab's folder cannot be written or an image is not there.
Status complete_plan(topology::Plan& plan, const Paths& paths, runtime::Runtime& runtime);

}  // namespace hoplab::lab
