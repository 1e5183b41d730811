// What holds for every journey the engine makes.
#pragma once

#include "proto/journey.pb.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey::testing {

// No frame twice, none forgotten, every sentence in the table with its arguments.
void check_journey(const v1::Journey& journey);
// The journey of a finished lab, checked.
v1::Journey whole(SmallLab& lab, int exit_code = 0, int status = 200);

}  // namespace hoplab::journey::testing
