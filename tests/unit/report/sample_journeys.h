// Journeys made by hand for the report's tests: one that went well, one lost on a link, and one
// with every way in which a capture can be incomplete.
#pragma once

#include "proto/journey.pb.h"

namespace hoplab::report::test {

v1::Journey good_journey();
v1::Journey lost_journey();
v1::Journey doubtful_journey();

}  // namespace hoplab::report::test
