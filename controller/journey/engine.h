// The journey engine: a pure function from what was captured to what happened. No clock, no I/O, no
// threads; the same bundle gives the same journey. Never throws on hostile frames: they are shown
// as what they are.
#pragma once

#include "proto/journey.pb.h"

namespace hoplab::journey {

v1::Journey build(const v1::Bundle& bundle);

}  // namespace hoplab::journey
